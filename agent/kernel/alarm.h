/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An end to system calls that may take for ever: once the time is up the
 * calling thread's calls give EINTR, again and again, until the alarm is
 * unset. It knows no call. Set and unset by one thread, one alarm at a time
 * in the process; rung from any.
 */

#include <glib.h>

typedef struct VtAlarm VtAlarm;

VtAlarm *vt_alarm_new (void);
/* It is not set. */
void vt_alarm_free (VtAlarm *alarm);

/*
 * @end: µs as g_get_monotonic_time(). FALSE where the kernel gives no timer
 * (timer_create(2)), or where it has rung for good.
 */
gboolean vt_alarm_set (VtAlarm *alarm, gint64 end, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_alarm_unset (VtAlarm *alarm);

/* Whatever it is set to is up now, and it is not set any more: at the end of the process. */
void vt_alarm_ring (VtAlarm *alarm);
gboolean vt_alarm_has_rung (VtAlarm *alarm);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtAlarm, vt_alarm_free)
