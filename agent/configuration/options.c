/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/configuration/options.h"

#include <getopt.h>

#include "agent/channel/transport.h"
#include "protocol/error.h"
#include "protocol/schema.h"

#define DEFAULT_CONFIG     VT_SYSCONFDIR "/virt-tune/agent.conf"
#define CONFIG_VARIABLE    "VIRT_TUNE_AGENT_CONF"
#define DEFAULT_PID_FILE   "/run/virt-tune-agent.pid"
#define VOLATILE_STATE_DIR "/run/virt-tune-agent-state"

/* The options of the command line; NULL or FALSE: not given. Strings belong to argv. */
typedef struct
{
  const char *config;
  const char *root;
  const char *method;
  const char *path;
  const char *log_file;
  const char *pid_file;
  const char *state_dir;
  GStrv allow;
  GStrv block;
  gboolean verbose;
  gboolean daemonize;
  gboolean dump;
  gboolean dump_state;
  gboolean version;
  gboolean help;
} CommandLine;

static void
command_line_clear (CommandLine *line)
{
  g_strfreev (line->allow);
  g_strfreev (line->block);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CommandLine, command_line_clear)

/* These have no letter. */
#define OPTION_ROOT       256
#define OPTION_DUMP_STATE 257

static const char short_options[] = ":m:p:t:l:f:b:a:c:DdvVh";

static const struct option long_options[] = {
  { "method", required_argument, NULL, 'm' },
  { "path", required_argument, NULL, 'p' },
  { "statedir", required_argument, NULL, 't' },
  { "logfile", required_argument, NULL, 'l' },
  { "pidfile", required_argument, NULL, 'f' },
  { "block-rpcs", required_argument, NULL, 'b' },
  { "allow-rpcs", required_argument, NULL, 'a' },
  { "config", required_argument, NULL, 'c' },
  { "dump-conf", no_argument, NULL, 'D' },
  { "dump-state", no_argument, NULL, OPTION_DUMP_STATE },
  { "daemonize", no_argument, NULL, 'd' },
  { "root", required_argument, NULL, OPTION_ROOT },
  { "verbose", no_argument, NULL, 'v' },
  { "version", no_argument, NULL, 'V' },
  { "help", no_argument, NULL, 'h' },
  { NULL },
};

/* clang-format off: keep the lines as they are printed. */
static const char help_text[]
    = "Usage: virt-tune-agent [OPTIONS]\n"
      "Tunes this guest at boot, on hot-plug, and when its host asks for it.\n"
      "\n"
      "  -m, --method=METHOD    virtio-serial (default), unix-listen or isa-serial\n"
      "  -p, --path=PATH        port, socket or serial line; the default is\n"
      "                         /dev/virtio-ports/org.virt_tune.agent.0 for\n"
      "                         virtio-serial and /dev/ttyS0 for isa-serial\n"
      "  -t, --statedir=DIR     state folder (default: /var/lib/virt-tune-agent)\n"
      "  -l, --logfile=FILE     log file (default: the journal, or stderr)\n"
      "  -f, --pidfile=FILE     write the process id to FILE (with --daemonize the\n"
      "                         default is " DEFAULT_PID_FILE ")\n"
      "  -b, --block-rpcs=LIST  disable these commands, separated by commas;\n"
      "                         \"help\" lists all commands\n"
      "  -a, --allow-rpcs=LIST  enable only these commands, except blocked ones\n"
      "  -c, --config=FILE      configuration file (default:\n"
      "                         $" CONFIG_VARIABLE ", else\n"
      "                         " DEFAULT_CONFIG ")\n"
      "  -D, --dump-conf        print the effective configuration as a file, and exit\n"
      "      --dump-state       print the stored state as JSON, and exit\n"
      "  -d, --daemonize        run in the background\n"
      "      --root=DIR         use DIR in place of / for kernel files and state\n"
      "  -v, --verbose          log more\n"
      "  -V, --version          print the version, and exit\n"
      "  -h, --help             print this, and exit\n";
/* clang-format on */

static void
set_flag (CommandLine *line, int option)
{
  line->dump |= option == 'D';
  line->dump_state |= option == OPTION_DUMP_STATE;
  line->daemonize |= option == 'd';
  line->verbose |= option == 'v';
  line->version |= option == 'V';
  line->help |= option == 'h';
}

/* FALSE: @option takes no value. */
static gboolean
set_value (CommandLine *line, int option, const char *value)
{
  const struct
  {
    int option;
    const char **target;
  } targets[] = {
    { 'm', &line->method },       { 'p', &line->path },     { 't', &line->state_dir },
    { 'l', &line->log_file },     { 'f', &line->pid_file }, { 'c', &line->config },
    { OPTION_ROOT, &line->root },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      if (targets[i].option == option)
        *targets[i].target = value;
    }
  if (option == 'a')
    vt_configuration_add_list (&line->allow, value);
  if (option == 'b')
    vt_configuration_add_list (&line->block, value);

  return value != NULL;
}

