/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An end to a system call that may take for ever: once the time is up the
 * calling thread's calls give EINTR, again and again, until the alarm is
 * freed. It knows no call. Made, used and freed by one thread; one at a time
 * in the process.
 */

#include <glib.h>

typedef struct VtAlarm VtAlarm;

/*
 * @end: µs as g_get_monotonic_time(). NULL where the kernel gives no timer
 * (timer_create(2)).
 */
VtAlarm *vt_alarm_new (gint64 end, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_alarm_free (VtAlarm *alarm);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtAlarm, vt_alarm_free)
