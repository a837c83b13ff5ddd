/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The text of a tuned.conf as lines of section, name and value, in the
 * dialect that TuneD reads (Python's configparser with "=" alone between name
 * and value): comments led in by # or ; at the start of a line and by # after
 * a blank, an indented line goes on with the value above, a section or name
 * that comes twice is the same one again. It knows no section and no name.
 */

#include <glib.h>

#define VT_INI_ENTRIES_MAX 4096
#define VT_INI_NAME_MAX    256  /* bytes */
#define VT_INI_VALUE_MAX   1024 /* bytes */

typedef struct
{
  char *section;
  char *name;  /* NULL: the section's own header */
  char *value; /* NULL for a header */
  guint line;  /* from 1; of a continued value the first */
} VtIniEntry;

/*
 * @path: for the errors alone. Returns: (transfer full): of VtIniEntry, in
 * order. VT_ERROR_INVALID_ARGUMENT names the path, the line and the fault:
 * not UTF-8, a control character, no "=", before any section, too long.
 */
GPtrArray *vt_ini_parse (const char *path, const char *text, gsize len, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