/* getopt(3) has global state, so this must run before any thread exists. */
static gboolean
parse (CommandLine *line, int argc, char **argv, GError **error)
{
  int option;

  optind = 0; /* makes GNU getopt start from the beginning */
  opterr = 0;
  while ((option = getopt_long (argc, argv, short_options, long_options, NULL)) != -1)
    {
      if (option == ':')
        return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "Option '%s' needs a value",
                             argv[optind - 1]);
      if (option == '?')
        return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                             "Invalid option '%s'; --help lists the options", argv[optind - 1]);
      if (!set_value (line, option, optarg))
        set_flag (line, option);
    }
  if (optind < argc)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "Unexpected argument '%s'",
                         argv[optind]);

  return TRUE;
}

/* Returns: "" for "/", else an absolute path without a slash at the end */
static char *
canonical_root (const char *root)
{
  g_autofree char *whole = NULL;

  if (root == NULL)
    return g_strdup ("");

  whole = g_canonicalize_filename (root, NULL);

  return g_strdup (g_str_equal (whole, "/") ? "" : whole);
}

/* The file that --config names, else the environment. NULL: neither does. */
static const char *
get_named_config (const CommandLine *line)
{
  const char *name = line->config != NULL ? line->config : g_getenv (CONFIG_VARIABLE);

  return name != NULL && *name != '\0' ? name : NULL;
}

/* The default file may be absent. A file that is named must exist. */
static gboolean
load (VtOptions *options, const CommandLine *line, GError **error)
{
  const char *named = get_named_config (line);
  g_autofree char *path
      = named != NULL ? g_strdup (named) : g_strconcat (options->root, DEFAULT_CONFIG, NULL);
  g_autoptr (GError) fault = NULL;

  if (vt_configuration_load (options->configuration, path, options->warnings, &fault))
    return TRUE;
  if (named == NULL && g_error_matches (fault, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return TRUE;

  return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s", fault->message);
}

static void
replace_string (char **target, const char *value)
{
  if (value == NULL)
    return;

  g_free (*target);
  *target = g_strdup (value);
}

static void
append_lists (GStrv *list, GStrv more)
{
  for (gsize i = 0; more != NULL && more[i] != NULL; i++)
    vt_configuration_add_list (list, more[i]);
}

/* Options replace the file's values; lists are appended. */
static void
override (VtConfiguration *configuration, const CommandLine *line)
{
  replace_string (&configuration->method, line->method);
  replace_string (&configuration->path, line->path);
  replace_string (&configuration->log_file, line->log_file);
  replace_string (&configuration->pid_file, line->pid_file);
  replace_string (&configuration->state_dir, line->state_dir);
  configuration->verbose |= line->verbose;
  configuration->daemonize |= line->daemonize;
  append_lists (&configuration->allow, line->allow);
  append_lists (&configuration->block, line->block);
}

/* Of those tasks that need no configuration. */
static gboolean
is_only_text (VtTask task)
{
  return task == VT_TASK_HELP || task == VT_TASK_VERSION || task == VT_TASK_LIST_COMMANDS;
}

/* Like qemu-ga, accepts a list that consists of "help" or "?". */
static gboolean
asks_for_help (GStrv list)
{
  return list != NULL && g_strv_length (list) == 1
         && (g_str_equal (list[0], "help") || g_str_equal (list[0], "?"));
}

static VtTask
choose_task (const CommandLine *line)
{
  if (line->help)
    return VT_TASK_HELP;
  if (line->version)
    return VT_TASK_VERSION;
  if (asks_for_help (line->allow) || asks_for_help (line->block))
    return VT_TASK_LIST_COMMANDS;

  if (line->dump)
    return VT_TASK_DUMP;

  return line->dump_state ? VT_TASK_DUMP_STATE : VT_TASK_RUN;
}

static void
warn_unknown_commands (VtOptions *options, const char *key, GStrv names)
{
  for (gsize i = 0; names != NULL && names[i] != NULL; i++)
    {
      if (vt_schema_find (names[i]) == NULL)
        g_ptr_array_add (options->warnings,
                         g_strdup_printf ("%s: unknown command '%s'", key, names[i]));
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
  if (is_only_text (options->task))
    return g_steal_pointer (&options);

  if (!load (options, &line, error))
    return NULL;
  override (options->configuration, &line);
  if (!vt_configuration_check (options->configuration, error))
    return NULL;
  warn_unknown_commands (options, "allow-rpcs", options->configuration->allow);
  warn_unknown_commands (options, "block-rpcs", options->configuration->block);

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
vt_options_get_volatile_state_dir (const VtOptions *options)
{
  return g_strconcat (options->root, VOLATILE_STATE_DIR, NULL);
}

char *
vt_options_get_pid_file (const VtOptions *options)
{
  const VtConfiguration *configuration = options->configuration;

  if (configuration->pid_file != NULL)
    return g_strdup (configuration->pid_file);

  return configuration->daemonize ? g_strconcat (options->root, DEFAULT_PID_FILE, NULL) : NULL;
}

const char *
vt_options_get_help (void)
{
  return help_text;
}
