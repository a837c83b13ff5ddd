/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/commands/tune-rows.h"

#define LIST_MAX 65535 /* elements; one fewer than our own client accepts */

void
vt_tune_set_text (JsonObject *object, const char *member, const char *text)
{
  if (text != NULL)
    json_object_set_string_member (object, member, text);
}

void
vt_tune_set_value (JsonObject *object, const char *member, const char *text, gboolean number)
{
  gint64 value;

  if (number && text != NULL
      && g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &value, NULL))
    json_object_set_int_member (object, member, value);
  else
    vt_tune_set_text (object, member, text);
}

static JsonObject *
row_to_json (const VtRow *row)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "key", row->key);
  json_object_set_string_member (object, "result", vt_result_word (row->result));

  return object;
}

static void
finish_row (JsonObject *object, const VtRow *row)
{
  vt_tune_set_text (object, "wanted", row->wanted);
  vt_tune_set_text (object, "reason", row->reason);
  vt_tune_set_text (object, "source", row->source);
}

JsonObject *
vt_tune_change_to_json (const VtRow *row)
{
  JsonObject *object = row_to_json (row);

  vt_tune_set_value (object, "from", row->from, row->number);
  vt_tune_set_value (object, "to", row->to, row->number);
  finish_row (object, row);
  if (row->result == VT_RESULT_APPLIED || row->result == VT_RESULT_PLANNED)
    json_object_set_boolean_member (object, "undo", !row->lasting);

  return object;
}

JsonObject *
vt_tune_check_to_json (const VtRow *row)
{
  JsonObject *object = row_to_json (row);

  vt_tune_set_value (object, "expected", row->to, row->number);
  vt_tune_set_value (object, "actual", row->from, row->number);
  finish_row (object, row);

  return object;
}

gsize
vt_tune_cost_of_text (const char *text)
{
  gsize cost = 2;

  for (const char *p = text != NULL ? text : ""; *p != '\0'; p++)
    cost += g_ascii_iscntrl (*p) ? 6 : *p == '"' || *p == '\\' ? 2 : 1;

  return cost;
}

static gsize
cost_of_row (const VtRow *row)
{
  return VT_TUNE_ROW_COST + vt_tune_cost_of_text (row->key) + vt_tune_cost_of_text (row->from)
         + vt_tune_cost_of_text (row->to) + vt_tune_cost_of_text (row->wanted)
         + vt_tune_cost_of_text (row->source) + vt_tune_cost_of_text (row->reason);
}

gboolean
vt_tune_take (JsonArray *array, gsize *left, gsize cost)
{
  if (cost > *left || json_array_get_length (array) >= LIST_MAX)
    {
      *left = 0;
      return FALSE;
    }

  *left -= cost;
  return TRUE;
}

static gboolean
all_fit (const GPtrArray *rows)
{
  gsize cost = 0;

  for (guint i = 0; i < rows->len; i++)
    cost += cost_of_row (g_ptr_array_index (rows, i));

  return cost <= VT_TUNE_LIST_BYTES && rows->len <= LIST_MAX;
}

static void
add_rows (GPtrArray *list, const GPtrArray *rows, gboolean bad)
{
  for (guint i = 0; i < rows->len; i++)
    {
      VtRow *row = g_ptr_array_index (rows, i);

      if ((row->result == VT_RESULT_FAILED || row->result == VT_RESULT_DRIFT) == bad)
        g_ptr_array_add (list, row);
    }
}

/* If not all rows fit the limit, failures and drift come first. @rows keeps the rows. */
static GPtrArray *
order_rows (const GPtrArray *rows)
{
  GPtrArray *list = g_ptr_array_sized_new (rows->len);

  if (!all_fit (rows))
    {
      add_rows (list, rows, TRUE);
      add_rows (list, rows, FALSE);
      return list;
    }

  for (guint i = 0; i < rows->len; i++)
    g_ptr_array_add (list, g_ptr_array_index (rows, i));

  return list;
}

void
vt_tune_set_rows (JsonObject *object,
                  const GPtrArray *rows,
                  JsonObject *(*convert) (const VtRow *row))
{
  g_autoptr (GPtrArray) list = order_rows (rows);
  JsonArray *array = json_array_sized_new (rows->len);
  gsize left = VT_TUNE_LIST_BYTES;
  guint i;

  for (i = 0; i < list->len; i++)
    {
      const VtRow *row = g_ptr_array_index (list, i);

      if (!vt_tune_take (array, &left, cost_of_row (row)))
        break;
      json_array_add_object_element (array, convert (row));
    }

  json_object_set_array_member (object, "attributes", array);
  if (i < rows->len)
    json_object_set_int_member (object, "more", rows->len - i);
}

JsonArray *
vt_tune_texts_to_json (const GPtrArray *texts)
{
  JsonArray *array = json_array_sized_new (texts->len);
  gsize left = VT_TUNE_LIST_BYTES;

  for (guint i = 0; i < texts->len; i++)
    {
      const char *text = g_ptr_array_index (texts, i);
      g_autofree char *rest = NULL;

      if (vt_tune_take (array, &left, 1 + vt_tune_cost_of_text (text)))
        {
          json_array_add_string_element (array, text);
          continue;
        }

      rest = g_strdup_printf ("and %u more", texts->len - i);
      json_array_add_string_element (array, rest);
      break;
    }

  return array;
}
