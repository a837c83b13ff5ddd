/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/schema.h"

#include <string.h>

#include "protocol/error.h"
#include "protocol/json.h"
#include "protocol/message.h"

static JsonNode *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = vt_json_parse (text, strlen (text), &vt_scanner_reply_limits, &error);

  g_assert_no_error (error);
  return node;
}

static gboolean
check (const char *command, const char *arguments, GError **error)
{
  g_autoptr (JsonNode) node = parse (arguments);
  const VtCommandSpec *spec = vt_schema_find (command);

  g_assert_nonnull (spec);
  return vt_schema_check (spec, json_node_get_object (node), error);
}

static void
test_table (void)
{
  for (const VtCommandSpec *spec = vt_schema; spec->name != NULL; spec++)
    {
      g_assert_true (vt_schema_find (spec->name) == spec);
      g_assert_nonnull (spec->summary);
      g_assert_nonnull (spec->returns);
      if (spec[1].name != NULL)
        g_assert_cmpstr (spec->name, <, spec[1].name);
    }

  g_assert_null (vt_schema_find (""));
  g_assert_null (vt_schema_find ("guest-pin"));
  g_assert_null (vt_schema_find ("guest-pingg"));
  g_assert_null (vt_schema_find ("tune-zzz"));
}

static void
test_good_arguments (void)
{
  static const char *const rows[][2] = {
    { "guest-ping", "{}" },
    { "guest-sync", "{\"id\":-5}" },
    { "guest-sync-delimited", "{\"id\":9223372036854775807}" },
    { "tune-apply", "{}" },
    { "tune-apply", "{\"profile\":\"x\",\"settings\":{},\"dry-run\":true,\"force\":false,"
                    "\"allow-absent\":true,\"transient\":true}" },
    { "guest-set-memory-blocks", "{\"mem-blks\":[]}" },
    { "guest-set-memory-blocks",
      "{\"mem-blks\":[{\"phys-index\":0,\"online\":true},"
      "{\"phys-index\":9223372036854775807,\"online\":false,\"can-offline\":true}]}" },
    { "guest-set-vcpus", "{\"vcpus\":[{\"logical-id\":1,\"online\":true}]}" },
    { "tune-memory-online", "{\"policy\":\"online\",\"blocks\":1,\"timeout\":10000}" },
    { "tune-memory-offline", "{\"blocks\":2147483647,\"movable-only\":true}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (check (rows[i][0], rows[i][1], &error));
      g_assert_no_error (error);
    }
}

static void
test_bad_arguments (void)
{
  static const struct
  {
    const char *command, *arguments, *message;
    int code;
  } rows[] = {
    { "guest-ping", "{\"foo\":1}", "Parameter 'foo' is unexpected", VT_ERROR_GENERIC },
    { "guest-sync", "{\"id\":1,\"foo\":1}", "Parameter 'foo' is unexpected", VT_ERROR_GENERIC },
    { "guest-sync", "{}", "Parameter 'id' is missing", VT_ERROR_INVALID_ARGUMENT },
    { "guest-sync", "{\"id\":\"1\"}", "Parameter 'id' is of type string, expected: integer",
      VT_ERROR_INVALID_ARGUMENT },
    { "guest-sync", "{\"id\":1.0}", "Parameter 'id' is of type number, expected: integer",
      VT_ERROR_INVALID_ARGUMENT },
    { "guest-sync", "{\"id\":null}", "Parameter 'id' is of type null, expected: integer",
      VT_ERROR_INVALID_ARGUMENT },
    { "tune-apply", "{\"profile\":7}", "Parameter 'profile' is of type integer, expected: string",
      VT_ERROR_INVALID_ARGUMENT },
    { "tune-apply", "{\"force\":1}", "Parameter 'force' is of type integer, expected: boolean",
      VT_ERROR_INVALID_ARGUMENT },
    { "tune-apply", "{\"settings\":[]}", "Parameter 'settings' is of type array, expected: object",
      VT_ERROR_INVALID_ARGUMENT },
    { "guest-set-memory-blocks", "{\"mem-blks\":{}}",
      "Parameter 'mem-blks' is of type object, expected: array", VT_ERROR_INVALID_ARGUMENT },
    { "guest-set-memory-blocks", "{\"mem-blks\":[1]}",
      "Parameter 'mem-blks[0]' is of type integer, expected: object", VT_ERROR_INVALID_ARGUMENT },
    { "guest-set-memory-blocks", "{\"mem-blks\":[{\"phys-index\":0,\"online\":true},{}]}",
      "Parameter 'mem-blks[1].phys-index' is missing", VT_ERROR_INVALID_ARGUMENT },
    { "guest-set-memory-blocks", "{\"mem-blks\":[{\"phys-index\":-1,\"online\":true}]}",
      "Parameter 'mem-blks[0].phys-index' is -1, expected: 0 to 9223372036854775807",
      VT_ERROR_INVALID_ARGUMENT },
    { "tune-memory-online", "{\"timeout\":10001}",
      "Parameter 'timeout' is 10001, expected: 1 to 10000", VT_ERROR_INVALID_ARGUMENT },
    { "tune-memory-offline", "{\"blocks\":0}", "Parameter 'blocks' is 0, expected: 1 to 2147483647",
      VT_ERROR_INVALID_ARGUMENT },
    { "guest-set-vcpus", "{\"vcpus\":[{\"logical-id\":0,\"online\":true,\"x\":1}]}",
      "Parameter 'vcpus[0].x' is unexpected", VT_ERROR_GENERIC },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (check (rows[i].command, rows[i].arguments, &error));
      g_assert_cmpstr (error->message, ==, rows[i].message);
      g_assert_error (error, VT_ERROR, rows[i].code);
    }
}

static void
test_types_without_a_command (void)
{
  static const VtMember members[] = {
    { "names", VT_TYPE_STRINGS },
    { "size", VT_TYPE_INT, .min = -2, .max = 7 },
    { NULL },
  };
  static const VtCommandSpec spec = { "x", VT_COMMAND_INSTANT, members, "", "" };
  static const struct
  {
    const char *arguments;
    gboolean good;
  } rows[] = {
    { "{\"names\":[]}", TRUE },         { "{\"names\":[\"a\",\"b\"]}", TRUE },
    { "{\"names\":[\"a\",1]}", FALSE }, { "{\"names\":\"a\"}", FALSE },
    { "{\"size\":-2}", TRUE },          { "{\"size\":7}", TRUE },
    { "{\"size\":8}", FALSE },          { "{\"size\":-3}", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (JsonNode) node = parse (rows[i].arguments);
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (vt_schema_check (&spec, json_node_get_object (node), &error), ==,
                       rows[i].good);
      if (!rows[i].good)
        g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
    }
}

/* The reference in protocol/README.md must match the table. */

static char *
read_readme (void)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("VT_SOURCE_ROOT"), "protocol", "README.md", NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  g_assert_no_error (error);
  return text;
}

static const char *
type_word (VtType type)
{
  switch (type)
    {
    case VT_TYPE_STRING:
      return "string";
    case VT_TYPE_INT:
      return "integer";
    case VT_TYPE_BOOL:
      return "boolean";
    case VT_TYPE_SETTINGS:
      return "settings";
    case VT_TYPE_LIST:
      return "list";
    case VT_TYPE_STRINGS:
    default:
      return "list of strings";
    }
}

static void
describe_members (GString *text, const char *lead, const VtMember *members)
{
  for (const VtMember *member = members; member->name != NULL; member++)
    {
      g_autofree char *name = g_strconcat (lead, member->name, NULL);
      g_autofree char *inner = g_strconcat (name, "[].", NULL);

      g_string_append_printf (text, "| `%s` | %s | %s | %s |\n", name, type_word (member->type),
                              member->required ? "yes" : "no", member->summary);
      if (member->members != NULL)
        describe_members (text, inner, member->members);
    }
}

/* The exact text that the reference must have for a command. */
static char *
describe (const VtCommandSpec *spec)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "### `%s`\n\n%c%s.\n", spec->name,
                          g_ascii_toupper (spec->summary[0]), spec->summary + 1);
  if (spec->flags & VT_COMMAND_CHANGES)
    g_string_append (text, "Changes the guest: `Busy` while another change is under way.\n");
  if (spec->arguments != NULL)
    {
      g_string_append (text, "\n| argument | type | required | |\n|---|---|---|---|\n");
      describe_members (text, "", spec->arguments);
    }

  g_string_append_printf (text, "\nReturns: `%s`\n", spec->returns);
  return g_string_free (text, FALSE);
}

