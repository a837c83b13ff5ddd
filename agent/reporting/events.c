/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/reporting/events.h"

#include "protocol/message.h"

/* Lines that may wait for the main loop. */
#define WAITING_MAX 64

typedef struct
{
  GSource base;
  VtEvents *events;
} EventSource;

struct VtEvents
{
  GSource *source;
  GMutex lock;
  gboolean has_listener; /* under @lock */
  GQueue waiting;        /* of char *; under @lock */
  VtEventFunc func;
  gpointer data;
};

static char *
take_line (VtEvents *events)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&events->lock);

  return g_queue_pop_head (&events->waiting);
}

static gboolean
source_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  VtEvents *events = ((EventSource *) source)->events;
  char *line;

  g_source_set_ready_time (source, -1);
  while ((line = take_line (events)) != NULL)
    {
      events->func (line, events->data);
      g_free (line);
    }

  return G_SOURCE_CONTINUE;
}

/* It has no descriptor and no timeout: vt_events_post() makes it ready. */
static GSourceFuncs source_funcs = { .dispatch = source_dispatch };

VtEvents *
vt_events_new (void)
{
  VtEvents *events = g_new0 (VtEvents, 1);

  g_mutex_init (&events->lock);
  events->source = g_source_new (&source_funcs, sizeof (EventSource));
  ((EventSource *) events->source)->events = events;
  g_source_attach (events->source, NULL);

  return events;
}

void
vt_events_set_listener (VtEvents *events, VtEventFunc func, gpointer data)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&events->lock);

  events->has_listener = func != NULL;
  events->func = func;
  events->data = data;
  g_queue_clear_full (&events->waiting, g_free);
}

void
vt_events_free (VtEvents *events)
{
  if (events == NULL)
    return;

  vt_events_set_listener (events, NULL, NULL);
  g_source_destroy (events->source);
  g_source_unref (events->source);
  g_mutex_clear (&events->lock);
  g_free (events);
}

gboolean
vt_events_have_listener (VtEvents *events)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = NULL;

  if (events == NULL)
    return FALSE;

  locker = g_mutex_locker_new (&events->lock);

  return events->has_listener;
}

/* @line: (transfer full). FALSE: there is no listener, or too many lines wait. */
static gboolean
put_line (VtEvents *events, char *line)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&events->lock);

  if (!events->has_listener || events->waiting.length >= WAITING_MAX)
    {
      g_free (line);
      return FALSE;
    }
  g_queue_push_tail (&events->waiting, line);

  return TRUE;
}

void
vt_events_post (VtEvents *events, const char *name, JsonNode *data)
{
  g_autoptr (JsonNode) owned = data;

  if (!vt_events_have_listener (events))
    return;
  if (put_line (events, vt_event_to_line (name, g_get_real_time (), owned)))
    g_source_set_ready_time (events->source, 0);
}
