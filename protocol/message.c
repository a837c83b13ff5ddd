/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/message.h"

#include "protocol/error.h"
#include "protocol/json.h"

void
vt_request_free (VtRequest *request)
{
  if (request == NULL)
    return;

  g_free (request->execute);
  g_clear_pointer (&request->arguments, json_object_unref);
  g_clear_pointer (&request->id, json_node_unref);
  g_free (request);
}

void
vt_reply_free (VtReply *reply)
{
  if (reply == NULL)
    return;

  g_clear_pointer (&reply->ret, json_node_unref);
  g_clear_error (&reply->fault);
  g_free (reply->fault_class);
  g_free (reply->event);
  g_clear_pointer (&reply->data, json_node_unref);
  g_clear_pointer (&reply->id, json_node_unref);
  g_free (reply);
}

/* A copy of a member; NULL if it is absent. */
static JsonNode *
copy_member (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);

  return node == NULL ? NULL : json_node_copy (node);
}

/* Whether @object has no members but those in @names, which ends with NULL. */
static gboolean
has_only (JsonObject *object, const char *const *names, const char *what, GError **error)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      if (!g_strv_contains (names, name))
        return vt_error_set (error, VT_ERROR_GENERIC, "Member '%s' of %s is unexpected", name,
                             what);
    }

  return TRUE;
}

/* Reads execute and arguments; both are owned by @object. */
static gboolean
read_request (JsonObject *object, const char **execute, JsonObject **arguments, GError **error)
{
  static const char *const members[] = { "execute", "arguments", "id", NULL };

  return has_only (object, members, "the request", error)
         && vt_json_get_string (object, "execute", TRUE, execute, error)
         && vt_json_get_object (object, "arguments", FALSE, arguments, error);
}

VtRequest *
vt_request_from_json (JsonNode *node, JsonNode **ret_id, GError **error)
{
  JsonObject *object = json_node_get_object (node);
  g_autoptr (GError) fault = NULL;
  const char *execute = NULL;
  JsonObject *arguments = NULL;
  VtRequest *request;

  if (!read_request (object, &execute, &arguments, &fault))
    {
      *ret_id = copy_member (object, "id");
      (void) vt_error_set (error, VT_ERROR_GENERIC, "%s", fault->message);
      return NULL;
    }

  request = g_new0 (VtRequest, 1);
  request->execute = g_strdup (execute);
  request->arguments = arguments != NULL ? json_object_ref (arguments) : NULL;
  request->id = copy_member (object, "id");
  *ret_id = request->id != NULL ? json_node_copy (request->id) : NULL;
  return request;
}

static void
append_node (GString *line, const char *lead, JsonNode *node)
{
  g_string_append (line, lead);
  vt_json_append (line, node);
}

/* Appends @text as a JSON string. @text may contain any bytes. */
static void
append_string (GString *line, const char *lead, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), valid);

  append_node (line, lead, node);
}

static char *
end_line (GString *line, JsonNode *id)
{
  if (id != NULL)
    append_node (line, ", \"id\": ", id);

  g_string_append (line, "}\n");
  return g_string_free (line, FALSE);
}

char *
vt_request_to_line (const char *execute, JsonNode *arguments, JsonNode *id)
{
  GString *line = g_string_new (NULL);

  append_string (line, "{\"execute\": ", execute);
  if (arguments != NULL)
    append_node (line, ", \"arguments\": ", arguments);

  return end_line (line, id);
}

char *
vt_reply_to_line (JsonNode *ret, JsonNode *id)
{
  GString *line = g_string_new ("{\"return\": ");

  if (ret != NULL)
    append_node (line, "", ret);
  else
    g_string_append (line, "{}");

  return end_line (line, id);
}

char *
vt_error_to_line (const GError *fault, JsonNode *data, JsonNode *id)
{
  GString *line = g_string_new ("{\"error\": ");

  append_string (line, "{\"class\": ", vt_error_class (fault));
  append_string (line, ", \"desc\": ", fault->message);
  if (data != NULL)
    append_node (line, ", \"data\": ", data);
  g_string_append_c (line, '}');
  return end_line (line, id);
}

