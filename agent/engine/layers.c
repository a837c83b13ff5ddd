/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/layers.h"

#include "protocol/error.h"

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
  if (stack->profiles == NULL)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "there are no profiles here");

  profile = vt_profile_store_load (stack->profiles, level->profile, error);
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

/* One of the two levels: its profile, and its settings over it. A stored setting of the request may
 * be in both levels. */
static gboolean
add_level (VtWants *wants, const VtStack *stack, gboolean transient, GError **error)
{
  const VtActiveLevel *level = transient ? &stack->active->transient : &stack->active->stored;
  const VtApplyRequest *request = stack->request;
  gboolean asked = request != NULL && !request->transient == !transient;
  gboolean loaded = add_profile (wants, stack, level, asked && request->profile != NULL, error);

  add_settings (wants, level, transient ? "transient settings" : "settings",
                request != NULL && (asked || transient) ? request->settings : NULL);

  return loaded;
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
vt_layers_stack (const VtStack *stack, GError **error)
{
  g_autoptr (VtWants) wants = add_base (stack);

  if (!add_level (wants, stack, FALSE, error) || !add_level (wants, stack, TRUE, error))
    return NULL;

  return g_steal_pointer (&wants);
}

VtWants *
vt_layers_stack_what_loads (const VtStack *stack, gboolean *ret_complete)
{
  VtWants *wants = add_base (stack);

  *ret_complete = TRUE;
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) fault = NULL;

      if (add_level (wants, stack, i == 1, &fault))
        continue;

      *ret_complete = FALSE;
      if (stack->ignored != NULL)
        g_ptr_array_add (stack->ignored, g_strdup (fault->message));
    }

  return wants;
}
