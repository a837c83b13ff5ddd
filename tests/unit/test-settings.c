/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/settings.h"

#include <string.h>

#include "protocol/error.h"
#include "protocol/json.h"

static VtSettings *
read_document (const char *text, GError **error)
{
  g_autoptr (JsonNode) node
      = vt_json_parse (text, strlen (text), &vt_scanner_request_limits, error);

  g_assert_nonnull (node);
  return vt_settings_from_json (json_node_get_object (node), error);
}

static char *
print (const VtSettings *settings)
{
  g_autoptr (JsonNode) node = vt_settings_to_json (settings);

  return vt_json_to_string (node);
}

static void
test_good_keys (void)
{
  static const struct
  {
    const char *key, *whole, *section, *selector, *name;
  } rows[] = {
    { "block/vda/scheduler", NULL, "block", "vda", "scheduler" },
    { "block/*/read_ahead_kb", NULL, "block", "*", "read_ahead_kb" },
    { "block/cciss!c0d0/scheduler", NULL, "block", "cciss!c0d0", "scheduler" },
    { "net/eth0.100/combined", NULL, "net", "eth0.100", "combined" },
    { "net/en[ps]?*/xps", NULL, "net", "en[ps]?*", "xps" },
    { "memory/auto_online_blocks", NULL, "memory", NULL, "auto_online_blocks" },
    { "vm/transparent_hugepage", NULL, "vm", NULL, "transparent_hugepage" },
    { "sysctl/vm.swappiness", NULL, "sysctl", NULL, "vm.swappiness" },
    { "sysctl/vm/swappiness", "sysctl/vm.swappiness", "sysctl", NULL, "vm.swappiness" },
    { "sysctl/net/ipv4/tcp_rmem", "sysctl/net.ipv4.tcp_rmem", "sysctl", NULL, "net.ipv4.tcp_rmem" },
    { "sysctl/net/ipv4/conf/eth0.5/forwarding", "sysctl/net.ipv4.conf.eth0/5.forwarding", "sysctl",
      NULL, "net.ipv4.conf.eth0/5.forwarding" },
    { "sysctl/net.ipv4.conf.eth0/5.forwarding", NULL, "sysctl", NULL,
      "net.ipv4.conf.eth0/5.forwarding" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (VtSetting) setting = vt_setting_new (rows[i].key, "1", FALSE, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (setting->key, ==, rows[i].whole != NULL ? rows[i].whole : rows[i].key);
      g_assert_cmpstr (setting->section, ==, rows[i].section);
      g_assert_cmpstr (setting->selector, ==, rows[i].selector);
      g_assert_cmpstr (setting->name, ==, rows[i].name);
      g_assert_cmpstr (setting->value, ==, "1");
    }
}

static void
test_bad_keys (void)
{
  static const char *const keys[] = {
    "",
    "/",
    "block",
    "block/",
    "block/vda",
    "block/vda/",
    "block//scheduler",
    "block/vda/queue/scheduler",
    "block/../scheduler",
    "block/./scheduler",
    "block/vda/..",
    "block/vd a/scheduler",
    "block/vda/sche\tduler",
    "block/vda/sche\nduler",
    "block/vda\033[2J/scheduler",
    "block/vda=vdb/scheduler",
    "block/v\351/scheduler",
    "block/v\342\200\256/scheduler", /* U+202E, right-to-left override */
    "Block/vda/scheduler",
    "disk/vda/scheduler",
    "blocks/vda/scheduler",
    "memory",
    "memory/",
    "memory/a/b",
    "memory/..",
    "memory/.",
    "sysctl",
    "sysctl/",
    "sysctl/.",
    "sysctl/..",
    "sysctl//",
    "sysctl/../../etc/passwd",
    "sysctl/vm/../kernel/core_pattern",
    "sysctl/vm..swappiness",
    "sysctl/vm.//.kernel", /* its path would be vm/../kernel */
    "sysctl/vm./.kernel",
    "sysctl/vm./x",
    "sysctl/vm.x/",
    "sysctl/vm.a//b",
    "sysctl/.vm.swappiness",
    "sysctl/vm.swappiness.",
    "sysctl//vm/swappiness",
    "sysctl/vm/swappiness/",
    "sysctl/vm//swappiness",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (vt_setting_new (keys[i], "1", FALSE, &error));
      g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_null (strpbrk (error->message, "\033\n\t"));
    }
}

static void
test_key_length (void)
{
  g_autofree char *stem = g_strnfill (VT_SETTINGS_KEY_MAX - strlen ("vm/"), 'x');
  g_autofree char *fits = g_strconcat ("vm/", stem, NULL);
  g_autofree char *over = g_strconcat ("vm/", stem, "x", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (VtSetting) setting = vt_setting_new (fits, "1", FALSE, &error);

  g_assert_no_error (error);
  g_assert_nonnull (setting);
  g_assert_null (vt_setting_new (over, "1", FALSE, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
}

static void
test_values (void)
{
  g_autofree char *fits = g_strnfill (VT_SETTINGS_VALUE_MAX, 'x');
  g_autofree char *over = g_strconcat (fits, "x", NULL);
  const char *const good[]
      = { "auto", "4096\t131072\t6291456", "a b", "=>4096", "caf\303\251", fits };
  const char *const bad[]
      = { "", "a\nb", "\033[2J", "\177", "\302\233", "\342\200\256", "\351", over };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (VtSetting) setting = vt_setting_new ("vm/x", good[i], FALSE, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (setting->value, ==, good[i]);
    }

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (vt_setting_new ("vm/x", bad[i], FALSE, &error));
      g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
      g_assert_true (g_str_has_prefix (error->message, "vm/x: "));
    }
}

static void
test_numbers (void)
{
  static const char *const good[]
      = { "0", "1", "-1", "9223372036854775807", "-9223372036854775808" };
  static const char *const bad[] = { "-", "-0", "01", "1.0", " 1", "9223372036854775808", "x" };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (VtSetting) setting = vt_setting_new ("vm/x", good[i], TRUE, NULL);

      g_assert_nonnull (setting);
      g_assert_true (setting->number);
    }

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (vt_setting_new ("vm/x", bad[i], TRUE, &error));
      g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
    }
}

static void
test_assignments (void)
{
  static const struct
  {
    const char *text, *key, *value;
    gboolean number;
  } rows[] = {
    { "block/vdb/scheduler=auto", "block/vdb/scheduler", "auto", FALSE },
    { "sysctl/vm.swappiness=30", "sysctl/vm.swappiness", "30", TRUE },
    { "sysctl/vm/swappiness=0", "sysctl/vm.swappiness", "0", TRUE },
    { "sysctl/vm.swappiness=", "sysctl/vm.swappiness", NULL, FALSE },
    { "vm/x=-1", "vm/x", "-1", FALSE },
    { "vm/x=007", "vm/x", "007", FALSE },
    { "vm/x=99999999999999999999", "vm/x", "99999999999999999999", FALSE },
    { "vm/x=a=b", "vm/x", "a=b", FALSE },
    { "vm/x==>40", "vm/x", "=>40", FALSE },
  };
  static const char *const bad[] = { "", "=", "=1", "vm/x", "vm=1", "vm/x y=1" };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (VtSetting) setting = vt_setting_parse (rows[i].text, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (setting->key, ==, rows[i].key);
      g_assert_cmpstr (setting->value, ==, rows[i].value);
      g_assert_cmpint (setting->number, ==, rows[i].number);
    }

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (vt_setting_parse (bad[i], &error));
      g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
    }
}

#define DOCUMENT                                                                                   \
  "{\"block\":{\"*\":{\"scheduler\":\"auto\"},\"vdb\":{\"scheduler\":\"mq-deadline\","             \
  "\"read_ahead_kb\":4096}},\"memory\":{\"online_policy\":null},\"sysctl\":{\"vm.swappiness\":30}" \
  "}"

static void
test_document (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VtSettings) settings = read_document (DOCUMENT, &error);
  g_autoptr (VtSettings) copy = NULL;
  g_autofree char *text = NULL;
  const VtSetting *setting;

  g_assert_no_error (error);
  g_assert_cmpuint (settings->list->len, ==, 5);
  setting = vt_settings_get (settings, "block/vdb/read_ahead_kb");
  g_assert_cmpstr (setting->value, ==, "4096");
  g_assert_true (setting->number);
  setting = vt_settings_get (settings, "memory/online_policy");
  g_assert_nonnull (setting);
  g_assert_null (setting->value);
  g_assert_null (vt_settings_get (settings, "memory/x"));

  copy = vt_settings_copy (settings);
  text = print (copy);
  g_assert_cmpstr (text, ==, DOCUMENT);
}

