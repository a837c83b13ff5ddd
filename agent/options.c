/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/options.h"

#include "agent/channel/transport.h"
#include "protocol/error.h"
#include "protocol/schema.h"

#define DEFAULT_CONFIG   VT_SYSCONFDIR "/virt-tune/agent.conf"
#define DEFAULT_PID_FILE "/run/virt-tune-agent.pid"

/* What stands on the command line; NULL or FALSE where it says nothing. */
typedef struct
{
  char *config;
  char *root;
  char *method;
  char *path;
  char *log_file;
  char *pid_file;
  char *state_dir;
  char *allow;
  char *block;
  gboolean verbose;
  gboolean daemonize;
  gboolean dump;
  gboolean version;
  char **rest;
} CommandLine;

static void
command_line_clear (CommandLine *line)
{
  g_free (line->config);
  g_free (line->root);
  g_free (line->method);
  g_free (line->path);
  g_free (line->log_file);
  g_free (line->pid_file);
  g_free (line->state_dir);
  g_free (line->allow);
  g_free (line->block);
  g_strfreev (line->rest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CommandLine, command_line_clear)

static gboolean
parse (CommandLine *line, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "method", 'm', 0, G_OPTION_ARG_STRING, &line->method,
      "virtio-serial (default), unix-listen or isa-serial", "METHOD" },
    { "path", 'p', 0, G_OPTION_ARG_FILENAME, &line->path,
      "Port, socket or serial line (default: /dev/virtio-ports/org.virt_tune.agent.0; /dev/ttyS0)",
      "PATH" },
    { "statedir", 't', 0, G_OPTION_ARG_FILENAME, &line->state_dir,
      "State folder (default: /var/lib/virt-tune-agent)", "DIR" },
    { "logfile", 'l', 0, G_OPTION_ARG_FILENAME, &line->log_file,
      "Log file (default: the journal, or stderr)", "FILE" },
    { "pidfile", 'f', 0, G_OPTION_ARG_FILENAME, &line->pid_file,
      "Write the process id to FILE (with --daemonize: " DEFAULT_PID_FILE ")", "FILE" },
    { "block-rpcs", 'b', 0, G_OPTION_ARG_STRING, &line->block,
      "Commands to disable, with commas between; \"help\" lists them", "LIST" },
    { "allow-rpcs", 'a', 0, G_OPTION_ARG_STRING, &line->allow,
      "The only commands to enable, with commas between; \"help\" lists them", "LIST" },
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &line->config,
      "Configuration file (default: " DEFAULT_CONFIG ")", "FILE" },
    { "dump-conf", 'D', 0, G_OPTION_ARG_NONE, &line->dump,
      "Print the configuration that is in force, and exit", NULL },
    { "daemonize", 'd', 0, G_OPTION_ARG_NONE, &line->daemonize, "Go to the background", NULL },
    { "root", 0, 0, G_OPTION_ARG_FILENAME, &line->root,
      "Tune what lies below DIR instead of this system, and keep the state there", "DIR" },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &line->verbose, "Log more", NULL },
    { "version", 'V', 0, G_OPTION_ARG_NONE, &line->version, "Print the version, and exit", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &line->rest, NULL, NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) fault = NULL;

  g_option_context_set_summary (context, "Tunes this guest, asked by its host.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &fault))
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s", fault->message);
  if (line->rest != NULL)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "'%s' is no option", line->rest[0]);

  return TRUE;
}

/* "" for "/", else absolute and without a slash at the end. */
static char *
canonical_root (const char *root)
{
  g_autofree char *whole = NULL;

  if (root == NULL)
    return g_strdup ("");

  whole = g_canonicalize_filename (root, NULL);

  return g_strdup (g_str_equal (whole, "/") ? "" : whole);
}

