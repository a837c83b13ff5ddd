/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/base-policy.h"

#include <string.h>

#define MEMORY_KEY "memory/auto_online_blocks"

static const char *const memory_policies[]
    = { "offline", "online", "online_kernel", "online_movable", NULL };

/* In parameter names '-' and '_' are the same for the kernel (kernel/params.c). */
static gboolean
policy_is_parameter (const char *token, const char *name)
{
  gsize len = strlen (name);

  for (gsize i = 0; i < len; i++)
    if (token[i] != name[i] && !(token[i] == '-' && name[i] == '_'))
      return FALSE;
  return token[len] == '=';
}

/* Quotes may enclose the whole token or only its value. The kernel removes them. */
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
  /* The kernel ignores an unknown policy. */
  return g_strv_contains (memory_policies, g_strstrip (value));
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
      /* The parameters after "--" are for init. */
      if (strcmp (tokens[i], "--") == 0)
        return FALSE;
      if (policy_is_set (tokens[i]))
        return TRUE;
    }
  return FALSE;
}

VtSettings *
vt_base_policy (const VtKernelFs *fs, const char *memory_policy)
{
  VtSettings *settings = vt_settings_new ();
  g_autoptr (VtSetting) setting = NULL;

  if (memory_policy == NULL || strcmp (memory_policy, "off") == 0
      || vt_memory_policy_from_cmdline (fs))
    return settings;

  setting = vt_setting_new (MEMORY_KEY, memory_policy, FALSE, NULL);
  if (setting != NULL)
    vt_settings_set (settings, g_steal_pointer (&setting));
  return settings;
}
