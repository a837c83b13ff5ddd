/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/report.h"

#include "host-shim/shape.h"
#include "host-shim/table.h"

/* How often each result occurs. The order is that of the first occurrences. */
typedef struct
{
  GPtrArray *order; /* of const char *, owned by the shape */
  GHashTable *counts;
  guint stuck; /* failed rows whose value could not be put back */
  gint64 more; /* attributes that the reply does not list */
} Tally;

static void
tally_init (Tally *tally)
{
  tally->order = g_ptr_array_new ();
  tally->counts = g_hash_table_new (g_str_hash, g_str_equal);
  tally->stuck = 0;
  tally->more = 0;
}

static void
tally_clear (Tally *tally)
{
  g_ptr_array_unref (tally->order);
  g_hash_table_unref (tally->counts);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Tally, tally_clear)

static guint
tally_get (const Tally *tally, const char *result)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (tally->counts, result));
}

static void
tally_add (Tally *tally, const char *result)
{
  guint count = tally_get (tally, result);

  if (count == 0)
    g_ptr_array_add (tally->order, (gpointer) result);
  g_hash_table_insert (tally->counts, (gpointer) result, GUINT_TO_POINTER (count + 1));
}

/* "5 applied, 3 unchanged" */
static char *
tally_to_string (const Tally *tally)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < tally->order->len; i++)
    {
      const char *result = g_ptr_array_index (tally->order, i);

      g_string_append_printf (out, "%s%u %s", i > 0 ? ", " : "", tally_get (tally, result), result);
    }
  if (tally->more > 0)
    g_string_append_printf (out, ", and %" G_GINT64_FORMAT " more that the guest did not list",
                            tally->more);
  return g_string_free (out, FALSE);
}

typedef struct
{
  const char *key;
  const char *result;
  const char *before; /* from, or expected */
  const char *after;  /* to, or actual */
  const char *reason;
} Row;

static Row
read_row (VtShape *shape, JsonObject *object, const char *before, const char *after)
{
  Row row;

  row.key = vt_shape_string (shape, object, "key");
  row.result = vt_shape_string (shape, object, "result");
  row.before = vt_shape_optional_value (shape, object, before);
  row.after = vt_shape_optional_value (shape, object, after);
  row.reason = vt_shape_optional_string (shape, object, "reason");
  return row;
}

static void
add_row (VtTable *table, const Row *row)
{
  const char *const cells[] = { row->key, row->result, row->before, row->after, row->reason };

  vt_table_add (table, cells);
}

static const char *const change_headings[] = { "KEY", "RESULT", "FROM", "TO", "REASON", NULL };
static const char *const verify_headings[]
    = { "KEY", "RESULT", "WANTED", "ACTUAL", "REASON", NULL };

/* Reads the rows with @result; if @others, all rows with another result. */
static void
read_rows (VtShape *shape,
           JsonArray *rows,
           const char *const members[2],
           const char *result,
           gboolean others,
           VtTable *table,
           Tally *tally)
{
  for (guint i = 0; i < json_array_get_length (rows); i++)
    {
      Row row = read_row (shape, vt_shape_item (shape, rows, i), members[0], members[1]);

      if (g_str_equal (row.result, result) == others)
        continue;
      add_row (table, &row);
      tally_add (tally, row.result);
      if (g_str_equal (row.result, "failed") && g_strcmp0 (row.before, row.after) != 0)
        tally->stuck++;
    }
}

/* Failures come first. */
static void
read_changes (VtShape *shape, JsonObject *root, VtTable *table, Tally *tally)
{
  static const char *const members[] = { "from", "to" };
  JsonArray *rows = vt_shape_list (shape, root, "attributes");

  read_rows (shape, rows, members, "failed", FALSE, table, tally);
  read_rows (shape, rows, members, "failed", TRUE, table, tally);
  tally->more = vt_shape_optional_count (shape, root, "more");
}

/* The parts of a profile that the agent does not support. */
static void
read_ignored (VtShape *shape, JsonObject *root, GPtrArray *ignored)
{
  JsonArray *lines = vt_shape_optional_list (shape, root, "ignored");

  for (guint i = 0; i < json_array_get_length (lines); i++)
    g_ptr_array_add (ignored, (gpointer) vt_shape_item_string (shape, lines, i));
}

static void
print_total (VtOutput *output, const Tally *tally, const char *if_empty, const char *suffix)
{
  g_autofree char *total = tally_to_string (tally);

  if (tally->order->len == 0)
    {
      vt_output_line (output, "%s", if_empty);
      return;
    }
  vt_output_line (output, "%s", "");
  vt_output_line (output, "%s%s", total, suffix);
}

