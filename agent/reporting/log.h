/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where the log goes, and the notable events that bear a MESSAGE_ID
 * (systemd.journal-fields(7)), so that `journalctl MESSAGE_ID=…` finds them
 * in any wording. Everything else is GLib's g_message() and its kin. It
 * decides nothing about what is worth a line.
 */

#include <glib.h>

typedef enum
{
  VT_LOG_READY,       /* the active settings were tried at start */
  VT_LOG_APPLIED,     /* a host's settings or profile hold */
  VT_LOG_ROLLED_BACK, /* the originals hold */
  VT_LOG_REFUSED,     /* a host's change was not made */
  VT_LOG_ONLINED,     /* memory or CPUs came online by us */
  VT_LOG_DRIFT,       /* something wanted does not hold */
  VT_LOG_PORT_TAKEN,  /* the channel is open */
  VT_LOG_PORT_LOST,   /* the channel is not (any more), or another program has it */
  VT_LOG_DROPPED,     /* a change was not run, for its sender had gone */
  VT_LOG_N_EVENTS
} VtLogEvent;

/* One line at level message, with the event's MESSAGE_ID. */
void vt_log_event (VtLogEvent event, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Whether a debug line would be kept, for who logs what happens often. */
gboolean vt_log_is_verbose (void);

/*
 * From here on all of GLib's log goes to @path, where given, else to the
 * journal where stderr is one, else to stderr. Control characters, which a
 * peer's words may hold, are escaped. Without @verbose nothing below message
 * level is kept. To be called once, before any other thread is there.
 */
gboolean vt_log_open (const char *path, gboolean verbose, GError **error) G_GNUC_WARN_UNUSED_RESULT;
