/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Writes the log. Notable events have a MESSAGE_ID (systemd.journal-fields(7)),
 * so that `journalctl MESSAGE_ID=…` finds them whatever their text is. All
 * other lines are written with g_message(), g_warning() and so on. It does not
 * decide what is logged.
 */

#include <glib.h>

typedef enum
{
  VT_LOG_READY,       /* the agent has tried to apply the active settings at start */
  VT_LOG_APPLIED,     /* a host's settings or profile were applied */
  VT_LOG_ROLLED_BACK, /* the original values were restored */
  VT_LOG_REFUSED,     /* a host's change was refused or failed */
  VT_LOG_ONLINED,     /* the agent brought memory or vCPUs online */
  VT_LOG_DRIFT,       /* an attribute does not have the wanted value */
  VT_LOG_PORT_TAKEN,  /* the channel was opened */
  VT_LOG_PORT_LOST,   /* the channel was closed or can't be opened */
  VT_LOG_DROPPED,     /* a change was not executed, because its sender had left */
  VT_LOG_N_EVENTS
} VtLogEvent;

/* Writes one line at level "message" with the event's MESSAGE_ID. */
void vt_log_event (VtLogEvent event, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Whether debug lines are written. For callers that log very often. */
gboolean vt_log_is_verbose (void);

/*
 * Directs GLib's log to the file @path. @path NULL: to the journal if stderr
 * is connected to it, else to stderr. Control characters are escaped, because
 * a line may contain text from a host. Without @verbose only lines at level
 * "message" and above are written. Call it once, before other threads start.
 * FALSE: VT_ERROR_GENERIC: the file can't be opened.
 */
gboolean vt_log_open (const char *path, gboolean verbose, GError **error) G_GNUC_WARN_UNUSED_RESULT;
