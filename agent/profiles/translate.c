/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/profiles/translate.h"

#include <string.h>

#include "agent/profiles/channels.h"
#include "agent/profiles/devices.h"
#include "agent/profiles/options.h"
#include "agent/profiles/profile.h"
#include "agent/profiles/text.h"
#include "agent/profiles/variables.h"
#include "protocol/error.h"

typedef struct
{
  VtVariables *variables;
  GPtrArray *layers;
  GPtrArray *ignored;
} Translation;

static void
ignore (const Translation *translation, const VtUnit *unit, const char *option, const char *reason)
{
  g_autofree char *section = vt_profile_text (unit->name);
  g_autofree char *name = vt_profile_text (option);
  g_autofree char *why = vt_profile_text (reason);

  g_ptr_array_add (translation->ignored, g_strdup_printf ("[%s] %s: %s", section, name, why));
}

/* "\"4096 87380\"" → "4096 87380": TuneD removes a pair of quotes. */
static char *
unquote (const char *value)
{
  gsize len = strlen (value);

  if (len >= 2 && value[0] == '"' && value[len - 1] == '"')
    return g_strndup (value + 1, len - 2);

  return g_strdup (value);
}

static gboolean
is_number (const char *value)
{
  return *value != '\0' && strspn (value, "0123456789") == strlen (value) && strlen (value) <= 18;
}

/* Adds @setting and takes ownership. An exception (without value) never replaces a value. */
static gboolean
put (VtProfileLayer *layer, VtSetting *setting, GError **error)
{
  const VtSetting *there = vt_settings_get (layer->settings, setting->key);

  if (there != NULL && (setting->value == NULL || g_strcmp0 (there->value, setting->value) == 0))
    {
      vt_setting_free (setting);
      return TRUE;
    }
  if (there != NULL && there->value != NULL)
    {
      vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s: wants both '%s' and '%s' of %s",
                    layer->path, there->value, setting->value, setting->key);
      vt_setting_free (setting);
      return FALSE;
    }

  vt_settings_set (layer->settings, setting);
  return TRUE;
}

/* A name or value that is invalid in a settings document is added to the ignored list; the rest of
 * the profile is still used. */
static gboolean
put_value (const Translation *translation,
           const VtUnit *unit,
           const VtOption *option,
           const char *key,
           const char *value,
           GError **error)
{
  VtProfileLayer *layer = translation->layers->pdata[option->layer];
  g_autoptr (GError) unfit = NULL;
  VtSetting *setting;

  if (layer->settings->list->len >= VT_SETTINGS_MAX)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s: more than %d settings", layer->path,
                         VT_SETTINGS_MAX);

  setting = vt_setting_new (key, value, value != NULL && is_number (value), &unfit);
  if (setting == NULL)
    {
      ignore (translation, unit, option->name, unfit->message);
      return TRUE;
    }

  return put (layer, setting, error);
}

