/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Columns for people. Cells are escaped as they come in, so no row can break
 * the table or the terminal; very long ones are cut. A column without any content is not shown; no
 * line ends in blanks. It prints nothing itself.
 */

#include <glib.h>

typedef struct VtTable VtTable;

/* @headings: ends with NULL; a static array. */
VtTable *vt_table_new (const char *const *headings);
void vt_table_free (VtTable *table);

/* As many cells as there are headings; NULL: nothing to say. They're copied. */
void vt_table_add (VtTable *table, const char *const *cells);
guint vt_table_n_rows (const VtTable *table);

/* Headings and rows, each line with its newline; "" where there is no row. (transfer full) */
char *vt_table_to_string (const VtTable *table);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtTable, vt_table_free)