static void
test_bad_documents (void)
{
  static const struct
  {
    const char *text, *why;
  } rows[] = {
    { "{\"disk\":{}}", "disk: unknown section, there are: block, net, memory, sysctl, vm" },
    { "{\"blokc\":{}}", "blokc: unknown section; did you mean 'block'? There are: block, net, " },
    { "{\"vm.swappiness\":1}", "vm.swappiness: unknown section; did you mean "
                               "'sysctl/vm.swappiness'? There are" },
    { "{\"block\":1}", "block: the value is of type integer, expected: object" },
    { "{\"block\":null}", "block: the value is of type null" },
    { "{\"block\":{\"vda\":\"auto\"}}",
      "block/vda: the value is of type string, expected: object" },
    { "{\"block\":{\"vda\":{\"scheduler\":true}}}",
      "block/vda/scheduler: the value is of type boolean, expected: string, integer or null" },
    { "{\"block\":{\"vda\":{\"scheduler\":1.5}}}",
      "block/vda/scheduler: the value is of type number" },
    { "{\"block\":{\"vda\":{\"scheduler\":[]}}}",
      "block/vda/scheduler: the value is of type array" },
    { "{\"block\":{\"vda\":{\"scheduler\":{}}}}",
      "block/vda/scheduler: the value is of type object" },
    { "{\"vm\":{\"x\":{}}}", "vm/x: the value is of type object" },
    { "{\"vm\":{\"x\":\"\"}}", "vm/x: the value is empty" },
    { "{\"vm\":{\"\":1}}", "vm/: expected: SECTION/NAME" },
    { "{\"vm\":{\"a/b\":1}}", "vm/a/b: expected: SECTION/NAME" },
    { "{\"block\":{\"\":{\"x\":1}}}", "block//x: expected" },
    { "{\"block\":{\"a/b\":{\"x\":1}}}", "block/a/b: " },
    { "{\"block\":{\"a/b\":1}}", "block/a/b: " },
    { "{\"sysctl\":{\"../x\":1}}", "sysctl/../x: not a name" },
    { "{\"sysctl\":{\"vm.x\":1,\"vm/x\":1}}", "sysctl/vm.x: given twice" },
    { "{\"vm\":{\"a\":true,\"b\":1,\"c\":[]},\"disk\":{}}",
      "vm/a: the value is of type boolean, expected: string, integer or null; vm/c: the value is "
      "of "
      "type array, expected: string, integer or null; disk: unknown section" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (read_document (rows[i].text, &error));
      g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
      if (!g_str_has_prefix (error->message, rows[i].why))
        g_assert_cmpstr (error->message, ==, rows[i].why);
    }
}

/* {"vm":{"k0":VALUE,…}} */
static char *
long_document (guint n, const char *value)
{
  GString *text = g_string_new ("{\"vm\":{");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s\"k%u\":%s", i > 0 ? "," : "", i, value);

  g_string_append (text, "}}");
  return g_string_free (text, FALSE);
}

