/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/commands/command-set.h"

struct VtCommandSet
{
  GStrv allow; /* NULL: all */
  GStrv block; /* NULL: none */
};

VtCommandSet *
vt_command_set_new (const char *const *allow, const char *const *block)
{
  VtCommandSet *set = g_new (VtCommandSet, 1);

  set->allow = g_strdupv ((GStrv) allow);
  set->block = g_strdupv ((GStrv) block);

  return set;
}

void
vt_command_set_free (VtCommandSet *set)
{
  if (set == NULL)
    return;

  g_strfreev (set->allow);
  g_strfreev (set->block);
  g_free (set);
}

gboolean
vt_command_set_allows (const VtCommandSet *set, const char *name)
{
  if (set->allow != NULL && !g_strv_contains ((const char *const *) set->allow, name))
    return FALSE;

  return set->block == NULL || !g_strv_contains ((const char *const *) set->block, name);
}
