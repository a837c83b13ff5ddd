/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/json.h"

#include <math.h>
#include <string.h>

#include "protocol/error.h"

static JsonNode *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = vt_json_parse (text, strlen (text), &vt_scanner_request_limits, &error);

  g_assert_no_error (error);
  return node;
}

static void
assert_refused (const char *text, gsize len, const char *why)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vt_json_parse (text, len, &vt_scanner_request_limits, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, why));
}

static void
test_document (void)
{
  g_autoptr (JsonNode) node = parse (" \n{\"a\": 1}\n\t ");

  g_assert_cmpint (json_object_get_int_member (json_node_get_object (node), "a"), ==, 1);
  assert_refused ("", 0, "ends before");
  assert_refused (" \n", 2, "ends before");
  assert_refused ("{\"a\":1", 6, "ends before");
  assert_refused ("{} {}", 5, "text after the object");
  assert_refused ("{} {", 4, "text after the object");
  assert_refused ("{} x", 4, "text after the object");
  assert_refused ("[]", 2, "expected '{'");
  assert_refused ("{}\377", 3, "0xff");
  assert_refused ("\377{}", 3, "0xff");
  assert_refused ("{\"a\":\377{}", 8, "0xff");
  assert_refused ("{}\0", 3, "text after the object");
  assert_refused ("{\"a\":1,\"a\":2}", 13, "twice");
}

static void
test_integers (void)
{
  g_autoptr (JsonNode) node = parse ("{\"max\":9223372036854775807,\"min\":-9223372036854775808}");
  JsonObject *object = json_node_get_object (node);
  gint64 max = 0, min = 0;

  g_assert_true (vt_json_get_int (object, "max", TRUE, &max, NULL));
  g_assert_true (vt_json_get_int (object, "min", TRUE, &min, NULL));
  g_assert_true (max == G_MAXINT64);
  g_assert_true (min == G_MININT64);
}

static void
test_print (void)
{
  static const struct
  {
    const char *in, *out;
  } rows[] = {
    { "{}", "{}" },
    { "{ \"a\" : [ ] }", "{\"a\":[]}" },
    { "{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":2}" }, /* the order is kept */
    { "{\"v\":[true,false,null,{},\"\"]}", "{\"v\":[true,false,null,{},\"\"]}" },
    { "{\"v\":[0,-1,9223372036854775807,-9223372036854775808]}",
      "{\"v\":[0,-1,9223372036854775807,-9223372036854775808]}" },
    { "{\"v\":[0.1,1.0,-2.5,1e30,1e22,5e-324,1e5]}",
      "{\"v\":[0.1,1.0,-2.5,1e+30,1e+22,4.94065645841247e-324,100000.0]}" },
    { "{\"v\":0.30000000000000004}", "{\"v\":0.30000000000000004}" },
    { "{\"v\":\"\\u0001\\u001b\\u001f\\u007f\"}", "{\"v\":\"\\u0001\\u001b\\u001f\\u007f\"}" },
    { "{\"v\":\"\\b\\f\\n\\r\\t\\\"\\\\\\/\"}", "{\"v\":\"\\b\\f\\n\\r\\t\\\"\\\\/\"}" },
    { "{\"\\u000a\":\"\\u00e9\\ud83d\\ude00\"}", "{\"\\n\":\"\303\251\360\237\230\200\"}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (JsonNode) node = parse (rows[i].in);
      g_autofree char *text = vt_json_to_string (node);
      g_autoptr (JsonNode) again = parse (text);

      g_assert_cmpstr (text, ==, rows[i].out);
      g_assert_true (json_node_equal (node, again));
    }
}

static void
test_print_values_outside_json (void)
{
  g_autoptr (JsonArray) array = json_array_new ();
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), array);
  g_autofree char *text = NULL;

  json_array_add_string_element (array, "caf\351");
  json_array_add_double_element (array, NAN);
  json_array_add_double_element (array, -INFINITY);
  text = vt_json_to_string (node);
  g_assert_cmpstr (text, ==, "[\"caf\357\277\275\",null,null]");
}

static void
test_print_pretty (void)
{
  g_autoptr (JsonNode) node = parse ("{\"a\":[1,{\"b\":[]}],\"c\":{}}");
  g_autofree char *text = vt_json_to_pretty (node);

  g_assert_cmpstr (text, ==,
                   "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {}\n}");
}

