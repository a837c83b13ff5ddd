/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/context.h"

void
vt_planning_init (VtPlanning *planning,
                  const VtContext *context,
                  const char *section,
                  const char *device)
{
  const VtActive *active = vt_state_get_effective (context->state);

  *planning = (VtPlanning) {
    .attributes
    = vt_attributes_enumerate (context->tunables, context->system, section, device),
    .stack = {
      .base = context->base,
      .active = active,
      .profiles = context->profiles,
    },
    .request = {
      .system = context->system,
      .tunables = context->tunables,
      .hints = active->hints,
      .records = vt_state_get_records (context->state),
      .refusals = context->refusals,
      .scope = VT_SCOPE_ALL,
    },
  };
  planning->request.attributes = planning->attributes;
}

void
vt_planning_make_plan (VtPlanning *planning)
{
  planning->request.wants = planning->wants;
  planning->request.previous = planning->previous;
  planning->request.named = planning->named;
  g_clear_pointer (&planning->plan, vt_plan_free);
  planning->plan = vt_plan_new (&planning->request);
}

void
vt_planning_await_udev (const VtPlanning *planning, const VtContext *context)
{
  const GPtrArray *items = planning->plan->items;

  for (guint i = 0; i < items->len; i++)
    {
      const VtItem *item = g_ptr_array_index (items, i);
      const VtAttribute *attribute = item->attribute;

      if (item->verdict == VT_VERDICT_WRITE && attribute->device != NULL
          && vt_state_get_record (context->state, attribute->key) == NULL)
        vt_drift_await_udev (context->drift, attribute->section, attribute->device,
                             vt_attribute_identity (attribute));
    }
}

void
vt_planning_clear (VtPlanning *planning)
{
  g_clear_pointer (&planning->plan, vt_plan_free);
  g_clear_pointer (&planning->wants, vt_wants_free);
  g_clear_pointer (&planning->previous, vt_wants_free);
  g_clear_pointer (&planning->named, vt_wants_free);
  g_clear_pointer (&planning->attributes, vt_attributes_free);
}