static void
test_document_bounds (void)
{
  g_autofree char *fits = long_document (VT_SETTINGS_MAX, "1");
  g_autofree char *over = long_document (VT_SETTINGS_MAX + 1, "1");
  g_autofree char *faulty = long_document (VT_SETTINGS_MAX, "true");
  g_autoptr (GError) error = NULL;
  g_autoptr (VtSettings) settings = read_document (fits, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (settings->list->len, ==, VT_SETTINGS_MAX);
  g_assert_null (read_document (over, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_null (read_document (faulty, &error));
  g_assert_true (g_str_has_suffix (error->message, "; and 4080 more"));
}

static void
test_merge (void)
{
  g_autoptr (VtSettings) settings = read_document ("{\"vm\":{\"a\":1,\"b\":2,\"c\":3}}", NULL);
  g_autoptr (VtSettings) over
      = read_document ("{\"vm\":{\"b\":\"new\",\"c\":null,\"d\":null},\"memory\":{\"e\":5}}", NULL);
  g_autofree char *merged = NULL;
  g_autofree char *untouched = NULL;

  vt_settings_merge (settings, over);
  merged = print (settings);
  untouched = print (over);
  g_assert_cmpstr (merged, ==, "{\"vm\":{\"a\":1,\"b\":\"new\"},\"memory\":{\"e\":5}}");
  g_assert_cmpstr (untouched, ==,
                   "{\"vm\":{\"b\":\"new\",\"c\":null,\"d\":null},\"memory\":{\"e\":5}}");
}

static void
test_set_replaces (void)
{
  g_autoptr (VtSettings) settings = vt_settings_new ();
  g_autofree char *text = NULL;

  vt_settings_set (settings, vt_setting_parse ("sysctl/vm.a=1", NULL));
  vt_settings_set (settings, vt_setting_parse ("vm/b=2", NULL));
  vt_settings_set (settings, vt_setting_parse ("sysctl/vm/a=3", NULL));
  text = print (settings);
  g_assert_cmpstr (text, ==, "{\"sysctl\":{\"vm.a\":3},\"vm\":{\"b\":2}}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/settings/good-keys", test_good_keys);
  g_test_add_func ("/settings/bad-keys", test_bad_keys);
  g_test_add_func ("/settings/key-length", test_key_length);
  g_test_add_func ("/settings/values", test_values);
  g_test_add_func ("/settings/numbers", test_numbers);
  g_test_add_func ("/settings/assignments", test_assignments);
  g_test_add_func ("/settings/document", test_document);
  g_test_add_func ("/settings/bad-documents", test_bad_documents);
  g_test_add_func ("/settings/document-bounds", test_document_bounds);
  g_test_add_func ("/settings/merge", test_merge);
  g_test_add_func ("/settings/set-replaces", test_set_replaces);
  return g_test_run ();
}