char *
vt_event_to_line (const char *name, gint64 timestamp, JsonNode *data)
{
  GString *line = g_string_new (NULL);

  append_string (line, "{\"event\": ", name);
  g_string_append_printf (line,
                          ", \"timestamp\": {\"seconds\": %" G_GINT64_FORMAT
                          ", \"microseconds\": %" G_GINT64_FORMAT "}",
                          timestamp / G_USEC_PER_SEC, timestamp % G_USEC_PER_SEC);
  if (data != NULL)
    append_node (line, ", \"data\": ", data);

  return end_line (line, NULL);
}

static gboolean
read_fault (JsonObject *object, VtReply *reply, GError **error)
{
  static const char *const members[] = { "class", "desc", "data", NULL };
  VtErrorCode code = VT_ERROR_GENERIC;
  JsonObject *fault = NULL, *data = NULL;
  const char *class = NULL, *desc = NULL;

  if (!vt_json_get_object (object, "error", TRUE, &fault, error)
      || !has_only (fault, members, "the error", error)
      || !vt_json_get_string (fault, "class", TRUE, &class, error)
      || !vt_json_get_string (fault, "desc", TRUE, &desc, error)
      || !vt_json_get_object (fault, "data", FALSE, &data, error))
    return FALSE;

  (void) vt_error_code_from_class (class, &code);
  reply->fault = g_error_new_literal (VT_ERROR, code, desc);
  reply->fault_class = g_strdup (class);
  reply->data = data != NULL ? copy_member (fault, "data") : NULL;
  return TRUE;
}

/* Reads seconds and microseconds as µs since the epoch. A time that is out of range is an error. */
static gboolean
read_timestamp (JsonObject *object, gint64 *timestamp, GError **error)
{
  static const char *const members[] = { "seconds", "microseconds", NULL };
  gint64 seconds = 0, microseconds = 0;
  JsonObject *stamp = NULL;

  if (!vt_json_get_object (object, "timestamp", TRUE, &stamp, error)
      || !has_only (stamp, members, "the timestamp", error)
      || !vt_json_get_int (stamp, "seconds", TRUE, &seconds, error)
      || !vt_json_get_int (stamp, "microseconds", TRUE, &microseconds, error))
    return FALSE;

  if (seconds < 0 || seconds > G_MAXINT64 / G_USEC_PER_SEC - 1 || microseconds < 0
      || microseconds >= G_USEC_PER_SEC)
    return vt_error_set (error, VT_ERROR_GENERIC, "The timestamp is out of range");

  *timestamp = seconds * G_USEC_PER_SEC + microseconds;
  return TRUE;
}

static gboolean
read_event (JsonObject *object, VtReply *reply, GError **error)
{
  const char *name = NULL;

  if (!vt_json_get_string (object, "event", TRUE, &name, error)
      || !read_timestamp (object, &reply->timestamp, error))
    return FALSE;

  reply->event = g_strdup (name);
  reply->data = copy_member (object, "data");
  return TRUE;
}

static gboolean
read_reply (JsonObject *object, VtReply *reply, GError **error)
{
  static const char *const returns[] = { "return", "id", NULL };
  static const char *const faults[] = { "error", "id", NULL };
  static const char *const events[] = { "event", "timestamp", "data", NULL };

  if (json_object_has_member (object, "event"))
    return has_only (object, events, "the event", error) && read_event (object, reply, error);

  reply->id = copy_member (object, "id");
  if (json_object_has_member (object, "error"))
    return has_only (object, faults, "the reply", error) && read_fault (object, reply, error);

  if (!has_only (object, returns, "the reply", error))
    return FALSE;

  reply->ret = copy_member (object, "return");
  return reply->ret != NULL
         || vt_error_set (error, VT_ERROR_GENERIC, "The reply has neither return nor error");
}

VtReply *
vt_reply_from_json (JsonNode *node, GError **error)
{
  g_autoptr (VtReply) reply = g_new0 (VtReply, 1);

  if (!read_reply (json_node_get_object (node), reply, error))
    return NULL;

  return g_steal_pointer (&reply);
}