static gboolean
put_each (const Translation *translation,
          const VtUnit *unit,
          const VtOption *option,
          const VtOptionTarget *target,
          const GPtrArray *selectors,
          const char *value,
          GError **error)
{
  for (guint i = 0; i < selectors->len; i++)
    {
      g_autofree char *key = g_strdup_printf ("%s/%s/%s", target->section,
                                              (char *) selectors->pdata[i], target->name);

      if (!put_value (translation, unit, option, key, value, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
put_option (const Translation *translation,
            const VtUnit *unit,
            const VtOption *option,
            const VtOptionTarget *target,
            const VtDeviceRules *rules,
            const char *value,
            GError **error)
{
  g_autofree char *key = NULL;

  if (target->devices)
    return put_each (translation, unit, option, target, rules->wanted, value, error)
           && put_each (translation, unit, option, target, rules->excepted, NULL, error);

  key = g_strdup_printf ("%s/%s", target->section, target->name);
  return put_value (translation, unit, option, key, value, error);
}

/* @name: the option, or one of those that "channels" is split into. FALSE: the whole profile is
 * refused. */
static gboolean
translate_value (const Translation *translation,
                 const VtUnit *unit,
                 const VtOption *option,
                 const char *name,
                 const char *text,
                 const VtDeviceRules *rules,
                 GError **error)
{
  VtOptionTarget target = { 0 };
  const char *reason = NULL;
  g_autofree char *value
      = vt_option_convert (vt_unit_get_type (unit), name, text, &target, &reason);

  if (value != NULL && *value == '\0')
    reason = "has no value";
  if (reason != NULL)
    {
      ignore (translation, unit, option->name, reason);
      return TRUE;
    }

  return put_option (translation, unit, option, &target, rules, value, error);
}

static gboolean
translate_channels (const Translation *translation,
                    const VtUnit *unit,
                    const VtOption *option,
                    const char *text,
                    const VtDeviceRules *rules,
                    GError **error)
{
  const char *reason = NULL;
  g_autoptr (GPtrArray) kinds = vt_channel_options_parse (text, &reason);

  if (kinds == NULL)
    ignore (translation, unit, option->name, reason);

  for (guint i = 0; kinds != NULL && i < kinds->len; i++)
    {
      const VtChannelOption *kind = kinds->pdata[i];

      if (!translate_value (translation, unit, option, kind->name, kind->value, rules, error))
        return FALSE;
    }

  return TRUE;
}

/* FALSE: the whole profile is refused. */
static gboolean
translate_option (const Translation *translation,
                  const VtUnit *unit,
                  const VtOption *option,
                  const VtDeviceRules *rules,
                  GError **error)
{
  const char *type = vt_unit_get_type (unit);
  const char *refusal = vt_option_refusal (type, option->name);
  g_autofree char *unexpanded = NULL;
  g_autofree char *expanded = NULL;
  g_autofree char *plain = NULL;

  if (refusal == NULL)
    expanded = vt_variables_expand (translation->variables, option->value, &unexpanded);
  if (expanded == NULL)
    {
      ignore (translation, unit, option->name, refusal != NULL ? refusal : unexpanded);
      return TRUE;
    }

  plain = unquote (expanded);
  if (*plain != '\0' && g_str_equal (type, "net") && g_str_equal (option->name, "channels"))
    return translate_channels (translation, unit, option, plain, rules, error);

  return translate_value (translation, unit, option, option->name, plain, rules, error);
}

static void
ignore_unit (const Translation *translation, const VtUnit *unit, const char *reason)
{
  for (guint i = 0; i < unit->options->len; i++)
    ignore (translation, unit, ((VtOption *) unit->options->pdata[i])->name, reason);
}

static gboolean
translate_unit (const Translation *translation, const VtUnit *unit, GError **error)
{
  g_autofree char *reason = NULL;
  g_autofree char *devices = NULL;
  g_autoptr (VtDeviceRules) rules = NULL;

  if (!unit->enabled)
    return TRUE;
  if (unit->condition != NULL)
    {
      reason = g_strdup_printf ("the section has a condition (%s), which is not evaluated",
                                unit->condition);
      ignore_unit (translation, unit, reason);
      return TRUE;
    }

  devices = vt_variables_expand (translation->variables,
                                 unit->devices != NULL ? unit->devices : "*", &reason);
  rules = devices != NULL ? vt_device_rules_parse (devices) : NULL;
  if (rules == NULL)
    {
      ignore_unit (translation, unit, reason != NULL ? reason : "devices= has too many rules");
      return TRUE;
    }

  for (guint i = 0; i < unit->options->len; i++)
    if (!translate_option (translation, unit, unit->options->pdata[i], rules, error))
      return FALSE;

  return TRUE;
}

static void
set_variables (const Translation *translation, const VtUnit *unit)
{
  for (guint i = 0; i < unit->options->len; i++)
    {
      const VtOption *option = unit->options->pdata[i];
      g_autofree char *reason = NULL;

      if (g_str_equal (option->name, "include"))
        ignore (translation, unit, option->name, "variables are read from no other file");
      else if (!vt_variables_set (translation->variables, option->name, option->value, &reason))
        ignore (translation, unit, option->name, reason);
    }
}

gboolean
vt_units_translate (const GPtrArray *units, GPtrArray *layers, GPtrArray *ignored, GError **error)
{
  g_autoptr (VtVariables) variables = vt_variables_new ();
  Translation translation = { .variables = variables, .layers = layers, .ignored = ignored };

  for (guint i = 0; i < units->len; i++)
    if (g_str_equal (((VtUnit *) units->pdata[i])->name, "variables"))
      set_variables (&translation, units->pdata[i]);

  for (guint i = 0; i < units->len; i++)
    if (!g_str_equal (((VtUnit *) units->pdata[i])->name, "variables")
        && !translate_unit (&translation, units->pdata[i], error))
      return FALSE;

  return TRUE;
}
