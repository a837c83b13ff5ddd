/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/profiles/devices.h"

#include "protocol/settings.h"

void
vt_device_rules_free (VtDeviceRules *rules)
{
  if (rules == NULL)
    return;

  g_ptr_array_unref (rules->wanted);
  g_ptr_array_unref (rules->excepted);
  g_free (rules);
}

static void
add_once (GPtrArray *list, const char *text)
{
  if (!g_ptr_array_find_with_equal_func (list, text, g_str_equal, NULL))
    g_ptr_array_add (list, g_strdup (text));
}

/* In TuneD an exception always wins. In our settings the narrower selector wins. Therefore this
 * removes each wanted selector that an exception covers completely. */
static void
drop_covered (VtDeviceRules *rules)
{
  for (guint i = rules->wanted->len; i-- > 0;)
    for (guint j = 0; j < rules->excepted->len; j++)
      {
        if (!vt_selector_match (rules->excepted->pdata[j], rules->wanted->pdata[i]))
          continue;

        g_ptr_array_remove_index (rules->wanted, i);
        break;
      }
}

/* TuneD names a device as libudev does: with "/" where /sys, and so a key, has "!". */
static void
add_device (GPtrArray *list, char *word)
{
  g_strdelimit (word, "/", '!');
  add_once (list, word);
}

VtDeviceRules *
vt_device_rules_parse (const char *devices)
{
  g_autoptr (VtDeviceRules) rules = g_new0 (VtDeviceRules, 1);
  g_auto (GStrv) words = g_strsplit_set (devices, " \t,;", -1);

  rules->wanted = g_ptr_array_new_with_free_func (g_free);
  rules->excepted = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; words[i] != NULL; i++)
    {
      if (words[i][0] == '!' && words[i][1] != '\0')
        add_device (rules->excepted, words[i] + 1);
      else if (words[i][0] != '\0' && words[i][0] != '!')
        add_device (rules->wanted, words[i]);

      if (rules->wanted->len + rules->excepted->len > VT_DEVICE_RULES_MAX)
        return NULL;
    }

  if (rules->wanted->len == 0)
    add_once (rules->wanted, "*");
  drop_covered (rules);

  return g_steal_pointer (&rules);
}