gboolean
vt_report_apply (VtOutput *output, JsonNode *ret, VtExit *ret_exit, GError **error)
{
  g_autoptr (VtShape) shape = vt_shape_new ("tune-apply");
  g_autoptr (VtTable) table = vt_table_new (change_headings);
  g_autoptr (GPtrArray) ignored = g_ptr_array_new ();
  g_auto (Tally) tally = { NULL };
  JsonObject *root = vt_shape_root_object (shape, ret);
  gboolean dry_run;

  tally_init (&tally);
  dry_run = vt_shape_optional_bool (shape, root, "dry-run");
  read_changes (shape, root, table, &tally);
  read_ignored (shape, root, ignored);
  if (!vt_shape_check (shape, error))
    return FALSE;
  vt_output_table (output, table);
  if (ignored->len > 0 && vt_table_n_rows (table) > 0)
    vt_output_line (output, "%s", "");
  for (guint i = 0; i < ignored->len; i++)
    vt_output_line (output, "ignored: %s", (const char *) g_ptr_array_index (ignored, i));
  print_total (output, &tally, "there was nothing to apply, and nothing was changed",
               dry_run ? "; this was a dry run: nothing was written" : "");
  *ret_exit = tally_get (&tally, "failed") > 0 ? VT_EXIT_FAILED : VT_EXIT_OK;
  return TRUE;
}

/* Rows that the reply does not list may have changed, too. */
static gboolean
is_unchanged (const Tally *tally)
{
  return tally_get (tally, "restored") == 0 && tally->stuck == 0 && tally->more == 0;
}

gboolean
vt_report_failed_apply (VtOutput *output, JsonNode *data, GError **error)
{
  g_autoptr (VtShape) shape = vt_shape_new ("tune-apply");
  g_autoptr (VtTable) table = vt_table_new (change_headings);
  g_auto (Tally) tally = { NULL };

  tally_init (&tally);
  read_changes (shape, vt_shape_root_object (shape, data), table, &tally);
  if (!vt_shape_check (shape, error))
    return FALSE;
  vt_output_table (output, table);
  print_total (output, &tally, "", is_unchanged (&tally) ? "; nothing was changed" : "");
  return TRUE;
}

gboolean
vt_report_rollback (VtOutput *output, JsonNode *ret, VtExit *ret_exit, GError **error)
{
  g_autoptr (VtShape) shape = vt_shape_new ("tune-rollback");
  g_autoptr (VtTable) table = vt_table_new (change_headings);
  g_auto (Tally) tally = { NULL };
  JsonObject *root = vt_shape_root_object (shape, ret);

  tally_init (&tally);
  read_changes (shape, root, table, &tally);
  if (!vt_shape_check (shape, error))
    return FALSE;
  vt_output_table (output, table);
  print_total (output, &tally, "there was nothing to roll back", "");
  *ret_exit = tally_get (&tally, "failed") > 0 ? VT_EXIT_FAILED : VT_EXIT_OK;
  return TRUE;
}

gboolean
vt_report_verify (VtOutput *output, JsonNode *ret, VtExit *ret_exit, GError **error)
{
  static const char *const members[] = { "expected", "actual" };
  g_autoptr (VtShape) shape = vt_shape_new ("tune-verify");
  g_autoptr (VtTable) table = vt_table_new (verify_headings);
  g_auto (Tally) tally = { NULL };
  JsonObject *root = vt_shape_root_object (shape, ret);
  JsonArray *rows = vt_shape_list (shape, root, "attributes");
  gint64 drift = vt_shape_count (shape, root, "drift");

  tally_init (&tally);
  read_rows (shape, rows, members, "drift", FALSE, table, &tally);
  read_rows (shape, rows, members, "drift", TRUE, table, &tally);
  tally.more = vt_shape_optional_count (shape, root, "more");
  if (drift < tally_get (&tally, "drift") || drift > tally_get (&tally, "drift") + tally.more)
    vt_shape_fault (shape, "'drift' is %" G_GINT64_FORMAT ", but %u rows have drifted", drift,
                    tally_get (&tally, "drift"));
  if (!vt_shape_check (shape, error))
    return FALSE;
  vt_output_table (output, table);
  print_total (output, &tally, "no value is wanted, so nothing has drifted", "");
  *ret_exit = drift > 0 ? VT_EXIT_FAILED : VT_EXIT_OK;
  return TRUE;
}
