/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/options.h"

#include <errno.h>
#include <math.h>

#include "host-shim/exit.h"

#define TIMEOUT_DEFAULT 30.0
#define TIMEOUT_MAX     3600.0
#define CONFIRM_MAX     3600

typedef struct
{
  const char *name;
  char short_name;
  VtOptionSet set;
  gsize offset;
  const char *value; /* name of the value in --help; NULL: the option takes none */
  const char *summary;
} OptionRow;

#define AT(member) G_STRUCT_OFFSET (VtOptions, member)

static const OptionRow option_rows[] = {
  { "socket", 's', VT_OPTIONS_GLOBAL, AT (socket), "PATH",
    "connect to the channel's Unix socket; omit DOMAIN" },
  { "connect", 'c', VT_OPTIONS_GLOBAL, AT (uri), "URI",
    "libvirt connection on which to find DOMAIN" },
  { "format", 'o', VT_OPTIONS_GLOBAL, AT (format), "table|json", "output format (default: table)" },
  { "timeout", 't', VT_OPTIONS_GLOBAL, AT (timeout_text), "SECONDS",
    "limit for the whole command (default: 30)" },
  { "quiet", 'q', VT_OPTIONS_GLOBAL, AT (quiet), NULL, "print errors only" },
  { "help", 'h', VT_OPTIONS_GLOBAL, AT (help), NULL, "show this help, or the help of a verb" },
  { "version", 'V', VT_OPTIONS_GLOBAL, AT (version), NULL, "show the version" },
  { "profile", 'p', VT_OPTIONS_PROFILE, AT (profile), "NAME", "profile to apply" },
  { "settings", 'f', VT_OPTIONS_PROFILE, AT (settings), "FILE",
    "settings document to apply; - reads stdin" },
  { "dry-run", 'n', VT_OPTIONS_CHANGE, AT (dry_run), NULL,
    "show what would change; change nothing" },
  { "force", 0, VT_OPTIONS_CHANGE, AT (force), NULL,
    "apply what the agent would refuse as unwise" },
  { "allow-absent", 0, VT_OPTIONS_CHANGE, AT (allow_absent), NULL,
    "accept devices that do not exist yet" },
  { "transient", 0, VT_OPTIONS_CHANGE, AT (transient), NULL,
    "apply until the guest's next boot only" },
  { "confirm-within", 0, VT_OPTIONS_CHANGE, AT (confirm_text), "SECONDS",
    "undo the apply unless it is confirmed in time" },
  { "check", 0, VT_OPTIONS_CHANGE, AT (check), "COMMAND",
    "run on this host; confirm if it succeeds" },
  { "all", 'a', VT_OPTIONS_STATUS, AT (all), NULL, "also list sysctls that no setting names" },
};

#undef AT

/* One more for the remaining arguments, one for the end. */
#define N_ENTRIES (G_N_ELEMENTS (option_rows) + 2)

static void
fill_entries (GOptionEntry *entries, VtOptions *options)
{
  gsize n = G_N_ELEMENTS (option_rows);

  for (gsize i = 0; i < n; i++)
    {
      const OptionRow *row = &option_rows[i];

      entries[i].long_name = row->name;
      entries[i].short_name = row->short_name;
      entries[i].arg = row->value != NULL ? G_OPTION_ARG_FILENAME : G_OPTION_ARG_NONE;
      entries[i].arg_data = (guint8 *) options + row->offset;
    }
  entries[n].long_name = G_OPTION_REMAINING;
  entries[n].arg = G_OPTION_ARG_FILENAME_ARRAY;
  entries[n].arg_data = &options->rest;
}

static gboolean
read_format (VtOptions *options, GError **error)
{
  if (options->format == NULL || g_str_equal (options->format, "table"))
    return TRUE;
  options->json = g_str_equal (options->format, "json");
  if (options->json)
    return TRUE;
  return vt_exit_set (error, VT_EXIT_USAGE, "--format takes 'table' or 'json', not '%s'",
                      options->format);
}

static gboolean
read_timeout (VtOptions *options, GError **error)
{
  char *end = NULL;

  options->timeout = TIMEOUT_DEFAULT;
  if (options->timeout_text == NULL)
    return TRUE;
  options->timeout = g_ascii_strtod (options->timeout_text, &end);
  if (end != options->timeout_text && *end == '\0' && isfinite (options->timeout)
      && options->timeout > 0 && options->timeout <= TIMEOUT_MAX)
    return TRUE;
  return vt_exit_set (error, VT_EXIT_USAGE,
                      "--timeout takes a number of seconds, above 0 and up to %g, not '%s'",
                      TIMEOUT_MAX, options->timeout_text);
}

