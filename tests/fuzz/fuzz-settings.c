/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The same bytes as a settings document, as an assignment and as a selector.
 * Accepted settings must be the same after they are printed and read again, and
 * must never name a path outside of their folder.
 */

#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "protocol/json.h"
#include "protocol/settings.h"

static void
check_setting (const VtSetting *setting)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VtSetting) again
      = vt_setting_new (setting->key, setting->value, setting->number, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (again->key, ==, setting->key);
  g_assert_cmpstr (again->value, ==, setting->value);
  g_assert_cmpstr (setting->name, !=, "..");
  g_assert_cmpstr (setting->selector, !=, "..");
  if (!g_str_equal (setting->section, "sysctl"))
    return;

  g_assert_null (strstr (setting->name, ".."));
  g_assert_null (strstr (setting->name, "//"));
}

static void
check_document (const char *text, gsize len)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = vt_json_parse (text, len, &vt_scanner_request_limits, &error);
  g_autoptr (JsonNode) printed = NULL;
  g_autoptr (VtSettings) settings = NULL, again = NULL;

  if (node == NULL)
    return;

  settings = vt_settings_from_json (json_node_get_object (node), &error);
  if (settings == NULL)
    return;

  printed = vt_settings_to_json (settings);
  again = vt_settings_from_json (json_node_get_object (printed), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (again->list->len, ==, settings->list->len);
  for (guint i = 0; i < settings->list->len; i++)
    check_setting (g_ptr_array_index (settings->list, i));

  vt_settings_merge (again, settings);
  for (guint i = 0; i < again->list->len; i++)
    g_assert_nonnull (((VtSetting *) g_ptr_array_index (again->list, i))->value);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (VtSetting) setting = vt_setting_parse (text, &error);

  if (setting != NULL)
    check_setting (setting);
  else
    g_assert_true (g_utf8_validate (error->message, -1, NULL));

  check_document ((const char *) data, size);
  if (size <= VT_SETTINGS_KEY_MAX)
    {
      /* A star matches each name, and an exact name matches itself. */
      g_assert_true (vt_selector_match ("*", text));
      g_assert_true (vt_selector_rank (text) < G_MAXINT || vt_selector_match (text, text));
      (void) vt_selector_match (text, "vda");
    }

  return 0;
}
