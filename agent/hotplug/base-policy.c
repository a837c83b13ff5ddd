/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/base-policy.h"

#include <string.h>

#define MEMORY_KEY "memory/auto_online_blocks"

static const char *const policy_words[]
    = { "offline", "online", "online_kernel", "online_movable", NULL };

/* The kernel takes '-' and '_' for each other in parameter names (kernel/params.c). */
static gboolean
policy_is_parameter (const char *token, const char *name)
{
  gsize len = strlen (name);

  for (gsize i = 0; i < len; i++)
    if (token[i] != name[i] && !(token[i] == '-' && name[i] == '_'))
      return FALSE;
  return token[len] == '=';
}

/* Quotes may enclose the whole or the value alone; the kernel drops them. */
static gboolean
policy_is_set (const char *token)
{
  static const char name[] = "memhp_default_state";
  g_autofree char *value = NULL;

  if (*token == '"')
    token++;
  if (!policy_is_parameter (token, name))
    return FALSE;

  value = g_strdup (token + sizeof name);
  g_strdelimit (value, "\"", ' ');
  /* The kernel ignores a word that it does not know. */
  return g_strv_contains (policy_words, g_strstrip (value));
}

gboolean
vt_memory_policy_from_cmdline (const VtKernelFs *fs)
{
  g_autofree char *line = vt_kernel_fs_read (fs, "proc/cmdline", NULL);
  g_auto (GStrv) tokens = NULL;

  if (line == NULL)
    return FALSE;

  tokens = g_strsplit_set (line, " \t\n", -1);
  for (gsize i = 0; tokens[i] != NULL; i++)
    {
      /* What follows is init's. */
      if (strcmp (tokens[i], "--") == 0)
        return FALSE;
      if (policy_is_set (tokens[i]))
        return TRUE;
    }
  return FALSE;
}

VtSettings *
vt_base_policy (const VtKernelFs *fs, const char *memory_word)
{
  VtSettings *settings = vt_settings_new ();
  g_autoptr (VtSetting) setting = NULL;

  if (memory_word == NULL || strcmp (memory_word, "off") == 0 || vt_memory_policy_from_cmdline (fs))
    return settings;

  setting = vt_setting_new (MEMORY_KEY, memory_word, FALSE, NULL);
  if (setting != NULL)
    vt_settings_set (settings, g_steal_pointer (&setting));
  return settings;
}