/* The range is that of confirm-within in protocol/schema.c. */
static gboolean
read_confirm (VtOptions *options, GError **error)
{
  guint64 seconds = 0;

  if (options->confirm_text == NULL)
    return options->check == NULL
           || vt_exit_set (error, VT_EXIT_USAGE, "--check needs --confirm-within SECONDS");
  if (!g_ascii_string_to_unsigned (options->confirm_text, 10, 1, CONFIRM_MAX, &seconds, NULL))
    return vt_exit_set (error, VT_EXIT_USAGE,
                        "--confirm-within takes a number of seconds from 1 to %d, not '%s'",
                        CONFIRM_MAX, options->confirm_text);
  if (options->dry_run)
    return vt_exit_set (error, VT_EXIT_USAGE,
                        "--dry-run and --confirm-within exclude each other: a dry run changes "
                        "nothing that could be confirmed");
  options->confirm_within = (guint) seconds;
  return TRUE;
}

/* JSON must be UTF-8. Paths are not sent, so they may contain any bytes. */
static gboolean
check_utf8 (VtOptions *options, GError **error)
{
  gboolean valid = options->profile == NULL || g_utf8_validate (options->profile, -1, NULL);

  for (char **word = options->rest; *word != NULL; word++)
    valid = valid && g_utf8_validate (*word, -1, NULL);
  return valid || vt_exit_set (error, VT_EXIT_USAGE, "an argument is not UTF-8");
}

static gboolean
read_options (VtOptions *options, const char *const *argv, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  GOptionEntry entries[N_ENTRIES] = { { NULL } };
  g_auto (GStrv) copy = g_strdupv ((char **) argv);
  GError *cause = NULL;
  gboolean parsed;

  fill_entries (entries, options);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_add_main_entries (context, entries, NULL);
  parsed = g_option_context_parse_strv (context, &copy, &cause);
  if (options->rest == NULL)
    options->rest = g_new0 (char *, 1);
  if (!parsed)
    return vt_exit_wrap (error, VT_EXIT_USAGE, cause, "%s", "");
  return read_format (options, error) && read_timeout (options, error)
         && read_confirm (options, error) && check_utf8 (options, error);
}

VtOptions *
vt_options_parse (const char *const *argv, GError **error)
{
  g_autoptr (VtOptions) options = g_new0 (VtOptions, 1);

  if (!read_options (options, argv, error))
    return NULL;
  return g_steal_pointer (&options);
}

void
vt_options_free (VtOptions *options)
{
  g_free (options->socket);
  g_free (options->uri);
  g_free (options->profile);
  g_free (options->settings);
  g_free (options->format);
  g_free (options->timeout_text);
  g_free (options->confirm_text);
  g_free (options->check);
  g_strfreev (options->rest);
  g_free (options);
}

static gboolean
is_given (const VtOptions *options, const OptionRow *row)
{
  if (row->value != NULL)
    return G_STRUCT_MEMBER (char *, options, row->offset) != NULL;
  return G_STRUCT_MEMBER (gboolean, options, row->offset);
}

gboolean
vt_options_check (const VtOptions *options, guint sets, const char *verb, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (option_rows); i++)
    {
      const OptionRow *row = &option_rows[i];

      if (row->set != VT_OPTIONS_GLOBAL && (row->set & sets) == 0 && is_given (options, row))
        return vt_exit_set (error, VT_EXIT_USAGE,
                            "'%s' has no option --%s; see 'virt-tune %s --help'", verb, row->name,
                            verb);
    }
  return TRUE;
}

void
vt_options_append_help (GString *out, VtOptionSet set)
{
  for (gsize i = 0; i < G_N_ELEMENTS (option_rows); i++)
    {
      const OptionRow *row = &option_rows[i];
      g_autofree char *left = NULL;

      if (row->set != set)
        continue;
      left = g_strdup_printf ("%c%c%s --%s%s%s", row->short_name != 0 ? '-' : ' ',
                              row->short_name != 0 ? row->short_name : ' ',
                              row->short_name != 0 ? "," : " ", row->name,
                              row->value != NULL ? " " : "", row->value != NULL ? row->value : "");
      g_string_append_printf (out, "  %-28s %s\n", left, row->summary);
    }
}
