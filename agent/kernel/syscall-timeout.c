/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/syscall-timeout.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "protocol/error.h"

/* Nothing else in this process uses this signal. */
#define TIMEOUT_SIGNAL SIGUSR2

/* A signal that arrives just before the system call begins does not interrupt it. The repeated
 * signal does. */
#define REPEAT_NS (20 * 1000 * 1000)

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

struct VtSyscallTimeout
{
  GMutex mutex;
  gboolean cancelled;
  gboolean is_running;
  timer_t timer;           /* valid only while is_running */
  struct sigaction before; /* the previous handler; valid only while is_running */
};

static void
on_timeout_signal (int signal_number)
{
  /* The handler has nothing to do: without SA_RESTART the signal interrupts the call (signal(7)).
   */
}

VtSyscallTimeout *
vt_syscall_timeout_new (void)
{
  VtSyscallTimeout *timeout = g_new0 (VtSyscallTimeout, 1);

  g_mutex_init (&timeout->mutex);
  return timeout;
}

void
vt_syscall_timeout_free (VtSyscallTimeout *timeout)
{
  if (timeout == NULL)
    return;

  g_mutex_clear (&timeout->mutex);
  g_free (timeout);
}

/* @end: µs of CLOCK_MONOTONIC; 0: now. */
static gboolean
arm_timer (timer_t timer, gint64 end)
{
  gint64 at = MAX (end, 1);
  struct itimerspec spec = {
    .it_value = { .tv_sec = at / G_USEC_PER_SEC, .tv_nsec = at % G_USEC_PER_SEC * 1000 },
    .it_interval = { .tv_nsec = REPEAT_NS },
  };

  return timer_settime (timer, TIMER_ABSTIME, &spec, NULL) == 0;
}

/* Consumes pending timeout signals first: the default action would end the process. */
static void
restore_signal_handler (const VtSyscallTimeout *timeout)
{
  static const struct timespec now = { 0, 0 };
  sigset_t set;
  sigset_t before;

  sigemptyset (&set);
  sigaddset (&set, TIMEOUT_SIGNAL);
  pthread_sigmask (SIG_BLOCK, &set, &before);
  while (sigtimedwait (&set, NULL, &now) > 0)
    continue;
  sigaction (TIMEOUT_SIGNAL, &timeout->before, NULL);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
}

gboolean
vt_syscall_timeout_start (VtSyscallTimeout *timeout, gint64 end, GError **error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&timeout->mutex);
  struct sigaction action = { .sa_handler = on_timeout_signal };
  struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = TIMEOUT_SIGNAL };

  if (timeout->cancelled)
    return vt_error_set (error, VT_ERROR_BUSY, "the agent is shutting down");

  sigemptyset (&action.sa_mask);
  event.sigev_notify_thread_id = (pid_t) syscall (SYS_gettid);
  if (sigaction (TIMEOUT_SIGNAL, &action, &timeout->before) < 0)
    return vt_error_set_errno (error, errno, "setting a timer");
  if (timer_create (CLOCK_MONOTONIC, &event, &timeout->timer) < 0)
    {
      vt_error_set_errno (error, errno, "setting a timer");
      restore_signal_handler (timeout);
      return FALSE;
    }
  if (!arm_timer (timeout->timer, end))
    {
      vt_error_set_errno (error, errno, "setting a timer");
      timer_delete (timeout->timer);
      restore_signal_handler (timeout);
      return FALSE;
    }

  timeout->is_running = TRUE;
  return TRUE;
}

void
vt_syscall_timeout_stop (VtSyscallTimeout *timeout)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&timeout->mutex);

  timeout->is_running = FALSE;
  timer_delete (timeout->timer);
  restore_signal_handler (timeout);
}

void
vt_syscall_timeout_cancel_all (VtSyscallTimeout *timeout)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&timeout->mutex);

  timeout->cancelled = TRUE;
  if (timeout->is_running && !arm_timer (timeout->timer, 0))
    g_debug ("can't change a timer"); /* the timer keeps its previous end */
}

gboolean
vt_syscall_timeout_is_cancelled (VtSyscallTimeout *timeout)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&timeout->mutex);

  return timeout->cancelled;
}
