/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/profiles/main-section.h"

#include "agent/profiles/ini.h"
#include "agent/profiles/text.h"
#include "agent/profiles/variables.h"
#include "protocol/error.h"

void
vt_main_section_free (VtMainSection *section)
{
  if (section == NULL)
    return;

  g_free (section->include);
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
read_option (VtMainSection *section, const VtIniEntry *entry, GPtrArray *ignored)
{
  if (g_str_equal (entry->name, "summary"))
    {
      g_free (section->summary);
      section->summary = vt_profile_text (entry->value);
    }
  else if (g_str_equal (entry->name, "include"))
    {
      g_free (section->include);
      section->include = g_strdup (entry->value);
      section->line = entry->line;
    }
  else if (!g_str_equal (entry->name, "description"))
    ignore (ignored, entry->name, "is no option that is carried out here");
}

VtMainSection *
vt_main_section_new (const GPtrArray *entries, GPtrArray *ignored)
{
  VtMainSection *section = g_new0 (VtMainSection, 1);

  for (guint i = 0; i < entries->len; i++)
    {
      const VtIniEntry *entry = entries->pdata[i];

      if (g_str_equal (entry->section, "main") && entry->name != NULL)
        read_option (section, entry, ignored);
    }

  return section;
}

/* A fault is only logged here: vt_units_translate() reports faulty variables. */
static void
set_variables (VtVariables *variables, const GPtrArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    {
      const VtIniEntry *entry = entries->pdata[i];
      g_autofree char *reason = NULL;

      if (entry->name != NULL && g_str_equal (entry->section, "variables")
          && !vt_variables_set (variables, entry->name, entry->value, &reason))
        g_debug ("[variables] %s: %s", entry->name, reason);
    }
}

GStrv
vt_main_section_expand_includes (const VtMainSection *section,
                                 const char *path,
                                 const GPtrArray *files,
                                 GError **error)
{
  g_autoptr (VtVariables) variables = vt_variables_new ();
  g_autofree char *names = NULL;
  g_autofree char *reason = NULL;

  for (guint i = files->len; i-- > 0;)
    set_variables (variables, files->pdata[i]);

  names
      = vt_variables_expand (variables, section->include != NULL ? section->include : "", &reason);
  if (names == NULL)
    {
      vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s:%u: include can't be followed: %s", path,
                    section->line, reason);
      return NULL;
    }

  return split_names (names);
}
