/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A table with columns, for people to read. Cells are escaped when they are
 * added, so no cell can break the table or the terminal. Very long cells are
 * cut. Empty columns are not shown, and no line ends in blanks. This file
 * prints nothing.
 */

#include <glib.h>

typedef struct VtTable VtTable;

/* @headings: a static array that ends with NULL. */
VtTable *vt_table_new (const char *const *headings);
void vt_table_free (VtTable *table);

/* Copies @cells, one for each heading. NULL: an empty cell. */
void vt_table_add (VtTable *table, const char *const *cells);
guint vt_table_n_rows (const VtTable *table);

/* Returns: (transfer full): headings and rows, each with a newline; "" if there is no row */
char *vt_table_to_string (const VtTable *table);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtTable, vt_table_free)
