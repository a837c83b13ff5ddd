/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Passes events from any thread to the host that subscribed to them. Without a
 * listener events are dropped at once. With one, at most 64 wait for the main
 * loop; further ones are dropped. It knows no event's meaning and no channel.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

typedef struct VtEvents VtEvents;

/* Called on the main context. @line: the complete line, with its newline. */
typedef void (*VtEventFunc) (const char *line, gpointer data);

VtEvents *vt_events_new (void);
void vt_events_free (VtEvents *events);

/* Replaces the listener and drops the events that wait for the previous one. @func NULL: no
 * listener. Main context only. */
void vt_events_set_listener (VtEvents *events, VtEventFunc func, gpointer data);

/* Whether there is a listener. A caller need not build an event without one. @events NULL: FALSE.
 * Any thread. */
gboolean vt_events_have_listener (VtEvents *events);

/* Queues an event. @data: (transfer full), may be NULL. @events NULL: the event is dropped. Any
 * thread. */
void vt_events_post (VtEvents *events, const char *name, JsonNode *data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtEvents, vt_events_free)
