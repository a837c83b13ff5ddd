/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/check.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host-shim/exit.h"

typedef struct
{
  GMainLoop *loop;
  GPid pid;
  VtCheckResult result;
} Check;

/* The program is looked up before anything is sent to the guest: a typing error must not leave a
 * provisional apply behind. */
GStrv
vt_check_parse (const char *command, GError **error)
{
  GError *cause = NULL;
  g_auto (GStrv) argv = NULL;
  char *program;

  if (!g_shell_parse_argv (command, NULL, &argv, &cause))
    {
      vt_exit_wrap (error, VT_EXIT_USAGE, cause, "--check: ");
      return NULL;
    }
  program = g_find_program_in_path (argv[0]);
  if (program == NULL)
    {
      vt_exit_set (
          error, VT_EXIT_USAGE,
          "--check: there is no executable program '%s' (the command is run without a shell)",
          argv[0]);
      return NULL;
    }
  g_free (argv[0]);
  argv[0] = program;
  return g_steal_pointer (&argv);
}

static void
on_child_exit (GPid pid, int status, gpointer data)
{
  Check *check = data;

  if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
    check->result = VT_CHECK_PASSED;
  g_main_loop_quit (check->loop);
}

static gboolean
on_deadline (gpointer data)
{
  Check *check = data;

  check->result = VT_CHECK_TOO_LATE;
  kill (check->pid, SIGKILL);

  return G_SOURCE_REMOVE;
}

static void
wait_for (Check *check, gint64 deadline)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSource) watch = g_child_watch_source_new (check->pid);
  g_autoptr (GSource) timer = g_timeout_source_new (0);

  check->loop = g_main_loop_new (context, FALSE);
  g_source_set_callback (watch, G_SOURCE_FUNC (on_child_exit), check, NULL);
  g_source_set_callback (timer, on_deadline, check, NULL);
  g_source_attach (watch, context);
  g_source_attach (timer, context);
  g_source_set_ready_time (timer, deadline);
  g_main_loop_run (check->loop);
  g_source_destroy (watch);
  g_source_destroy (timer);
  g_clear_pointer (&check->loop, g_main_loop_unref);
}

gboolean
vt_check_run (GStrv argv, gint64 deadline, VtCheckResult *ret, GError **error)
{
  Check check = { .result = VT_CHECK_FAILED };
  GError *cause = NULL;

  if (!g_spawn_async_with_fds (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &check.pid,
                               -1, STDERR_FILENO, STDERR_FILENO, &cause))
    return vt_exit_wrap (error, VT_EXIT_FAILED, cause, "--check: ");

  wait_for (&check, deadline);
  g_spawn_close_pid (check.pid);
  *ret = check.result;
  return TRUE;
}
