/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/change.h"
#include "host-shim/verbs/verbs.h"

#include <errno.h>
#include <stdio.h>

#include "protocol/json.h"

#define PROFILE_DEFAULT "virtual-guest"
#define READ_STEP       (64 * 1024)

/* Reads at most the largest request that an agent accepts. So reading ends soon even if @file is a
 * disk or /dev/zero by mistake. */
static GString *
read_bounded (const char *path, FILE *file, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *step = g_malloc (READ_STEP);
  gsize n;

  while ((n = fread (step, 1, READ_STEP, file)) > 0)
    {
      g_string_append_len (text, step, (gssize) n);
      if (text->len <= vt_scanner_request_limits.max_frame)
        continue;
      vt_exit_set (error, VT_EXIT_USAGE, "'%s' is larger than %zu bytes, the limit of the agent",
                   path, vt_scanner_request_limits.max_frame);
      return NULL;
    }
  if (ferror (file))
    {
      vt_exit_set (error, VT_EXIT_USAGE, "can't read '%s': %s", path, g_strerror (errno));
      return NULL;
    }
  return g_steal_pointer (&text);
}

static GString *
read_file (const char *path, GError **error)
{
  FILE *file;
  GString *text;

  if (g_str_equal (path, "-"))
    return read_bounded ("stdin", stdin, error);
  file = fopen (path, "re");
  if (file == NULL)
    {
      vt_exit_set (error, VT_EXIT_USAGE, "can't open '%s': %s", path, g_strerror (errno));
      return NULL;
    }
  text = read_bounded (path, file, error);
  (void) fclose (file);
  return text;
}

static VtSettings *
read_settings (const char *path, GError **error)
{
  g_autoptr (GString) text = read_file (path, error);
  g_autoptr (JsonNode) node = NULL;
  VtSettings *settings = NULL;
  GError *cause = NULL;

  if (text == NULL)
    return NULL;
  node = vt_json_parse (text->str, text->len, &vt_scanner_request_limits, &cause);
  if (node != NULL)
    settings = vt_settings_from_json (json_node_get_object (node), &cause);
  if (settings == NULL)
    vt_exit_wrap (error, VT_EXIT_USAGE, cause, "%s: ", path);
  return settings;
}

/* TRUE with *@ret_settings unchanged: the command line names no settings. */
static gboolean
collect_settings (VtRun *run, VtSettings **ret_settings, GError **error)
{
  const char *path = run->options->settings;
  g_autoptr (VtSettings) settings = NULL;

  if (path == NULL && *run->arguments == NULL)
    return TRUE;
  settings = path != NULL ? read_settings (path, error) : vt_settings_new ();
  if (settings == NULL || !vt_change_add_assignments (settings, run->arguments, error))
    return FALSE;
  *ret_settings = g_steal_pointer (&settings);
  return TRUE;
}

static gboolean
run_apply (VtRun *run, VtExit *ret_exit, GError **error)
{
  const char *profile = run->options->profile;
  g_autoptr (VtSettings) settings = NULL;

  if (profile != NULL && *profile == '\0')
    return vt_exit_set (error, VT_EXIT_USAGE, "--profile needs a name");
  if (!collect_settings (run, &settings, error))
    return FALSE;
  if (profile == NULL && settings == NULL)
    profile = PROFILE_DEFAULT;
  return vt_change_run (run, profile, settings, ret_exit, error);
}

const VtVerb vt_verb_apply = {
  .name = "apply",
  .arguments = "[KEY=VALUE…]",
  .max_arguments = VT_SETTINGS_MAX,
  .option_sets = VT_OPTIONS_CHANGE | VT_OPTIONS_PROFILE,
  .summary = "apply a profile, a settings document, single settings",
  .details = "Applies everything or nothing, and reads every value back. A profile replaces the\n"
             "active profile, and removes the active settings. Settings without a profile are\n"
             "merged into the active settings. KEY=VALUE overrides the document. Without any of\n"
             "them the profile virtual-guest is applied.\n"
             "\n"
             "  virt-tune apply web1 --dry-run\n"
             "  virt-tune apply web1 --profile virtual-guest 'block/*/scheduler=auto'\n"
             "  virt-tune apply web1 --settings web.json",
  .run = run_apply,
};
