/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/profiles/profile.h"

#include "agent/profiles/ini.h"
#include "agent/profiles/layer.h"
#include "agent/profiles/main-section.h"
#include "agent/profiles/translate.h"
#include "agent/profiles/unit.h"

VtProfileLayer *
vt_profile_layer_new (const char *name, const char *path)
{
  VtProfileLayer *layer = g_new0 (VtProfileLayer, 1);

  layer->profile = g_strdup (name);
  layer->path = g_strdup (path);
  layer->settings = vt_settings_new ();
  return layer;
}

void
vt_profile_layer_free (VtProfileLayer *layer)
{
  if (layer == NULL)
    return;

  g_free (layer->profile);
  g_free (layer->path);
  vt_settings_free (layer->settings);
  g_free (layer);
}

void
vt_profile_free (VtProfile *profile)
{
  if (profile == NULL)
    return;

  g_free (profile->name);
  g_free (profile->summary);
  g_clear_pointer (&profile->layers, g_ptr_array_unref);
  g_clear_pointer (&profile->ignored, g_ptr_array_unref);
  g_free (profile);
}

void
vt_profile_info_free (VtProfileInfo *info)
{
  if (info == NULL)
    return;

  g_free (info->name);
  g_free (info->path);
  g_free (info->summary);
  g_free (info);
}

VtProfileLayer *
vt_profile_parse (const char *name,
                  const char *path,
                  const char *text,
                  gsize len,
                  GStrv *ret_includes,
                  char **ret_summary,
                  GPtrArray *ignored,
                  GError **error)
{
  g_autoptr (GPtrArray) layers
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_profile_layer_free);
  g_autoptr (GPtrArray) entries = vt_ini_parse (path, text, len, error);
  g_autoptr (GPtrArray) units = NULL;
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  g_autoptr (VtMainSection) section = NULL;
  g_auto (GStrv) includes = NULL;

  if (entries == NULL)
    return NULL;

  section = vt_main_section_new (entries, ignored);
  g_ptr_array_add (files, entries);
  includes = vt_main_section_expand_includes (section, path, files, error);
  if (includes == NULL)
    return NULL;

  units = vt_units_new (entries, 0);
  g_ptr_array_add (layers, vt_profile_layer_new (name, path));
  if (!vt_units_translate (units, layers, ignored, error))
    return NULL;

  *ret_includes = g_steal_pointer (&includes);
  *ret_summary = g_steal_pointer (&section->summary);
  return g_ptr_array_steal_index (layers, 0);
}