static void
test_readme_has_all_events (void)
{
  g_autofree char *readme = read_readme ();

  for (const VtEventSpec *event = vt_schema_events; event->name != NULL; event++)
    {
      g_autofree char *code = g_str_has_prefix (event->data, "{")
                                  ? g_strdup_printf ("`%s`", event->data)
                                  : g_strdup (event->data);
      g_autofree char *row
          = g_strdup_printf ("| `%s` | %s | %s |\n", event->name, event->summary, code);

      if (strstr (readme, row) == NULL)
        g_error ("protocol/README.md lacks:\n%s", row);
    }
}

static void
test_readme_has_all_commands (void)
{
  g_autofree char *readme = read_readme ();
  guint n_specs = 0, n_headings = 0;

  for (const VtCommandSpec *spec = vt_schema; spec->name != NULL; spec++)
    {
      g_autofree char *text = describe (spec);

      if (strstr (readme, text) == NULL)
        g_error ("protocol/README.md lacks:\n%s", text);
      n_specs++;
    }

  for (const char *p = readme; (p = strstr (p, "\n### `")) != NULL; p++)
    n_headings++;

  g_assert_cmpuint (n_headings, ==, n_specs);
}

/* Lines that begin with "→ " are requests that the agent must accept; lines that begin with "← "
 * are replies that the shim must accept. */
