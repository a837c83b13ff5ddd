/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/layers.h"

#include "protocol/error.h"

static VtProfile *
load (const VtStack *stack, const char *name, GError **error)
{
  if (stack->profiles != NULL)
    return vt_profile_store_load (stack->profiles, name, error);

  vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "there are no profiles here");
  return NULL;
}

static gboolean
add_profile (VtWants *wants,
             const VtStack *stack,
             const VtActiveLevel *level,
             gboolean fresh,
             GError **error)
{
  g_autoptr (VtProfile) profile = NULL;

  if (level->profile == NULL)
    return TRUE;

  profile = load (stack, level->profile, error);
  if (profile == NULL)
    return FALSE;

  for (guint i = 0; i < profile->layers->len; i++)
    {
      const VtProfileLayer *part = g_ptr_array_index (profile->layers, i);
      g_autofree char *source = g_strconcat ("profile ", part->profile, NULL);
      VtLayer layer = {
        .source = source,
        .settings = part->settings,
        .flags = (fresh ? VT_WANT_FRESH : 0) | (level->profile_forced ? VT_WANT_FORCED : 0),
      };

      vt_wants_add (wants, &layer);
    }

  for (guint i = 0; stack->ignored != NULL && i < profile->ignored->len; i++)
    g_ptr_array_add (stack->ignored, g_strdup (g_ptr_array_index (profile->ignored, i)));

  return TRUE;
}

static void
add_settings (VtWants *wants,
              const VtActiveLevel *level,
              const char *source,
              const VtSettings *fresh)
{
  VtLayer layer = {
    .source = source,
    .settings = level->settings,
    .flags = VT_WANT_BY_HOST,
    .fresh = fresh,
    .forced = level->forced,
  };

  vt_wants_add (wants, &layer);
}

static const VtActiveLevel *
get_level (const VtStack *stack, gboolean transient)
{
  return transient ? &stack->active->transient : &stack->active->stored;
}

/* One of the two levels: its profile, and its settings over it. A stored setting of the request may
 * be in both levels. FALSE: the profile that the request names cannot be loaded. */
static gboolean
add_level (VtWants *wants,
           const VtStack *stack,
           gboolean transient,
           gboolean *ret_complete,
           GError **error)
{
  const VtActiveLevel *level = get_level (stack, transient);
  const VtApplyRequest *request = stack->request;
  const gboolean asked = request != NULL && !request->transient == !transient;
  const gboolean named = asked && request->profile != NULL;

  if (!add_profile (wants, stack, level, named, named ? error : NULL))
    {
      if (named)
        return FALSE;
      *ret_complete = FALSE;
    }

  add_settings (wants, level, transient ? "transient settings" : "settings",
                request != NULL && (asked || transient) ? request->settings : NULL);

  return TRUE;
}

static VtWants *
add_base (const VtStack *stack)
{
  VtWants *wants = vt_wants_new ();
  VtLayer layer = { .source = "base policy", .settings = stack->base };

  if (stack->base != NULL)
    vt_wants_add (wants, &layer);

  return wants;
}

VtWants *
vt_layers_stack (const VtStack *stack, gboolean *ret_complete, GError **error)
{
  g_autoptr (VtWants) wants = add_base (stack);

  *ret_complete = TRUE;
  if (!add_level (wants, stack, FALSE, ret_complete, error)
      || !add_level (wants, stack, TRUE, ret_complete, error))
    return NULL;

  return g_steal_pointer (&wants);
}

gboolean
vt_layers_check (const VtStack *stack, GError **error)
{
  for (guint i = 0; i < 2; i++)
    {
      const char *name = get_level (stack, i == 1)->profile;
      g_autoptr (GError) fault = NULL;
      g_autoptr (VtProfile) profile = name != NULL ? load (stack, name, &fault) : NULL;

      if (name != NULL && profile == NULL)
        return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                             "nothing of the active profile %s is in force, as it cannot be "
                             "loaded: %s",
                             name, fault->message);
    }

  return TRUE;
}
