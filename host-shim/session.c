/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/session.h"

#include <string.h>

#include "host-shim/exit.h"
#include "protocol/error.h"
#include "protocol/json-tree.h"
#include "protocol/json.h"
#include "protocol/message.h"
#include "protocol/scanner.h"

#define BUFFER_SIZE (64 * 1024)

struct VtSession
{
  VtTransport *transport;
  VtScanner *scanner;
  gdouble timeout;
  gint64 deadline;
  gsize budget; /* bytes that the running call may still receive */
  guint8 *buffer;
  const guint8 *rest; /* of the buffer, not yet scanned */
  gsize n_rest;
};

void
vt_session_free (VtSession *session)
{
  vt_transport_free (session->transport);
  vt_scanner_free (session->scanner);
  g_free (session->buffer);
  g_free (session);
}

/* Below 2^53, so that no JSON library that uses doubles rounds the id. */
static gint64
random_id (void)
{
  return ((gint64) (g_random_int () & 0x1fffff) << 32) | g_random_int ();
}

static gboolean
is_id (JsonNode *node, gint64 id)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
         && json_node_get_value_type (node) == G_TYPE_INT64 && json_node_get_int (node) == id;
}

static gboolean
read_more (VtSession *session, GError **error)
{
  gsize n = 0;

  if (session->budget == 0)
    return vt_exit_set (error, VT_EXIT_PROTOCOL,
                        "the guest floods the channel: it sent more than %d MiB without an answer",
                        VT_SESSION_STRAY_MAX / (1024 * 1024));
  if (!vt_transport_read (session->transport, session->buffer, MIN (BUFFER_SIZE, session->budget),
                          &n, session->deadline, error))
    return FALSE;
  session->budget -= n;
  session->rest = session->buffer;
  session->n_rest = n;
  return TRUE;
}

/* Reads a message from the current frame. Returns NULL if the frame is no valid message; that is an
 * error only if @strict. */
static VtReply *
read_frame (VtSession *session, gboolean strict, GError **error)
{
  g_autoptr (GError) fault = NULL;
  g_autoptr (JsonNode) node = vt_json_tree_new (vt_scanner_get_frame (session->scanner, NULL));
  VtReply *reply = vt_reply_from_json (node, &fault);

  if (reply == NULL && strict)
    vt_exit_wrap (error, VT_EXIT_PROTOCOL, g_steal_pointer (&fault),
                  "the guest sent something that is no reply: ");
  return reply;
}

/* Returns the next message. Invalid input is an error if @strict, else it is skipped: it may be the
 * rest of a reply to a previous client. */
static VtReply *
next_reply (VtSession *session, gboolean strict, GError **error)
{
  for (;;)
    {
      g_autoptr (GError) fault = NULL;
      VtScanResult result
          = vt_scanner_feed (session->scanner, &session->rest, &session->n_rest, &fault);
      VtReply *reply = NULL;

      if (result == VT_SCAN_MORE && !read_more (session, error))
        return NULL;
      if (result == VT_SCAN_FRAME)
        reply = read_frame (session, strict, error);
      if (reply != NULL || (result == VT_SCAN_FRAME && strict))
        return reply;
      if (result == VT_SCAN_FAULT && strict)
        {
          vt_exit_wrap (error, VT_EXIT_PROTOCOL, g_steal_pointer (&fault),
                        "the guest sent something that is no reply: ");
          return NULL;
        }
    }
}

static void
start_call (VtSession *session)
{
  session->budget = vt_scanner_reply_limits.max_frame + VT_SESSION_STRAY_MAX;
}

/* Sets @error to the error of @reply. If its class is unknown, the message starts with the class.
 */
static gboolean
propagate_fault (VtReply *reply, GError **error)
{
  VtErrorCode code;

  if (reply->fault_class != NULL && !vt_error_code_from_class (reply->fault_class, &code))
    g_prefix_error (&reply->fault, "%s: ", reply->fault_class);
  g_propagate_error (error, g_steal_pointer (&reply->fault));
  return FALSE;
}