/* A default file that is absent is none; one that was named must be there. */
static gboolean
load (VtOptions *options, const CommandLine *line, GError **error)
{
  g_autofree char *path = line->config != NULL ? g_strdup (line->config)
                                               : g_strconcat (options->root, DEFAULT_CONFIG, NULL);
  g_autoptr (GError) fault = NULL;

  if (vt_configuration_load (options->configuration, path, options->warnings, &fault))
    return TRUE;
  if (line->config == NULL && g_error_matches (fault, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return TRUE;

  return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s", fault->message);
}

static void
take (char **place, char **value)
{
  if (*value == NULL)
    return;

  g_free (*place);
  *place = g_steal_pointer (value);
}

/* The command line's word is the last one; lists accumulate. */
static void
override (VtConfiguration *configuration, CommandLine *line)
{
  take (&configuration->method, &line->method);
  take (&configuration->path, &line->path);
  take (&configuration->log_file, &line->log_file);
  take (&configuration->pid_file, &line->pid_file);
  take (&configuration->state_dir, &line->state_dir);
  configuration->verbose |= line->verbose;
  configuration->daemonize |= line->daemonize;
  if (line->allow != NULL)
    vt_configuration_add_list (&configuration->allow, line->allow);
  if (line->block != NULL)
    vt_configuration_add_list (&configuration->block, line->block);
}

static gboolean
asks_for_help (const char *list)
{
  return g_strcmp0 (list, "help") == 0 || g_strcmp0 (list, "?") == 0;
}

static VtTask
choose_task (const CommandLine *line)
{
  if (line->version)
    return VT_TASK_VERSION;
  if (asks_for_help (line->allow) || asks_for_help (line->block))
    return VT_TASK_LIST_COMMANDS;

  return line->dump ? VT_TASK_DUMP : VT_TASK_RUN;
}

static void
warn_of_unknown (VtOptions *options, const char *key, GStrv names)
{
  for (gsize i = 0; names != NULL && names[i] != NULL; i++)
    {
      if (vt_schema_find (names[i]) == NULL)
        g_ptr_array_add (options->warnings,
                         g_strdup_printf ("%s: there is no command '%s'", key, names[i]));
    }
}

VtOptions *
vt_options_new (int argc, char **argv, GError **error)
{
  g_auto (CommandLine) line = { 0 };
  g_autoptr (VtOptions) options = g_new0 (VtOptions, 1);

  options->configuration = vt_configuration_new ();
  options->warnings = g_ptr_array_new_with_free_func (g_free);
  if (!parse (&line, argc, argv, error))
    return NULL;

  options->root = canonical_root (line.root);
  options->task = choose_task (&line);
  if (options->task == VT_TASK_VERSION || options->task == VT_TASK_LIST_COMMANDS)
    return g_steal_pointer (&options);

  if (!load (options, &line, error))
    return NULL;
  override (options->configuration, &line);
  if (!vt_configuration_check (options->configuration, error))
    return NULL;
  warn_of_unknown (options, "allow-rpcs", options->configuration->allow);
  warn_of_unknown (options, "block-rpcs", options->configuration->block);

  return g_steal_pointer (&options);
}

void
vt_options_free (VtOptions *options)
{
  if (options == NULL)
    return;

  g_free (options->root);
  g_ptr_array_unref (options->warnings);
  vt_configuration_free (options->configuration);
  g_free (options);
}

char *
vt_options_get_path (const VtOptions *options)
{
  const VtConfiguration *configuration = options->configuration;

  if (configuration->path != NULL)
    return g_strdup (configuration->path);

  return g_strconcat (options->root, vt_transport_method_find (configuration->method)->default_path,
                      NULL);
}

char *
vt_options_get_state_dir (const VtOptions *options)
{
  return g_strconcat (options->root, options->configuration->state_dir, NULL);
}

char *
vt_options_get_pid_file (const VtOptions *options)
{
  const VtConfiguration *configuration = options->configuration;

  if (configuration->pid_file != NULL)
    return g_strdup (configuration->pid_file);

  return configuration->daemonize ? g_strconcat (options->root, DEFAULT_PID_FILE, NULL) : NULL;
}
