/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/unknown-setting.h"

#include "agent/engine/attributes.h"
#include "protocol/suggest.h"

#define LISTED_NAMES_MAX 8 /* if a section has more, the message does not list them */

static gboolean
has_selector (const char *section)
{
  gboolean result = FALSE;

  return vt_settings_check_section (section, &result, NULL) && result;
}

/* Returns: (transfer full): the key of @name in @section, with DEVICE in place of a device */
static char *
make_key (const char *section, const char *name)
{
  return g_strdup_printf ("'%s%s/%s'", section, has_selector (section) ? "/DEVICE" : "", name);
}

/* Finds the name in another section: the user wrote vm/swappiness for sysctl/vm.swappiness. */
static char *
find_in_other_section (const VtTunable *const *tunables, const VtSetting *setting)
{
  g_autofree char *dotted = g_strdup_printf ("%s.%s", setting->section, setting->name);

  for (guint i = 0; tunables[i] != NULL; i++)
    {
      const char *section = tunables[i]->section;

      if (vt_tunables_know (tunables, section, setting->name))
        return make_key (section, setting->name);
      if (vt_tunables_know (tunables, section, dotted))
        return make_key (section, dotted);
    }

  return NULL;
}

/* Returns: (transfer full): all names of @section, or where to find them */
static char *
describe_names (const char *section, GStrv names)
{
  g_autofree char *list = NULL;

  if (g_strv_length (names) > LISTED_NAMES_MAX)
    return g_strdup ("'virt-tune status --all' lists all settings");

  list = g_strjoinv (", ", names);
  return g_strdup_printf ("%s has %s", section, list);
}

char *
vt_advise_unknown_setting (const VtTunable *const *tunables, const VtSetting *setting)
{
  g_auto (GStrv) names = vt_tunables_list_names (tunables, setting->section);
  g_autofree char *nearest = vt_suggest (setting->name, (const char *const *) names);
  g_autofree char *list = describe_names (setting->section, names);

  if (nearest == NULL)
    nearest = find_in_other_section (tunables, setting);

  return nearest != NULL ? g_strdup_printf ("did you mean %s? (%s)", nearest, list)
                         : g_steal_pointer (&list);
}
