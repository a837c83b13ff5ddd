/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* virt-tune-agent: options, log, loop. */

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
#include "agent/reporting/log.h"
#include "agent/reporting/notify.h"
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
 * GLib's own watch of signals would cost a thread. Called before
 * any other is there, so that all of them leave the signals to the descriptor.
 * Returns: the descriptor, -1 with *@error set.
 */
static int
watch_signals (GError **error)
{
  sigset_t ending;
  int fd;

  sigemptyset (&ending);
  sigaddset (&ending, SIGTERM);
  sigaddset (&ending, SIGINT);
  sigprocmask (SIG_BLOCK, &ending, NULL);
  fd = signalfd (-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0)
    vt_error_set_errno (error, errno, "taking signals by a descriptor");

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

/* With its pid written down where that is wanted. */
static gboolean
run_as_asked (const VtOptions *options, GError **error)
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
    g_critical ("%s", (*error)->message); /* in the background nobody sees it on stderr */
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

static gboolean
print_state (const VtOptions *options, GError **error)
{
  g_autofree char *folder = vt_options_get_state_dir (options);
  g_autofree char *dump = vt_state_dump (folder, error);

  if (dump != NULL)
    g_print ("%s\n", dump);

  return dump != NULL;
}

static gboolean
carry_out (const VtOptions *options, GError **error)
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
      return run_as_asked (options, error);
    }
}

/* One arena for both threads, and what is large goes back when it is freed (mallopt(3)). */
static void
keep_small (void)
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

  keep_small ();
  signal (SIGPIPE, SIG_IGN); /* a peer's leaving is EPIPE to whoever writes */
  options = vt_options_new (argc, argv, &error);
  if (options != NULL && carry_out (options, &error))
    return EXIT_SUCCESS;

  g_printerr ("virt-tune-agent: %s\n", error->message);

  return EXIT_FAILURE;
}
