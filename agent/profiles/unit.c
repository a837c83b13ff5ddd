/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/profiles/unit.h"

#include "agent/profiles/ini.h"

static void
option_free (gpointer data)
{
  VtOption *option = data;

  g_free (option->name);
  g_free (option->value);
  g_free (option);
}

static void
unit_free (gpointer data)
{
  VtUnit *unit = data;

  if (unit == NULL)
    return;

  g_free (unit->name);
  g_free (unit->type);
  g_free (unit->devices);
  g_free (unit->condition);
  g_strfreev (unit->drop);
  g_ptr_array_unref (unit->options);
  g_free (unit);
}

const char *
vt_unit_get_type (const VtUnit *unit)
{
  return unit->type != NULL ? unit->type : unit->name;
}

static VtUnit *
find_unit (const GPtrArray *units, const char *name, guint *ret_index)
{
  for (guint i = 0; i < units->len; i++)
    {
      VtUnit *unit = units->pdata[i];

      if (!g_str_equal (unit->name, name))
        continue;

      *ret_index = i;
      return unit;
    }

  return NULL;
}

static VtUnit *
take_unit (GPtrArray *units, const char *name)
{
  guint index;
  VtUnit *unit = find_unit (units, name, &index);

  if (unit != NULL)
    return unit;

  unit = g_new0 (VtUnit, 1);
  unit->name = g_strdup (name);
  unit->enabled = TRUE;
  unit->options = g_ptr_array_new_with_free_func (option_free);
  g_ptr_array_add (units, unit);
  return unit;
}

static void
unset_option (VtUnit *unit, const char *name)
{
  for (guint i = unit->options->len; i-- > 0;)
    if (g_str_equal (((VtOption *) unit->options->pdata[i])->name, name))
      g_ptr_array_remove_index (unit->options, i);
}

static void
replace_string (char **string, const char *value)
{
  g_free (*string);
  *string = g_strdup (value);
}

static void
set_option (VtUnit *unit, const char *name, const char *value, guint layer)
{
  VtOption *option;

  /* An option that is set again keeps its position: later variables may use its value. */
  for (guint i = 0; i < unit->options->len; i++)
    {
      option = unit->options->pdata[i];
      if (!g_str_equal (option->name, name))
        continue;

      replace_string (&option->value, value);
      option->layer = layer;
      return;
    }

  option = g_new0 (VtOption, 1);
  option->name = g_strdup (name);
  option->value = g_strdup (value);
  option->layer = layer;
  g_ptr_array_add (unit->options, option);
}

static gboolean
is_true (const char *value)
{
  return g_str_equal (value, "1") || g_str_equal (value, "true") || g_str_equal (value, "True");
}

/* Handles the options that control merging. FALSE: @name is an ordinary option. */
static gboolean
set_control_option (VtUnit *unit, const char *name, const char *value)
{
  if (g_str_equal (name, "type"))
    replace_string (&unit->type, value);
  else if (g_str_equal (name, "devices"))
    replace_string (&unit->devices, value);
  else if (g_str_equal (name, "enabled"))
    unit->enabled = is_true (value);
  else if (g_str_equal (name, "replace"))
    unit->replace = is_true (value);
  else if (g_str_equal (name, "devices_udev_regex") || g_str_equal (name, "cpuinfo_regex")
           || g_str_equal (name, "uname_regex"))
    replace_string (&unit->condition, name);
  else if (g_str_equal (name, "drop"))
    {
      g_strfreev (unit->drop);
      unit->drop = g_strsplit_set (value, " \t,;", -1);
    }
  else
    return FALSE;

  return TRUE;
}

GPtrArray *
vt_units_new (const GPtrArray *entries, guint layer)
{
  GPtrArray *units = g_ptr_array_new_with_free_func (unit_free);

  for (guint i = 0; i < entries->len; i++)
    {
      const VtIniEntry *entry = entries->pdata[i];
      VtUnit *unit;

      if (g_str_equal (entry->section, "main"))
        continue;

      unit = take_unit (units, entry->section);
      /* In [variables] every name is a variable, even one such as "type". */
      if (entry->name != NULL
          && (g_str_equal (unit->name, "variables")
              || !set_control_option (unit, entry->name, entry->value)))
        set_option (unit, entry->name, entry->value, layer);
    }

  return units;
}

static void
merge_unit (VtUnit *unit, VtUnit *over)
{
  if (over->type != NULL)
    replace_string (&unit->type, over->type);
  if (over->condition != NULL)
    replace_string (&unit->condition, over->condition);
  replace_string (&unit->devices, over->devices);
  unit->enabled = over->enabled;

  for (guint i = 0; over->drop != NULL && over->drop[i] != NULL; i++)
    unset_option (unit, over->drop[i]);

  for (guint i = 0; i < over->options->len; i++)
    {
      const VtOption *option = over->options->pdata[i];

      set_option (unit, option->name, option->value, option->layer);
    }
}

gboolean
vt_units_merge (GPtrArray *units, GPtrArray *over)
{
  gsize n = 0;

  while (over->len > 0)
    {
      VtUnit *later = g_ptr_array_steal_index (over, 0);
      guint index;
      VtUnit *unit = find_unit (units, later->name, &index);

      if (unit == NULL)
        {
          g_ptr_array_add (units, later);
          continue;
        }
      if (later->replace)
        {
          g_ptr_array_index (units, index) = later;
          unit_free (unit);
          continue;
        }

      merge_unit (unit, later);
      unit_free (later);
    }

  for (guint i = 0; i < units->len; i++)
    n += ((VtUnit *) units->pdata[i])->options->len;
  return n <= VT_UNIT_OPTIONS_MAX;
}
