/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Events on their way from whoever finds something out to the host that asked
 * for them. While nobody listens they are dropped at once; while one does, no
 * more than a few wait. It knows no event's meaning and no channel.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

typedef struct VtEvents VtEvents;

/* On the main context. @line: whole, with its newline. */
typedef void (*VtEventsFunc) (const char *line, gpointer data);

VtEvents *vt_events_new (void);
void vt_events_free (VtEvents *events);

/* Whom events go to from here on; what waited for another is dropped. Main context. @func NULL:
 * nobody. */
void vt_events_listen (VtEvents *events, VtEventsFunc func, gpointer data);

/* Whether it is worth the work to make an event. Any thread. */
gboolean vt_events_are_wanted (VtEvents *events);

/* Takes @data (may be NULL). @events may be NULL: nobody ever listens. Any thread. */
void vt_events_post (VtEvents *events, const char *name, JsonNode *data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtEvents, vt_events_free)