static void
test_print_alone (void)
{
  g_autoptr (JsonNode) string = json_node_init_string (json_node_alloc (), "x");
  g_autoptr (JsonNode) null = json_node_init_null (json_node_alloc ());
  g_autofree char *text = vt_json_to_string (string);
  g_autofree char *nothing = vt_json_to_string (null);

  g_assert_cmpstr (text, ==, "\"x\"");
  g_assert_cmpstr (nothing, ==, "null");
}

static void
test_accessors (void)
{
  g_autoptr (JsonNode) node = parse ("{\"s\":\"x\",\"i\":7,\"b\":true,\"o\":{},\"a\":[]}");
  JsonObject *object = json_node_get_object (node), *o = NULL;
  const char *s = NULL;
  gint64 i = 0;
  gboolean b = FALSE;
  JsonArray *a = NULL;

  g_assert_true (vt_json_get_string (object, "s", TRUE, &s, NULL));
  g_assert_true (vt_json_get_int (object, "i", TRUE, &i, NULL));
  g_assert_true (vt_json_get_bool (object, "b", TRUE, &b, NULL));
  g_assert_true (vt_json_get_object (object, "o", TRUE, &o, NULL));
  g_assert_true (vt_json_get_array (object, "a", TRUE, &a, NULL));
  g_assert_cmpstr (s, ==, "x");
  g_assert_cmpint (i, ==, 7);
  g_assert_true (b);
  g_assert_nonnull (o);
  g_assert_nonnull (a);
}

/* Each accessor with each other type: an error with a message, and the output value is untouched.
 */
static void
test_wrong_types (void)
{
  static const char *const members[]
      = { "string", "integer", "boolean", "object", "array", "null", "number" };
  g_autoptr (JsonNode) node = parse ("{\"string\":\"1\",\"integer\":1,\"boolean\":true,"
                                     "\"object\":{},\"array\":[],\"null\":null,\"number\":1.0}");
  JsonObject *object = json_node_get_object (node);

  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    {
      g_autofree char *found = g_strdup_printf ("of type %s", members[i]);
      const char *s = "before";
      gint64 n = -5;
      gboolean b = -5;
      JsonObject *o = NULL;
      JsonArray *a = NULL;

      for (guint accessor = 0; accessor < 5; accessor++)
        {
          g_autoptr (GError) error = NULL;
          gboolean good = accessor == 0 ? vt_json_get_string (object, members[i], FALSE, &s, &error)
                          : accessor == 1 ? vt_json_get_int (object, members[i], FALSE, &n, &error)
                          : accessor == 2 ? vt_json_get_bool (object, members[i], FALSE, &b, &error)
                          : accessor == 3
                              ? vt_json_get_object (object, members[i], FALSE, &o, &error)
                              : vt_json_get_array (object, members[i], FALSE, &a, &error);

          g_assert_cmpint (good, ==, accessor == i);
          if (good)
            continue;

          g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
          g_assert_nonnull (strstr (error->message, found));
          g_assert_nonnull (strstr (error->message, members[accessor]));
        }

      g_assert_cmpstr (s, ==, i == 0 ? "1" : "before");
      g_assert_cmpint (n, ==, i == 1 ? 1 : -5);
      g_assert_cmpint (b, ==, i == 2 ? TRUE : -5);
      g_assert_cmpint (o != NULL, ==, i == 3);
      g_assert_cmpint (a != NULL, ==, i == 4);
    }
}

static void
test_absent (void)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (GError) error = NULL;
  gint64 value = 5;

  g_assert_true (vt_json_get_int (object, "n", FALSE, &value, &error));
  g_assert_no_error (error);
  g_assert_cmpint (value, ==, 5);
  g_assert_false (vt_json_get_int (object, "n", TRUE, &value, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (error->message, ==, "Parameter 'n' is missing");
  g_assert_cmpint (value, ==, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/document", test_document);
  g_test_add_func ("/json/integers", test_integers);
  g_test_add_func ("/json/print", test_print);
  g_test_add_func ("/json/print-values-outside-json", test_print_values_outside_json);
  g_test_add_func ("/json/print-pretty", test_print_pretty);
  g_test_add_func ("/json/print-alone", test_print_alone);
  g_test_add_func ("/json/accessors", test_accessors);
  g_test_add_func ("/json/wrong-types", test_wrong_types);
  g_test_add_func ("/json/absent", test_absent);
  return g_test_run ();
}
