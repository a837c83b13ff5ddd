/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/operations.h"

#include "agent/engine/attributes.h"
#include "agent/tunables/disk-hint.h"

static VtAttributeStatus *
status_of (const VtContext *context, const VtAttribute *attribute, const VtWants *wants)
{
  VtAttributeStatus *status = g_new0 (VtAttributeStatus, 1);
  const VtRecord *record = vt_state_get_record (context->state, attribute->key);
  const VtWant *want = NULL;

  status->key = g_strdup (attribute->key);
  status->number = attribute->number;
  status->value = attribute->ops->read (attribute, context->system, NULL);
  if (attribute->ops->allowed != NULL)
    status->allowed = attribute->ops->allowed (attribute, context->system);

  if (vt_wants_find (wants, attribute, &want, NULL) && want != NULL)
    {
      status->wanted = g_strdup (want->setting->value);
      status->source = g_strdup (want->source);
    }

  if (record != NULL && g_str_equal (record->identity, vt_attribute_identity (attribute)))
    status->original = g_strdup (record->original);

  return status;
}

static int
compare_status (gconstpointer a, gconstpointer b)
{
  const VtAttributeStatus *first = *(const VtAttributeStatus *const *) a;
  const VtAttributeStatus *second = *(const VtAttributeStatus *const *) b;

  return strcmp (first->key, second->key);
}

GPtrArray *
vt_run_status (const VtContext *context)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_attribute_status_free);
  g_auto (VtPlanning) planning = { NULL };
  gboolean complete;

  vt_planning_init (&planning, context, NULL, NULL);
  planning.wants = vt_layers_stack (&planning.stack, &complete, NULL);
  for (guint i = 0; i < planning.attributes->list->len; i++)
    g_ptr_array_add (list, status_of (context, g_ptr_array_index (planning.attributes->list, i),
                                      planning.wants));

  g_ptr_array_sort (list, compare_status);
  return list;
}

void
vt_run_check_profiles (const VtContext *context, GPtrArray *warnings)
{
  const VtStack stack
      = { .active = vt_state_get_effective (context->state), .profiles = context->profiles };
  g_autoptr (GError) fault = NULL;

  if (!vt_layers_check (&stack, &fault))
    g_ptr_array_add (warnings, g_strdup (fault->message));
}

void
vt_run_check_hints (const VtContext *context, GPtrArray *warnings)
{
  vt_disk_hints_list_unused (context->system->fs, vt_state_get_effective (context->state)->hints,
                             warnings);
}

char *
vt_run_get_wanted (const VtContext *context, const char *key)
{
  g_autoptr (VtSetting) name = vt_setting_new (key, "auto", FALSE, NULL);
  g_autoptr (VtWants) wants = NULL;
  VtAttribute probe = { 0 };
  VtStack stack = {
    .base = context->base,
    .active = vt_state_get_effective (context->state),
    .profiles = context->profiles,
  };
  const VtWant *want = NULL;
  gboolean complete;

  if (name == NULL)
    return NULL;

  wants = vt_layers_stack (&stack, &complete, NULL);
  probe.key = name->key;
  probe.section = name->section;
  probe.device = name->selector;
  probe.name = name->name;

  if (!vt_wants_find (wants, &probe, &want, NULL) || want == NULL)
    return NULL;

  return g_strdup (want->setting->value);
}
