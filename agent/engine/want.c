/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/want.h"

#include "protocol/error.h"

typedef struct
{
  GHashTable *exact; /* key → VtWant */
  GPtrArray *globs;  /* of VtWant */
} Layer;

struct VtWants
{
  GPtrArray *layers; /* of Layer */
  GPtrArray *owned;  /* of VtWant */
  GPtrArray *list;   /* those that ask for a value */
};

static void
layer_free (Layer *layer)
{
  g_hash_table_unref (layer->exact);
  g_ptr_array_unref (layer->globs);
  g_free (layer);
}

static void
want_free (VtWant *want)
{
  vt_setting_free (want->setting);
  g_free (want->source);
  g_free (want);
}

VtWants *
vt_wants_new (void)
{
  VtWants *wants = g_new0 (VtWants, 1);

  wants->layers = g_ptr_array_new_with_free_func ((GDestroyNotify) layer_free);
  wants->owned = g_ptr_array_new_with_free_func ((GDestroyNotify) want_free);
  wants->list = g_ptr_array_new ();

  return wants;
}

void
vt_wants_free (VtWants *wants)
{
  g_ptr_array_unref (wants->layers);
  g_ptr_array_unref (wants->list);
  g_ptr_array_unref (wants->owned);
  g_free (wants);
}

gboolean
vt_want_is_exact (const VtWant *want)
{
  return want->setting->selector == NULL || strpbrk (want->setting->selector, "*?[") == NULL;
}

gboolean
vt_want_is_by_name (const VtWant *want)
{
  return (want->flags & VT_WANT_BY_HOST) != 0 && vt_want_is_exact (want);
}

gboolean
vt_want_is_automatic (const VtWant *want)
{
  return g_str_equal (want->setting->value, "auto") || g_str_equal (want->setting->value, "max");
}

gboolean
vt_want_may_be_refused (const VtWant *want)
{
  return vt_want_is_automatic (want) || !vt_want_is_by_name (want);
}

gboolean
vt_want_equal (const VtWant *a, const VtWant *b)
{
  if (a == NULL || b == NULL)
    return a == b;

  return g_str_equal (a->setting->value, b->setting->value) && g_str_equal (a->source, b->source)
         && ((a->flags ^ b->flags) & VT_WANT_FORCED) == 0;
}

static VtWantFlags
flags_of (const VtLayer *layer, const char *key)
{
  VtWantFlags flags = layer->flags;

  if (layer->fresh != NULL && vt_settings_get (layer->fresh, key) != NULL)
    flags |= VT_WANT_FRESH;
  if (layer->forced != NULL && g_hash_table_contains (layer->forced, key))
    flags |= VT_WANT_FORCED;

  return flags;
}

void
vt_wants_add (VtWants *wants, const VtLayer *layer)
{
  Layer *added = g_new0 (Layer, 1);

  added->exact = g_hash_table_new (g_str_hash, g_str_equal);
  added->globs = g_ptr_array_new ();

  for (guint i = 0; i < layer->settings->list->len; i++)
    {
      const VtSetting *setting = g_ptr_array_index (layer->settings->list, i);
      VtWant *want = g_new0 (VtWant, 1);

      want->setting = vt_setting_copy (setting);
      want->source = g_strdup (layer->source);
      want->layer = wants->layers->len;
      want->flags = flags_of (layer, setting->key);
      g_ptr_array_add (wants->owned, want);
      if (setting->value != NULL)
        g_ptr_array_add (wants->list, want);

      if (vt_want_is_exact (want))
        g_hash_table_replace (added->exact, want->setting->key, want);
      else
        g_ptr_array_add (added->globs, want);
    }

  g_ptr_array_add (wants->layers, added);
}

static gboolean
glob_matches (const VtWant *want, const VtAttribute *attribute)
{
  return attribute->device != NULL && g_str_equal (want->setting->section, attribute->section)
         && g_str_equal (want->setting->name, attribute->name)
         && vt_selector_match (want->setting->selector, attribute->device);
}

/* The most exact glob of @layer; *@ret_rival: another that is as exact. */
static const VtWant *
find_glob (const Layer *layer, const VtAttribute *attribute, const VtWant **ret_rival)
{
  const VtWant *best = NULL;
  const VtWant *rival = NULL;
  int best_rank = 0;

  for (guint i = 0; i < layer->globs->len; i++)
    {
      const VtWant *want = g_ptr_array_index (layer->globs, i);
      int rank;

      if (!glob_matches (want, attribute))
        continue;

      rank = vt_selector_rank (want->setting->selector);
      if (best != NULL && rank < best_rank)
        continue;

      rival = best != NULL && rank == best_rank ? best : NULL;
      best = want;
      best_rank = rank;
    }

  *ret_rival = rival;
  return best;
}

gboolean
vt_wants_find (const VtWants *wants,
               const VtAttribute *attribute,
               const VtWant **ret,
               GError **error)
{
  for (guint i = wants->layers->len; i > 0; i--)
    {
      const Layer *layer = g_ptr_array_index (wants->layers, i - 1);
      const VtWant *want = g_hash_table_lookup (layer->exact, attribute->key);
      const VtWant *rival = NULL;

      if (want == NULL)
        want = find_glob (layer, attribute, &rival);
      if (want == NULL)
        continue;
      if (rival != NULL)
        return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                             "%s: %s and %s match equally well; name the device", attribute->key,
                             rival->setting->key, want->setting->key);

      if (want->setting->value == NULL)
        continue; /* an exception to a wider selector of this layer */

      *ret = want;
      return TRUE;
    }

  *ret = NULL;
  return TRUE;
}

gboolean
vt_wants_name (const VtWants *wants, const VtAttribute *attribute)
{
  const VtWant *rival;

  for (guint i = 0; wants != NULL && i < wants->layers->len; i++)
    {
      const Layer *layer = g_ptr_array_index (wants->layers, i);

      if (g_hash_table_contains (layer->exact, attribute->key)
          || find_glob (layer, attribute, &rival) != NULL)
        return TRUE;
    }

  return FALSE;
}

const GPtrArray *
vt_wants_list (const VtWants *wants)
{
  return wants->list;
}
