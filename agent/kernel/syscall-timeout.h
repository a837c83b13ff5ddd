/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A time limit for system calls that may block for ever. When the limit is
 * reached, a signal interrupts the calling thread's system call, which then
 * fails with EINTR. The signal repeats until the timeout is stopped. This
 * module does not know which call it interrupts.
 *
 * One thread starts and stops a timeout. Only one timeout may run in the
 * process at a time. Any thread may cancel.
 */

#include <glib.h>

typedef struct VtSyscallTimeout VtSyscallTimeout;

VtSyscallTimeout *vt_syscall_timeout_new (void);
/* The timeout must be stopped. */
void vt_syscall_timeout_free (VtSyscallTimeout *timeout);

/*
 * Starts the timeout for the calling thread.
 * @end: µs as g_get_monotonic_time().
 * FALSE: VT_ERROR_GENERIC if the kernel gives no timer (timer_create(2)), VT_ERROR_BUSY after
 * vt_syscall_timeout_cancel_all().
 */
gboolean vt_syscall_timeout_start (VtSyscallTimeout *timeout,
                                   gint64 end,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_syscall_timeout_stop (VtSyscallTimeout *timeout);

/*
 * Interrupts the running system call now and refuses every later start. For
 * the end of the process.
 */
void vt_syscall_timeout_cancel_all (VtSyscallTimeout *timeout);
gboolean vt_syscall_timeout_is_cancelled (VtSyscallTimeout *timeout);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtSyscallTimeout, vt_syscall_timeout_free)
