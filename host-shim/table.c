/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/table.h"

#include "host-shim/escape.h"

#define GAP 2
/* Maximum length of a cell, in characters. */
#define CELL_MAX 1024
/*
 * Maximum width of a column. A wider cell exceeds its column. Otherwise a
 * malicious guest could send one very wide cell, and every row of a long
 * table would be padded to its width.
 */
#define COLUMN_MAX 64

struct VtTable
{
  const char *const *headings;
  guint n_columns;
  guint *widths;   /* of the widest cell of each column; 0: the column is empty */
  GPtrArray *rows; /* of char *[n_columns + 1] */
};

VtTable *
vt_table_new (const char *const *headings)
{
  VtTable *table = g_new0 (VtTable, 1);

  table->headings = headings;
  table->n_columns = g_strv_length ((char **) headings);
  table->widths = g_new0 (guint, table->n_columns);
  table->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  return table;
}

void
vt_table_free (VtTable *table)
{
  g_ptr_array_unref (table->rows);
  g_free (table->widths);
  g_free (table);
}

static char *
make_cell (const char *text)
{
  g_autofree char *safe = vt_escape (text != NULL ? text : "");
  g_autofree char *cut = NULL;

  if (g_utf8_strlen (safe, -1) <= CELL_MAX)
    return g_steal_pointer (&safe);
  cut = g_utf8_substring (safe, 0, CELL_MAX);
  return g_strconcat (cut, "…", NULL);
}

void
vt_table_add (VtTable *table, const char *const *cells)
{
  char **row = g_new0 (char *, table->n_columns + 1);

  for (guint i = 0; i < table->n_columns; i++)
    {
      row[i] = make_cell (cells[i]);
      table->widths[i] = MAX (table->widths[i], vt_escape_width (row[i]));
    }
  g_ptr_array_add (table->rows, row);
}

guint
vt_table_n_rows (const VtTable *table)
{
  return table->rows->len;
}

static guint
column_width (const VtTable *table, guint column)
{
  return MAX (MIN (table->widths[column], COLUMN_MAX), vt_escape_width (table->headings[column]));
}

/* Writes blanks only before a cell with content, so that no line ends in blanks. */
static void
append_row (const VtTable *table, GString *out, const char *const *cells)
{
  guint blanks = 0;

  for (guint i = 0; i < table->n_columns; i++)
    {
      guint width = vt_escape_width (cells[i]);

      if (table->widths[i] == 0)
        continue;
      if (width > 0)
        {
          g_string_append_printf (out, "%*s%s", (int) blanks, "", cells[i]);
          blanks = 0;
        }
      blanks += MAX (column_width (table, i), width) - width + GAP;
    }
  g_string_append_c (out, '\n');
}

char *
vt_table_to_string (const VtTable *table)
{
  GString *out = g_string_new (NULL);

  if (table->rows->len > 0)
    append_row (table, out, table->headings);
  for (guint i = 0; i < table->rows->len; i++)
    append_row (table, out, g_ptr_array_index (table->rows, i));
  return g_string_free (out, FALSE);
}
