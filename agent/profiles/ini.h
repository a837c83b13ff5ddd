/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Parses the text of a tuned.conf into entries of section, name and value. The
 * dialect is TuneD's: Python's configparser with only "=" between name and
 * value. A comment starts with # or ; at the start of a line, or with # after
 * a blank. An indented line continues the value above it. A section or name
 * may occur more than once. The parser gives no section or name a meaning.
 */

#include <glib.h>

#define VT_INI_ENTRIES_MAX 4096
#define VT_INI_NAME_MAX    256  /* bytes */
#define VT_INI_VALUE_MAX   1024 /* bytes */

typedef struct
{
  char *section;
  char *name;  /* NULL: this entry is the section's header */
  char *value; /* NULL for a header */
  guint line;  /* from 1; the first line of a continued value */
} VtIniEntry;

/*
 * @path: only for error messages. Returns: (transfer full): VtIniEntries in
 * the order of @text. VT_ERROR_INVALID_ARGUMENT names the path, the line and
 * the fault: not UTF-8, a control character, no "=", an option before any
 * section, too long.
 */
GPtrArray *vt_ini_parse (const char *path, const char *text, gsize len, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
