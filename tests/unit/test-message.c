/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/message.h"

#include <string.h>

#include "protocol/error.h"
#include "protocol/json.h"

static JsonNode *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = vt_json_parse (text, strlen (text), &vt_scanner_reply_limits, &error);

  g_assert_no_error (error);
  return node;
}

static void
assert_prints (JsonNode *node, const char *expected)
{
  g_autofree char *text = node != NULL ? vt_json_to_string (node) : NULL;

  g_assert_cmpstr (text, ==, expected);
}

static void
test_request (void)
{
  g_autoptr (JsonNode) node = parse ("{\"execute\":\"x\",\"arguments\":{\"a\":1},\"id\":[1]}");
  g_autoptr (JsonNode) id = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (VtRequest) request = vt_request_from_json (node, &id, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (request->execute, ==, "x");
  g_assert_cmpint (json_object_get_int_member (request->arguments, "a"), ==, 1);
  assert_prints (request->id, "[1]");
  assert_prints (id, "[1]");
}

static void
test_request_bare (void)
{
  g_autoptr (JsonNode) node = parse ("{\"execute\":\"x\"}");
  g_autoptr (JsonNode) id = NULL;
  g_autoptr (VtRequest) request = vt_request_from_json (node, &id, NULL);

  g_assert_null (request->arguments);
  g_assert_null (request->id);
  g_assert_null (id);
}

/* The error reply has the request's id, of any type. */
static void
test_request_faults (void)
{
  static const struct
  {
    const char *text, *why, *id;
  } rows[] = {
    { "{}", "'execute' is missing", NULL },
    { "{\"id\":7}", "'execute' is missing", "7" },
    { "{\"execute\":7,\"id\":\"a\"}", "of type integer", "\"a\"" },
    { "{\"execute\":null,\"id\":null}", "of type null", "null" },
    { "{\"execute\":\"x\",\"arguments\":[],\"id\":{\"a\":[]}}", "of type array", "{\"a\":[]}" },
    { "{\"execute\":\"x\",\"arguments\":null,\"id\":1.5}", "of type null", "1.5" },
    { "{\"execute\":\"x\",\"control\":{},\"id\":false}", "'control'", "false" },
    { "{\"exec-oob\":\"x\"}", "'exec-oob'", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (JsonNode) node = parse (rows[i].text);
      g_autoptr (JsonNode) id = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_null (vt_request_from_json (node, &id, &error));
      g_assert_error (error, VT_ERROR, VT_ERROR_GENERIC);
      g_assert_nonnull (strstr (error->message, rows[i].why));
      assert_prints (id, rows[i].id);
    }
}

static void
test_lines (void)
{
  g_autoptr (JsonNode) arguments = parse ("{\"a\":[]}");
  g_autoptr (JsonNode) id = parse ("{\"n\":1}");
  g_autoptr (GError) fault = NULL;
  g_autofree char *bare = vt_request_to_line ("guest-ping", NULL, NULL);
  g_autofree char *full = vt_request_to_line ("x\n", arguments, id);
  g_autofree char *empty = vt_reply_to_line (NULL, NULL);
  g_autofree char *reply = vt_reply_to_line (arguments, id);
  g_autofree char *error = NULL;
  g_autofree char *with_data = NULL;
  g_autofree char *event
      = vt_event_to_line ("TUNE_READY", G_GINT64_CONSTANT (1700000000000007), NULL);
  g_autofree char *data = vt_event_to_line ("E", 999999, arguments);

  (void) vt_error_set (&fault, VT_ERROR_BUSY, "\"a\"\nb\351");
  error = vt_error_to_line (fault, NULL, id);
  with_data = vt_error_to_line (fault, arguments, NULL);
  g_assert_cmpstr (bare, ==, "{\"execute\": \"guest-ping\"}\n");
  g_assert_cmpstr (full, ==,
                   "{\"execute\": \"x\\n\", \"arguments\": {\"a\":[]}, \"id\": {\"n\":1}}\n");
  g_assert_cmpstr (empty, ==, "{\"return\": {}}\n");
  g_assert_cmpstr (reply, ==, "{\"return\": {\"a\":[]}, \"id\": {\"n\":1}}\n");
  g_assert_cmpstr (error, ==,
                   "{\"error\": {\"class\": \"Busy\", \"desc\": \"\\\"a\\\"\\nb\357\277\275\"}, "
                   "\"id\": {\"n\":1}}\n");
  g_assert_cmpstr (with_data, ==,
                   "{\"error\": {\"class\": \"Busy\", \"desc\": \"\\\"a\\\"\\nb\357\277\275\", "
                   "\"data\": {\"a\":[]}}}\n");
  g_assert_cmpstr (event, ==,
                   "{\"event\": \"TUNE_READY\", \"timestamp\": {\"seconds\": 1700000000, "
                   "\"microseconds\": 7}}\n");
  g_assert_cmpstr (data, ==,
                   "{\"event\": \"E\", \"timestamp\": {\"seconds\": 0, \"microseconds\": 999999}, "
                   "\"data\": {\"a\":[]}}\n");
}

static VtReply *
read_back (const char *line)
{
  g_autoptr (JsonNode) node = parse (line);
  g_autoptr (GError) error = NULL;
  VtReply *reply = vt_reply_from_json (node, &error);

  g_assert_no_error (error);
  return reply;
}

static void
test_reply (void)
{
  g_autoptr (VtReply) good = read_back ("{\"return\":[1],\"id\":5}");
  g_autoptr (VtReply) null = read_back ("{\"return\":null}");

  assert_prints (good->ret, "[1]");
  assert_prints (good->id, "5");
  g_assert_null (good->fault);
  g_assert_null (good->event);
  assert_prints (null->ret, "null");
  g_assert_null (null->id);
}

static void
test_reply_fault (void)
{
  g_autoptr (VtReply) ours
      = read_back ("{\"error\":{\"class\":\"Refused\",\"desc\":\"d\"},\"id\":5}");
  g_autoptr (VtReply) foreign = read_back ("{\"error\":{\"class\":\"Odd\",\"desc\":\"d\"}}");
  g_autoptr (VtReply) with_data
      = read_back ("{\"error\":{\"class\":\"Busy\",\"desc\":\"d\",\"data\":{\"a\":1}}}");

  g_assert_error (ours->fault, VT_ERROR, VT_ERROR_REFUSED);
  g_assert_cmpstr (ours->fault->message, ==, "d");
  g_assert_cmpstr (ours->fault_class, ==, "Refused");
  assert_prints (ours->id, "5");
  g_assert_null (ours->ret);
  g_assert_null (ours->data);
  assert_prints (with_data->data, "{\"a\":1}");
  g_assert_error (foreign->fault, VT_ERROR, VT_ERROR_GENERIC);
  g_assert_cmpstr (foreign->fault_class, ==, "Odd");
}

static void
test_reply_event (void)
{
  const gint64 now = G_GINT64_CONSTANT (1700000000123456);
  g_autoptr (JsonNode) data = parse ("{\"a\":1}");
  g_autofree char *line = vt_event_to_line ("TUNE_DRIFT", now, data);
  g_autoptr (VtReply) event = read_back (line);

  g_assert_cmpstr (event->event, ==, "TUNE_DRIFT");
  g_assert_cmpint (event->timestamp, ==, now);
  assert_prints (event->data, "{\"a\":1}");
  g_assert_null (event->ret);
  g_assert_null (event->fault);
}

static void
test_reply_faults (void)
{
  static const char *const rows[] = {
    "{}",
    "{\"id\":1}",
    "{\"return\":{},\"error\":{\"class\":\"A\",\"desc\":\"b\"}}",
    "{\"return\":{},\"event\":\"E\"}",
    "{\"return\":{},\"more\":1}",
    "{\"error\":\"text\"}",
    "{\"error\":{}}",
    "{\"error\":{\"class\":\"A\"}}",
    "{\"error\":{\"desc\":\"A\"}}",
    "{\"error\":{\"class\":1,\"desc\":\"b\"}}",
    "{\"error\":{\"class\":\"A\",\"desc\":null}}",
    "{\"error\":{\"class\":\"A\",\"desc\":\"b\",\"more\":1}}",
    "{\"error\":{\"class\":\"A\",\"desc\":\"b\",\"data\":[]}}",
    "{\"event\":\"E\"}",
    "{\"event\":1,\"timestamp\":{\"seconds\":1,\"microseconds\":1}}",
    "{\"event\":\"E\",\"timestamp\":1}",
    "{\"event\":\"E\",\"timestamp\":{\"seconds\":1}}",
    "{\"event\":\"E\",\"timestamp\":{\"seconds\":\"1\",\"microseconds\":1}}",
    "{\"event\":\"E\",\"timestamp\":{\"seconds\":-1,\"microseconds\":-1}}",
    "{\"event\":\"E\",\"timestamp\":{\"seconds\":1,\"microseconds\":1000000}}",
    "{\"event\":\"E\",\"timestamp\":{\"seconds\":9223372036854775807,\"microseconds\":1}}",
    "{\"event\":\"E\",\"timestamp\":{\"seconds\":1,\"microseconds\":1},\"id\":1}",
    "{\"execute\":\"guest-ping\"}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (JsonNode) node = parse (rows[i]);
      g_autoptr (GError) error = NULL;

      g_assert_null (vt_reply_from_json (node, &error));
      g_assert_nonnull (error);
      g_assert_true (error->domain == VT_ERROR);
    }
}

/* A line that one end writes can be read by the other end. */
static void
test_round_trip (void)
{
  g_autoptr (JsonNode) arguments = parse ("{\"id\":9007199254740993}");
  g_autoptr (JsonNode) id = parse ("{\"x\":[\"\\u001f\",1e30,null]}");
  g_autofree char *line = vt_request_to_line ("guest-sync", arguments, id);
  g_autoptr (JsonNode) node = parse (line);
  g_autoptr (JsonNode) back = NULL;
  g_autoptr (VtRequest) request = vt_request_from_json (node, &back, NULL);
  g_autofree char *answer
      = vt_reply_to_line (json_object_get_member (request->arguments, "id"), back);
  g_autoptr (VtReply) reply = read_back (answer);

  g_assert_cmpint (json_node_get_int (reply->ret), ==, G_GINT64_CONSTANT (9007199254740993));
  g_assert_true (json_node_equal (reply->id, id));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/message/request", test_request);
  g_test_add_func ("/message/request-bare", test_request_bare);
  g_test_add_func ("/message/request-faults", test_request_faults);
  g_test_add_func ("/message/lines", test_lines);
  g_test_add_func ("/message/reply", test_reply);
  g_test_add_func ("/message/reply-fault", test_reply_fault);
  g_test_add_func ("/message/reply-event", test_reply_event);
  g_test_add_func ("/message/reply-faults", test_reply_faults);
  g_test_add_func ("/message/round-trip", test_round_trip);
  return g_test_run ();
}
