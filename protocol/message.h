/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Converts the messages of the channel (request, reply, error, event) to and
 * from JSON. It knows no command and no descriptor.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

/* {"execute": NAME, "arguments": {…}, "id": any} */
typedef struct
{
  char *execute;
  JsonObject *arguments; /* NULL: none */
  JsonNode *id;          /* NULL: none */
} VtRequest;

void vt_request_free (VtRequest *request);

/*
 * Reads a request. *@ret_id is set to its id even if the request is faulty, so
 * that the error reply can contain the id, as qga's does.
 * @ret_id: (out) (nullable) (transfer full)
 */
VtRequest *
vt_request_from_json (JsonNode *node, JsonNode **ret_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One line with its newline. @arguments and @id may be NULL; none is consumed. (transfer full) */
char *vt_request_to_line (const char *execute, JsonNode *arguments, JsonNode *id);

/* Lines that the agent sends, with their newline. @ret NULL means {}. Nothing is consumed.
 * (transfer full) */
char *vt_reply_to_line (JsonNode *ret, JsonNode *id);
/* @data: what is to be said beside the class and the text; NULL: nothing. */
char *vt_error_to_line (const GError *fault, JsonNode *data, JsonNode *id);
/* @timestamp: µs since the epoch, as g_get_real_time(). */
char *vt_event_to_line (const char *name, gint64 timestamp, JsonNode *data);

/* A message from the agent: exactly one of ret, fault and event is set. */
typedef struct
{
  JsonNode *ret;
  GError *fault;     /* of VT_ERROR; an unknown class becomes VT_ERROR_GENERIC */
  char *fault_class; /* the class as the peer sent it */
  char *event;
  gint64 timestamp; /* of an event, µs since the epoch */
  JsonNode *data;   /* of an event or a fault; may be NULL; of a fault it is an object */
  JsonNode *id;     /* NULL: none */
} VtReply;

void vt_reply_free (VtReply *reply);
/* Every error (of VT_ERROR) means that the peer broke the protocol: a wrong type, an unexpected or
 * missing member, a timestamp out of range. */
VtReply *vt_reply_from_json (JsonNode *node, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtRequest, vt_request_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtReply, vt_reply_free)
