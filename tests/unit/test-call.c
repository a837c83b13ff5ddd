/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "agent/commands/command-set.h"
#include "agent/session/call.h"

static const char *const blocked[] = { "tune-apply", NULL };
static const char *const ping_alone[] = { "guest-ping", "guest-sync", NULL };

/* Returns the reply to @frame. */
static char *
ask (const char *const *allow, const char *const *block, const char *frame)
{
  g_autoptr (VtCommandSet) set = vt_command_set_new (allow, block);
  VtAgent agent = { .allowed = set };
  g_autofree char *line = NULL;
  g_autoptr (VtCall) call = vt_call_parse (set, frame, strlen (frame), &line);

  if (call == NULL)
    {
      g_assert_nonnull (line);
      return g_steal_pointer (&line);
    }

  g_assert_null (line);
  g_assert_cmpuint (call->size, ==, strlen (frame));

  return vt_call_run (call, &agent, NULL);
}

static void
assert_answer (const char *frame, const char *answer)
{
  g_autofree char *line = ask (NULL, NULL, frame);

  g_assert_cmpstr (line, ==, answer);
}

static void
assert_error (const char *line, const char *error_class, const char *text)
{
  g_autofree char *wanted = g_strdup_printf ("{\"error\": {\"class\": \"%s\"", error_class);

  g_assert_true (g_str_has_prefix (line, wanted));
  g_assert_nonnull (strstr (line, text));
  g_assert_true (strchr (line, '\n') == line + strlen (line) - 1);
}

static void
test_answers (void)
{
  assert_answer ("{\"execute\":\"guest-ping\"}", "{\"return\": {}}\n");
  assert_answer ("{\"execute\":\"guest-ping\",\"id\":null}", "{\"return\": {}, \"id\": null}\n");
  assert_answer ("{\"execute\":\"guest-sync\",\"arguments\":{\"id\":-5}}", "{\"return\": -5}\n");
  assert_answer ("{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":5},\"id\":\"x\"}",
                 "\xff{\"return\": 5, \"id\": \"x\"}\n");
}

static void
test_faults (void)
{
  const struct
  {
    const char *frame;
    const char *error_class;
    const char *text;
  } rows[] = {
    { "{\"execute\":\"nope\",\"id\":7}", "CommandNotFound", "\"id\": 7" },
    { "{\"execute\":\"nope\"}", "CommandNotFound", "'nope'" },
    { "{\"execute\":3,\"id\":7}", "GenericError", "\"id\": 7" },
    { "{\"id\":7}", "GenericError", "\"id\": 7" },
    { "{\"execute\":\"guest-ping\",\"what\":1,\"id\":7}", "GenericError", "\"id\": 7" },
    { "{\"execute\":\"guest-ping\",\"arguments\":{\"foo\":1}}", "GenericError",
      "'foo' is unexpected" },
    { "{\"execute\":\"guest-sync\",\"id\":7}", "InvalidArgument", "\"id\": 7" },
    { "{\"execute\":\"guest-sync-delimited\"}", "InvalidArgument", "'id'" },
    { "{\"execute\":\"tune-apply\",\"arguments\":{\"force\":1}}", "InvalidArgument", "force" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *line = ask (NULL, NULL, rows[i].frame);

      assert_error (line, rows[i].error_class, rows[i].text);
    }
}

static void
test_lists (void)
{
  g_autofree char *a = ask (NULL, blocked, "{\"execute\":\"tune-apply\"}");
  g_autofree char *b = ask (NULL, blocked, "{\"execute\":\"guest-ping\"}");
  g_autofree char *c = ask (ping_alone, NULL, "{\"execute\":\"guest-info\"}");
  g_autofree char *d = ask (ping_alone, NULL, "{\"execute\":\"guest-ping\"}");
  g_autofree char *e = ask (ping_alone, ping_alone, "{\"execute\":\"guest-ping\"}");
  g_autofree char *info = ask (NULL, blocked, "{\"execute\":\"guest-info\"}");

  assert_error (a, "CommandNotFound", "tune-apply has been disabled");
  g_assert_cmpstr (b, ==, "{\"return\": {}}\n");
  assert_error (c, "CommandNotFound", "guest-info has been disabled");
  g_assert_cmpstr (d, ==, "{\"return\": {}}\n");
  assert_error (e, "CommandNotFound", "guest-ping has been disabled");
  g_assert_nonnull (strstr (info, "\"name\":\"tune-apply\",\"enabled\":false"));
  g_assert_nonnull (strstr (info, "\"name\":\"guest-ping\",\"enabled\":true"));
}

/* Each command of the schema is implemented. */
static void
test_complete (void)
{
  for (const VtCommandSpec *spec = vt_schema; spec->name != NULL; spec++)
    {
      const VtCommand *command = vt_command_find (spec->name);

      g_assert_nonnull (command);
      g_assert_nonnull (command->run);
    }
}

static void
test_refuse (void)
{
  g_autoptr (VtCommandSet) set = vt_command_set_new (NULL, NULL);
  const char *frame = "{\"execute\":\"tune-rollback\",\"id\":{\"a\":1}}";
  g_autofree char *line = NULL;
  g_autoptr (VtCall) call = vt_call_parse (set, frame, strlen (frame), &line);
  g_autoptr (GError) fault = NULL;

  g_assert_nonnull (call);
  vt_error_set (&fault, VT_ERROR_BUSY, "wait for %s", "it");
  line = vt_call_to_error_line (call, fault);
  assert_error (line, "Busy", "\"wait for it\"");
  g_assert_nonnull (strstr (line, "\"id\": {\"a\":1}"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/call/answers", test_answers);
  g_test_add_func ("/call/faults", test_faults);
  g_test_add_func ("/call/lists", test_lists);
  g_test_add_func ("/call/complete", test_complete);
  g_test_add_func ("/call/refuse", test_refuse);
  return g_test_run ();
}
