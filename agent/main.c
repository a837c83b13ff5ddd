/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* virt-tune-agent: parses the options, opens the log, runs the main loop. */

#include "config.h"

#include <errno.h>
#include <glib-unix.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agent/configuration/options.h"
#include "agent/daemon/background.h"
#include "agent/daemon/daemon.h"
#include "agent/kernel/kernel-fs.h"
#include "agent/reporting/log.h"
#include "agent/reporting/notify.h"
#include "agent/state/location.h"
#include "agent/state/state.h"
#include "protocol/error.h"
#include "protocol/schema.h"

static gboolean
on_signal (int fd, GIOCondition condition, gpointer data)
{
  g_main_loop_quit (data);

  return G_SOURCE_CONTINUE;
}

/*
 * Uses signalfd(2), because g_unix_signal_add() starts a thread. Must be called
 * before any thread exists, so that all threads inherit the blocked signals.
 * Returns: the descriptor; -1: *@error is set
 */
static int
watch_signals (GError **error)
{
  sigset_t mask;
  int fd;

  sigemptyset (&mask);
  sigaddset (&mask, SIGTERM);
  sigaddset (&mask, SIGINT);
  sigprocmask (SIG_BLOCK, &mask, NULL);
  fd = signalfd (-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0)
    vt_error_set_errno (error, errno, "creating a signalfd");

  return fd;
}

static gboolean
run (const VtOptions *options, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (VtDaemon) daemon = NULL;
  int signals = watch_signals (error);

  if (signals < 0)
    return FALSE;
  daemon = vt_daemon_new (options, error);
  if (daemon == NULL)
    return FALSE;

  g_unix_fd_add (signals, G_IO_IN, on_signal, loop);
  vt_daemon_start (daemon);
  g_main_loop_run (loop);
  vt_notify ("STOPPING=1");
  close (signals);

  return TRUE;
}

/* Daemonizes, opens the log and writes the pid file, as configured; then runs the agent. */
static gboolean
run_agent (const VtOptions *options, GError **error)
{
  const VtConfiguration *configuration = options->configuration;
  g_autofree char *pid_file = vt_options_get_pid_file (options);
  int lock = -1;
  gboolean done;

  if (configuration->daemonize && !vt_background_enter (error))
    return FALSE;
  if (!vt_log_open (configuration->log_file, configuration->verbose, error))
    return FALSE;
  for (guint i = 0; i < options->warnings->len; i++)
    g_warning ("%s", (const char *) g_ptr_array_index (options->warnings, i));
  if (pid_file != NULL && (lock = vt_pid_file_take (pid_file, error)) < 0)
    return FALSE;

  done = run (options, error);
  if (!done && configuration->log_file != NULL)
    g_critical ("%s", (*error)->message); /* a daemon has no stderr */
  if (lock >= 0)
    vt_pid_file_release (pid_file, lock);

  return done;
}

static void
list_commands (void)
{
  for (const VtCommandSpec *spec = vt_schema; spec->name != NULL; spec++)
    g_print ("%s\n", spec->name);
}

/* NULL: it cannot be read. (transfer full) */
static char *
read_boot_id (const char *root)
{
  g_autoptr (VtKernelFs) fs = vt_kernel_fs_new (*root != '\0' ? root : NULL, NULL);

  return fs != NULL ? vt_kernel_fs_read (fs, VT_BOOT_ID, NULL) : NULL;
}

static gboolean
print_state (const VtOptions *options, GError **error)
{
  g_autofree char *boot_id = read_boot_id (options->root);
  g_autofree char *folder = vt_options_get_state_dir (options);
  g_autofree char *volatile_folder = vt_options_get_volatile_state_dir (options);
  g_autofree char *dump = vt_state_dump (vt_state_location_find (folder, volatile_folder),
                                         boot_id != NULL ? boot_id : "", error);

  if (dump != NULL)
    g_print ("%s\n", dump);

  return dump != NULL;
}

static gboolean
run_task (const VtOptions *options, GError **error)
{
  g_autofree char *dump = NULL;

  switch (options->task)
    {
    case VT_TASK_HELP:
      g_print ("%s", vt_options_get_help ());
      return TRUE;
    case VT_TASK_VERSION:
      g_print ("virt-tune-agent %s\n", VT_VERSION);
      return TRUE;
    case VT_TASK_LIST_COMMANDS:
      list_commands ();
      return TRUE;
    case VT_TASK_DUMP:
      dump = vt_configuration_dump (options->configuration);
      g_print ("%s", dump);
      return TRUE;
    case VT_TASK_DUMP_STATE:
      return print_state (options, error);
    case VT_TASK_RUN:
    default:
      return run_agent (options, error);
    }
}

/* One arena for both threads; large blocks return to the kernel when they are freed (mallopt(3)).
 */
static void
limit_heap (void)
{
  mallopt (M_ARENA_MAX, 1);
  mallopt (M_MMAP_THRESHOLD, 64 * 1024);
  mallopt (M_TRIM_THRESHOLD, 64 * 1024);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VtOptions) options = NULL;

  limit_heap ();
  signal (SIGPIPE, SIG_IGN); /* a write to a closed socket fails with EPIPE instead */
  options = vt_options_new (argc, argv, &error);
  if (options != NULL && run_task (options, &error))
    return EXIT_SUCCESS;

  g_printerr ("virt-tune-agent: %s\n", error->message);

  return EXIT_FAILURE;
}
