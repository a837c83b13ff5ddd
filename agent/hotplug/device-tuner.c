/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/device-tuner.h"

#include "agent/reporting/log.h"
#include "agent/tunables/side-effects.h"

struct VtDeviceTuner
{
  VtEngine *engine;
  VtDeviceTunedFunc tuned;
  gpointer data;
  VtPending *deferred; /* while a provisional apply waits to be confirmed */
};

VtDeviceTuner *
vt_device_tuner_new (VtEngine *engine, VtDeviceTunedFunc tuned, gpointer data)
{
  VtDeviceTuner *tuner = g_new (VtDeviceTuner, 1);

  *tuner = (VtDeviceTuner){ engine, tuned, data, vt_pending_new () };

  return tuner;
}

void
vt_device_tuner_free (VtDeviceTuner *tuner)
{
  vt_pending_free (tuner->deferred);
  g_free (tuner);
}

static void
log_report (const VtReport *report)
{
  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = report->rows->pdata[i];

      if (row->result == VT_RESULT_APPLIED)
        g_message ("%s: %s (was %s)", row->key, row->to != NULL ? row->to : row->wanted,
                   row->from != NULL ? row->from : "unknown");
      else if (row->result == VT_RESULT_FAILED || row->result == VT_RESULT_DRIFT)
        vt_log_event (VT_LOG_DRIFT, "%s: %s", row->key,
                      row->reason != NULL ? row->reason : "failed");
    }
}

static void
converge (VtDeviceTuner *tuner, const char *section, const char *device, gboolean early)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) error = NULL;

  if (!vt_engine_converge (tuner->engine, section, device, early, &report, &error))
    {
      g_message ("tuning %s after a change: %s", device != NULL ? device : "all devices",
                 error->message);
      return;
    }

  log_report (report);
  if (tuner->tuned != NULL)
    tuner->tuned (section, device, report, tuner->data);
}

static void
tune_devices (VtDeviceTuner *tuner, const GPtrArray *devices)
{
  for (guint i = 0; i < devices->len; i++)
    {
      const VtPendingDevice *device = devices->pdata[i];

      if (device->removed)
        vt_engine_forget (tuner->engine, device->section, device->device);
      if (device->added)
        converge (tuner, device->section, device->device, device->early);
    }
}

/* Whether the settings want an attribute that the kernel sets when memory comes or goes. */
static gboolean
is_reset_by_memory (VtDeviceTuner *tuner)
{
  guint n;
  const VtSideEffect *table = vt_side_effects_list (&n);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *wanted = table[i].kind == VT_SIDE_EFFECT_OF_MEMORY
                                    ? vt_engine_get_wanted (tuner->engine, table[i].changed)
                                    : NULL;

      if (wanted != NULL)
        return TRUE;
    }

  return FALSE;
}

static void
tune (VtDeviceTuner *tuner, VtPendingFlags flags, const GPtrArray *devices)
{
  if (devices != NULL)
    tune_devices (tuner, devices);
  if (flags & VT_PENDING_ALL_DEVICES)
    {
      converge (tuner, "block", NULL, FALSE);
      converge (tuner, "net", NULL, FALSE);
    }
  if ((flags & (VT_PENDING_ALL_DEVICES | VT_PENDING_CPUS)) != 0
      || ((flags & VT_PENDING_MEMORY) != 0 && is_reset_by_memory (tuner)))
    converge (tuner, NULL, NULL, FALSE);
}

static gboolean
has_provisional_apply (VtDeviceTuner *tuner)
{
  g_autoptr (VtProvisionalStatus) provisional = vt_engine_get_provisional (tuner->engine);

  return provisional != NULL;
}

/* udev's rules will have run before a deferred device is tuned, so it is no longer early. */
static void
defer (VtDeviceTuner *tuner, VtPendingFlags flags, const GPtrArray *devices)
{
  vt_pending_add (tuner->deferred,
                  flags & (VT_PENDING_ALL_DEVICES | VT_PENDING_CPUS | VT_PENDING_MEMORY));
  for (guint i = 0; devices != NULL && i < devices->len; i++)
    {
      const VtPendingDevice *device = devices->pdata[i];

      if (device->removed)
        vt_pending_add_device (tuner->deferred, device->section, device->device,
                               VT_PENDING_REMOVED);
      if (device->added)
        vt_pending_add_device (tuner->deferred, device->section, device->device, VT_PENDING_ADDED);
    }
}

void
vt_device_tuner_run (VtDeviceTuner *tuner, VtPendingFlags flags, const GPtrArray *devices)
{
  g_autoptr (GPtrArray) deferred = NULL;

  if (has_provisional_apply (tuner))
    {
      /* An earlier agent process made the provisional apply. The devices that were added meanwhile
       * are not known, so all are tuned. */
      if (flags & VT_PENDING_START)
        flags |= VT_PENDING_ALL_DEVICES | VT_PENDING_CPUS;
      defer (tuner, flags, devices);
      return;
    }

  flags |= vt_pending_take (tuner->deferred, &deferred, NULL);
  tune (tuner, 0, deferred);
  tune (tuner, flags, devices);
}
