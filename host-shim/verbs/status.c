/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/verbs.h"

#include "host-shim/shape.h"
#include "host-shim/verbs/status-summary.h"

static const char *const device_headings[] = { "DEVICE", "SECTION", "KIND", "DETAIL", NULL };
static const char *const attribute_headings[]
    = { "KEY", "VALUE", "WANTED", "BY", "ORIGINAL", "ALLOWED", NULL };

static void
read_devices (VtShape *shape, JsonObject *root, VtTable *table)
{
  JsonArray *devices = vt_shape_optional_list (shape, root, "devices");

  for (guint i = 0; i < json_array_get_length (devices); i++)
    {
      JsonObject *device = vt_shape_item (shape, devices, i);
      const char *const cells[] = {
        vt_shape_string (shape, device, "name"),
        vt_shape_string (shape, device, "section"),
        vt_shape_optional_string (shape, device, "kind"),
        vt_shape_optional_string (shape, device, "detail"),
      };

      vt_table_add (table, cells);
    }
}

/* There are many sysctls. Without --all, those that are neither wanted nor changed are hidden. */
static gboolean
is_unused_sysctl (JsonObject *attribute, const char *key)
{
  return key != NULL && g_str_has_prefix (key, "sysctl/")
         && !json_object_has_member (attribute, "wanted")
         && !json_object_has_member (attribute, "original");
}

/* Returns: how many sysctls are hidden. */
static guint
read_attributes (VtShape *shape, JsonObject *root, gboolean all, VtTable *table)
{
  JsonArray *attributes = vt_shape_optional_list (shape, root, "attributes");
  guint n_hidden = 0;

  for (guint i = 0; i < json_array_get_length (attributes); i++)
    {
      JsonObject *attribute = vt_shape_item (shape, attributes, i);
      const char *const cells[] = {
        vt_shape_string (shape, attribute, "key"),
        vt_shape_optional_value (shape, attribute, "value"),
        vt_shape_optional_value (shape, attribute, "wanted"),
        vt_shape_optional_string (shape, attribute, "source"),
        vt_shape_optional_value (shape, attribute, "original"),
        vt_shape_optional_string (shape, attribute, "allowed"),
      };

      if (!all && is_unused_sysctl (attribute, cells[0]))
        n_hidden++;
      else
        vt_table_add (table, cells);
    }
  return n_hidden;
}

static gboolean
run_status (VtRun *run, VtExit *ret_exit, GError **error)
{
  g_autoptr (JsonNode) ret = vt_run_call (run, "tune-status", NULL, error);
  g_autoptr (VtShape) shape = vt_shape_new ("tune-status");
  g_autoptr (VtTable) devices = vt_table_new (device_headings);
  g_autoptr (VtTable) attributes = vt_table_new (attribute_headings);
  VtStatusSummary summary;
  JsonObject *root;
  guint n_hidden;
  gint64 n_more;

  if (ret == NULL)
    return FALSE;
  root = vt_shape_root_object (shape, ret);
  vt_status_summary_read (shape, root, &summary);
  read_devices (shape, root, devices);
  n_hidden = read_attributes (shape, root, run->options->all, attributes);
  n_more = vt_shape_optional_count (shape, root, "more");
  if (!vt_shape_check (shape, error))
    return FALSE;
  vt_status_summary_print (run, &summary);
  vt_output_table (run->output, devices);
  vt_output_table (run->output, attributes);
  if (n_hidden > 0)
    vt_output_line (run->output, "%u more sysctls can be set: --all lists them", n_hidden);
  if (n_more > 0)
    vt_output_line (run->output, "%" G_GINT64_FORMAT " more attributes that the guest did not list",
                    n_more);
  vt_run_print_json (run, ret);
  return TRUE;
}

const VtVerb vt_verb_status = {
  .name = "status",
  .arguments = "",
  .option_sets = VT_OPTIONS_STATUS,
  .summary = "show the wanted, the current and the accepted values",
  .details = "Shows the agent's version, the active profile and settings, the provisional apply\n"
             "and when the guest undoes it, the last change and the running one, warnings, the\n"
             "devices, and for each attribute its value, the wanted value and where it comes\n"
             "from, the original value, and the accepted values. Sysctls that no setting names\n"
             "are only counted, but listed with --all. While a change is running, the values\n"
             "are not shown.",
  .run = run_status,
};