static gboolean
explain_silence (VtSession *session, const char *command, GError *cause, GError **error)
{
  if (!g_error_matches (cause, VT_EXIT_ERROR, VT_EXIT_TIMED_OUT))
    {
      g_propagate_error (error, cause);
      return FALSE;
    }
  g_error_free (cause);
  if (command == NULL)
    return vt_exit_set (
        error, VT_EXIT_TIMED_OUT,
        "no answer from the guest's agent within %g s: check that virt-tune-agent runs "
        "in the guest, and that no other program holds its channel open",
        session->timeout);
  return vt_exit_set (
      error, VT_EXIT_TIMED_OUT,
      "no answer to '%s' within %g s; the guest may still be working on it: see 'virt-tune "
      "status', or allow more time with --timeout",
      command, session->timeout);
}

/* Sends a request. @delimited: sends 0xFF first, so that the agent drops the incomplete request of
 * a previous client. */
static gboolean
send_request (VtSession *session,
              const char *command,
              JsonNode *arguments,
              gint64 id,
              gboolean delimited,
              GError **error)
{
  g_autoptr (JsonNode) id_node = json_node_init_int (json_node_alloc (), id);
  g_autofree char *line = vt_request_to_line (command, arguments, id_node);
  g_autofree char *whole = g_strconcat (delimited ? "\xff" : "", line, NULL);

  if (strlen (line) > vt_scanner_request_limits.max_frame)
    return vt_exit_set (error, VT_EXIT_USAGE,
                        "the request is larger than the %zu bytes that an agent accepts",
                        vt_scanner_request_limits.max_frame);
  return vt_transport_write (session->transport, whole, strlen (whole), session->deadline, error);
}

static JsonNode *
sync_arguments (gint64 id)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_object_set_int_member (object, "id", id);
  json_node_set_object (node, object);
  return node;
}

static gboolean
synchronise (VtSession *session, GError **error)
{
  gint64 id = random_id ();
  g_autoptr (JsonNode) arguments = sync_arguments (id);

  start_call (session);
  if (!send_request (session, "guest-sync-delimited", arguments, id, TRUE, error))
    return FALSE;
  for (;;)
    {
      g_autoptr (VtReply) reply = next_reply (session, FALSE, error);

      if (reply == NULL)
        return FALSE;
      if (is_id (reply->ret, id))
        return TRUE;
      if (reply->fault != NULL && is_id (reply->id, id))
        return propagate_fault (reply, error);
    }
}

VtSession *
vt_session_new (VtTransport *transport, gdouble timeout, gint64 deadline, GError **error)
{
  g_autoptr (VtSession) session = g_new0 (VtSession, 1);
  GError *cause = NULL;

  session->transport = transport;
  session->scanner = vt_scanner_new (&vt_scanner_reply_limits);
  session->timeout = timeout;
  session->deadline = deadline;
  session->buffer = g_malloc (BUFFER_SIZE);
  session->rest = session->buffer;
  if (synchronise (session, &cause))
    return g_steal_pointer (&session);
  explain_silence (session, NULL, cause, error);
  return NULL;
}

/*
 * Whether @reply answers our request @id. The agent may still answer requests
 * of a previous client, which have other ids. An error without an id is ours:
 * the agent sends it if it can't parse the request.
 */
static gboolean
is_reply_to (const VtReply *reply, gint64 id)
{
  return is_id (reply->id, id) || (reply->fault != NULL && reply->id == NULL);
}

static JsonNode *
wait_for_reply (VtSession *session, gint64 id, JsonNode **ret_data, GError **error)
{
  for (;;)
    {
      g_autoptr (VtReply) reply = next_reply (session, TRUE, error);

      if (reply == NULL)
        return NULL;
      if (reply->event != NULL || !is_reply_to (reply, id))
        continue;
      if (reply->ret != NULL)
        return g_steal_pointer (&reply->ret);
      *ret_data = g_steal_pointer (&reply->data);
      propagate_fault (reply, error);
      return NULL;
    }
}

JsonNode *
vt_session_call (VtSession *session,
                 const char *command,
                 JsonNode *arguments,
                 JsonNode **ret_data,
                 GError **error)
{
  gint64 id = random_id ();
  JsonNode *ret = NULL;
  GError *cause = NULL;

  *ret_data = NULL;
  start_call (session);
  if (send_request (session, command, arguments, id, FALSE, &cause))
    ret = wait_for_reply (session, id, ret_data, &cause);
  if (ret == NULL)
    explain_silence (session, command, cause, error);
  return ret;
}
