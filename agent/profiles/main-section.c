/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/profiles/main-section.h"

#include <string.h>

#include "agent/profiles/ini.h"
#include "agent/profiles/text.h"

void
vt_main_section_free (VtMainSection *section)
{
  if (section == NULL)
    return;

  g_strfreev (section->includes);
  g_free (section->summary);
  g_free (section);
}

static GStrv
split_names (const char *value)
{
  g_auto (GStrv) words = g_strsplit_set (value, " \t,;", -1);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      g_ptr_array_add (names, g_strdup (words[i]));

  g_ptr_array_add (names, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

static void
ignore (GPtrArray *ignored, const char *option, const char *reason)
{
  g_autofree char *name = vt_profile_text (option);

  g_ptr_array_add (ignored, g_strdup_printf ("[main] %s: %s", name, reason));
}

static void
take (VtMainSection *section, const VtIniEntry *entry, GPtrArray *ignored)
{
  if (g_str_equal (entry->name, "summary"))
    {
      g_free (section->summary);
      section->summary = vt_profile_text (entry->value);
    }
  else if (g_str_equal (entry->name, "include") && strstr (entry->value, "${") != NULL)
    ignore (ignored, entry->name, "variables and functions choose no profile here");
  else if (g_str_equal (entry->name, "include"))
    {
      g_strfreev (section->includes);
      section->includes = split_names (entry->value);
    }
  else if (!g_str_equal (entry->name, "description"))
    ignore (ignored, entry->name, "is no option that is carried out here");
}

VtMainSection *
vt_main_section_new (const GPtrArray *entries, GPtrArray *ignored)
{
  VtMainSection *section = g_new0 (VtMainSection, 1);

  section->includes = g_new0 (char *, 1);
  for (guint i = 0; i < entries->len; i++)
    {
      const VtIniEntry *entry = entries->pdata[i];

      if (g_str_equal (entry->section, "main") && entry->name != NULL)
        take (section, entry, ignored);
    }

  return section;
}
