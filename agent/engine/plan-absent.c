/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/planner.h"

#include "agent/engine/unknown-setting.h"
#include "protocol/error.h"

static gboolean
is_strict (const VtWant *want)
{
  return (want->flags & VT_WANT_BY_HOST) != 0 && (want->flags & VT_WANT_FRESH) != 0;
}

static VtItem *
add_absent (VtPlan *plan, const VtWant *want, VtVerdict verdict)
{
  VtItem *item = vt_item_new (NULL, want->setting->key, want, verdict);

  g_ptr_array_add (plan->items, item);

  return item;
}

/* The agent has no such setting. */
static void
add_unknown (VtPlan *plan, const VtPlanRequest *request, const VtWant *want)
{
  const VtSetting *setting = want->setting;
  g_autofree char *advice = NULL;
  VtItem *item;

  if (!is_strict (want))
    {
      g_ptr_array_add (plan->ignored,
                       g_strdup_printf ("%s=%s of %s: no such setting is carried out", setting->key,
                                        setting->value, want->source));
      return;
    }

  advice = vt_advise_unknown_setting (request->tunables, setting);
  item = add_absent (plan, want, VT_VERDICT_FAULT);
  vt_error_set (&item->fault, VT_ERROR_INVALID_ARGUMENT, "%s=%s: there is no such setting; %s",
                setting->key, setting->value, advice);
}

/* Whether the guest has the device; it may be one that offers no attribute. */
static gboolean
has_device (const VtPlanRequest *request, const VtSetting *setting)
{
  g_autoptr (GPtrArray) devices = NULL;

  if (vt_attributes_has_device (request->attributes, setting->section, setting->selector))
    return TRUE;

  devices = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_device_free);
  for (guint i = 0; request->tunables[i] != NULL; i++)
    {
      const VtTunable *tunable = request->tunables[i];

      if (tunable->describe != NULL && g_str_equal (tunable->section, setting->section))
        tunable->describe (request->system, devices);
    }

  for (guint i = 0; i < devices->len; i++)
    {
      if (g_str_equal (((const VtDevice *) devices->pdata[i])->name, setting->selector))
        return TRUE;
    }

  return FALSE;
}

/* The device that the setting names is not there. */
static void
add_without_device (VtPlan *plan, const VtPlanRequest *request, const VtWant *want)
{
  const VtSetting *setting = want->setting;
  g_autofree char *devices = NULL;
  VtItem *item;

  if (!is_strict (want) || request->allow_absent)
    {
      item = add_absent (plan, want, VT_VERDICT_PENDING);
      item->reason = g_strdup_printf ("there is no device %s", setting->selector);
      return;
    }

  devices = vt_attributes_list_devices (request->attributes, setting->section);
  item = add_absent (plan, want, VT_VERDICT_FAULT);
  vt_error_set (&item->fault, VT_ERROR_NO_SUCH_DEVICE,
                "%s=%s: there is no %s device %s; there %s %s", setting->key, setting->value,
                setting->section, setting->selector, *devices == '\0' ? "is" : "are",
                *devices == '\0' ? "none" : devices);
}

/* The kernel or the device has no such attribute. */
static void
add_not_offered (VtPlan *plan, const VtWant *want)
{
  const VtSetting *setting = want->setting;
  VtItem *item = add_absent (plan, want, VT_VERDICT_NOT_OFFERED);

  vt_error_set (&item->fault, VT_ERROR_NOT_OFFERED, "%s=%s: this %s has no %s", setting->key,
                setting->value, setting->selector != NULL ? "device" : "kernel", setting->name);
  if (is_strict (want))
    item->verdict = VT_VERDICT_FAULT;
}

static gboolean
is_in_scope (const VtPlanRequest *request, const VtWant *want)
{
  return request->scope == VT_SCOPE_ALL
         || (request->scope == VT_SCOPE_CHANGED && (want->flags & VT_WANT_FRESH) != 0);
}

static void
add_if_absent (VtPlan *plan, const VtPlanRequest *request, const VtWant *want)
{
  const VtSetting *setting = want->setting;

  if (!vt_tunables_know (request->tunables, setting->section, setting->name))
    add_unknown (plan, request, want);
  else if (!vt_want_is_exact (want)
           || vt_attributes_get (request->attributes, setting->key) != NULL)
    return;
  else if (setting->selector != NULL && !has_device (request, setting))
    add_without_device (plan, request, want);
  else
    add_not_offered (plan, want);
}

void
vt_planner_add_absent (VtPlan *plan, const VtPlanRequest *request)
{
  const GPtrArray *wants = vt_wants_list (request->wants);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  /* From the highest layer down, so that a setting that it overrides is not reported, too. */
  for (guint i = wants->len; i > 0; i--)
    {
      const VtWant *want = g_ptr_array_index (wants, i - 1);

      if (is_in_scope (request, want) && g_hash_table_add (seen, want->setting->key))
        add_if_absent (plan, request, want);
    }
}
