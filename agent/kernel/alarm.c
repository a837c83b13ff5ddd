/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/alarm.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "protocol/error.h"

/* Nobody else's in this process. */
#define ALARM_SIGNAL SIGUSR2

/* A signal just before the call is lost on it: the next one is not. */
#define ALARM_AGAIN_NS (20 * 1000 * 1000)

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

struct VtAlarm
{
  GMutex mutex;
  gboolean rung;
  gboolean is_set;
  timer_t timer;           /* only while it is set */
  struct sigaction before; /* likewise */
};

static void
alarm_rang (int signal_number)
{
  /* Its coming is all: without SA_RESTART the call ends (signal(7)). */
}

VtAlarm *
vt_alarm_new (void)
{
  VtAlarm *alarm = g_new0 (VtAlarm, 1);

  g_mutex_init (&alarm->mutex);
  return alarm;
}

void
vt_alarm_free (VtAlarm *alarm)
{
  if (alarm == NULL)
    return;

  g_mutex_clear (&alarm->mutex);
  g_free (alarm);
}

/* @end 0: at once. */
static gboolean
alarm_start (timer_t timer, gint64 end)
{
  gint64 at = MAX (end, 1);
  struct itimerspec spec = {
    .it_value = { .tv_sec = at / G_USEC_PER_SEC, .tv_nsec = at % G_USEC_PER_SEC * 1000 },
    .it_interval = { .tv_nsec = ALARM_AGAIN_NS },
  };

  return timer_settime (timer, TIMER_ABSTIME, &spec, NULL) == 0;
}

/* A signal that is still to come is taken first, or it would end the process. */
static void
alarm_restore (const VtAlarm *alarm)
{
  static const struct timespec now = { 0, 0 };
  sigset_t set;
  sigset_t before;

  sigemptyset (&set);
  sigaddset (&set, ALARM_SIGNAL);
  pthread_sigmask (SIG_BLOCK, &set, &before);
  while (sigtimedwait (&set, NULL, &now) > 0)
    continue;
  sigaction (ALARM_SIGNAL, &alarm->before, NULL);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
}

gboolean
vt_alarm_set (VtAlarm *alarm, gint64 end, GError **error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&alarm->mutex);
  struct sigaction action = { .sa_handler = alarm_rang };
  struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = ALARM_SIGNAL };

  if (alarm->rung)
    return vt_error_set (error, VT_ERROR_BUSY, "the agent is about to end");

  sigemptyset (&action.sa_mask);
  event.sigev_notify_thread_id = (pid_t) syscall (SYS_gettid);
  if (sigaction (ALARM_SIGNAL, &action, &alarm->before) < 0)
    return vt_error_set_errno (error, errno, "setting a timer");
  if (timer_create (CLOCK_MONOTONIC, &event, &alarm->timer) < 0)
    {
      vt_error_set_errno (error, errno, "setting a timer");
      alarm_restore (alarm);
      return FALSE;
    }
  if (!alarm_start (alarm->timer, end))
    {
      vt_error_set_errno (error, errno, "setting a timer");
      timer_delete (alarm->timer);
      alarm_restore (alarm);
      return FALSE;
    }

  alarm->is_set = TRUE;
  return TRUE;
}

void
vt_alarm_unset (VtAlarm *alarm)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&alarm->mutex);

  alarm->is_set = FALSE;
  timer_delete (alarm->timer);
  alarm_restore (alarm);
}

void
vt_alarm_ring (VtAlarm *alarm)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&alarm->mutex);

  alarm->rung = TRUE;
  if (alarm->is_set && !alarm_start (alarm->timer, 0))
    g_debug ("a timer can't be set anew"); /* it keeps its end */
}

gboolean
vt_alarm_has_rung (VtAlarm *alarm)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&alarm->mutex);

  return alarm->rung;
}