static void
check_example (const char *line, guint *n)
{
  gboolean is_request = g_str_has_prefix (line, "→ {");
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL, id = NULL;
  g_autoptr (VtRequest) request = NULL;
  g_autoptr (VtReply) reply = NULL;

  if (!is_request && !g_str_has_prefix (line, "← {"))
    return;

  (*n)++;
  node = parse (line + strlen ("→ "));
  if (!is_request)
    {
      reply = vt_reply_from_json (node, &error);
      g_assert_no_error (error);
      return;
    }

  request = vt_request_from_json (node, &id, &error);
  g_assert_no_error (error);
  g_assert_nonnull (vt_schema_find (request->execute));
  g_assert_true (vt_schema_check (vt_schema_find (request->execute), request->arguments, &error));
}

static void
test_readme_examples (void)
{
  g_autofree char *readme = read_readme ();
  g_auto (GStrv) lines = g_strsplit (readme, "\n", -1);
  guint n = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    check_example (lines[i], &n);

  g_assert_cmpuint (n, >=, 20);
}

static void
test_readme_error_classes (void)
{
  g_autofree char *readme = read_readme ();

  for (int code = 0; code < VT_ERROR_N_CODES; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (VT_ERROR, code, "x");
      g_autofree char *row = g_strdup_printf ("\n| `%s` | ", vt_error_class (error));

      if (strstr (readme, row) == NULL)
        g_error ("protocol/README.md lacks the class %s", vt_error_class (error));
    }
}

static void
assert_bound (const char *readme, const char *what, gsize request, gsize reply)
{
  g_autofree char *row = g_strdup_printf ("\n| %s | %" G_GSIZE_FORMAT " | %" G_GSIZE_FORMAT " |\n",
                                          what, request, reply);

  if (strstr (readme, row) == NULL)
    g_error ("protocol/README.md lacks:%s", row);
}

static void
test_readme_bounds (void)
{
  const VtScannerLimits *request = &vt_scanner_request_limits, *reply = &vt_scanner_reply_limits;
  g_autofree char *readme = read_readme ();

  assert_bound (readme, "bytes", request->max_frame, reply->max_frame);
  assert_bound (readme, "nesting", request->max_depth, reply->max_depth);
  assert_bound (readme, "tokens", request->max_tokens, reply->max_tokens);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schema/table", test_table);
  g_test_add_func ("/schema/good-arguments", test_good_arguments);
  g_test_add_func ("/schema/bad-arguments", test_bad_arguments);
  g_test_add_func ("/schema/types-without-a-command", test_types_without_a_command);
  g_test_add_func ("/schema/readme/has-all-commands", test_readme_has_all_commands);
  g_test_add_func ("/schema/readme/has-all-events", test_readme_has_all_events);
  g_test_add_func ("/schema/readme/examples", test_readme_examples);
  g_test_add_func ("/schema/readme/error-classes", test_readme_error_classes);
  g_test_add_func ("/schema/readme/bounds", test_readme_bounds);
  return g_test_run ();
}
