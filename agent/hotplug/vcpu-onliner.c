/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/vcpu-onliner.h"

#include <string.h>

#include "agent/hotplug/persistent-list.h"
#include "agent/kernel/vcpus.h"
#include "agent/reporting/log.h"

/* The highest number of CPUs that the kernel supports on x86 (NR_CPUS). */
#define ADDED_MAX 8192

#define SEEN_FILE "/run/virt-tune-vcpus-seen"
#define VCPUS     "/sys/devices/system/cpu/cpu"

struct VtVcpuOnliner
{
  const VtKernelFs *fs;
  GMutex mutex;
  GArray *added;          /* of guint64: ids of plugged vCPUs; under @mutex */
  gboolean needs_scan;    /* the agent may have missed a vCPU; under @mutex */
  VtPersistentList *seen; /* used on the worker's thread only */
  gboolean has_baseline;  /* @seen contains the vCPUs that existed when the first agent of this boot
                             started; used on the worker's thread only */
};

static GArray *
new_id_array (void)
{
  return g_array_new (FALSE, FALSE, sizeof (guint64));
}

VtVcpuOnliner *
vt_vcpu_onliner_new (const VtKernelFs *fs)
{
  VtVcpuOnliner *onliner = g_new0 (VtVcpuOnliner, 1);

  g_mutex_init (&onliner->mutex);
  onliner->fs = fs;
  onliner->added = new_id_array ();
  onliner->needs_scan = TRUE;
  onliner->seen = vt_persistent_list_new (vt_kernel_fs_get_root (fs), SEEN_FILE, VCPUS);
  onliner->has_baseline = vt_persistent_list_was_loaded (onliner->seen);
  return onliner;
}

void
vt_vcpu_onliner_free (VtVcpuOnliner *onliner)
{
  if (onliner == NULL)
    return;

  g_array_unref (onliner->added);
  vt_persistent_list_free (onliner->seen);
  g_mutex_clear (&onliner->mutex);
  g_free (onliner);
}

void
vt_vcpu_onliner_handle_event (VtVcpuOnliner *onliner, const VtDeviceEvent *event)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&onliner->mutex);
  guint64 id;

  if (event == NULL)
    {
      onliner->needs_scan = TRUE;
      return;
    }

  /* A synthetic event, as of udevadm trigger, does not mean that a vCPU was plugged. */
  if (strcmp (event->action, "add") != 0 || event->synthetic
      || !vt_vcpu_parse (event->sysname, &id))
    return;

  if (onliner->added->len < ADDED_MAX)
    g_array_append_val (onliner->added, id);
  else
    onliner->needs_scan = TRUE;
}

static GArray *
vcpu_onliner_take (VtVcpuOnliner *onliner, gboolean *ret_scan)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&onliner->mutex);
  GArray *added = onliner->added;

  *ret_scan = onliner->needs_scan;
  onliner->needs_scan = FALSE;
  onliner->added = new_id_array ();
  return added;
}

static void
vcpu_onliner_bring_online (VtVcpuOnliner *onliner, guint64 id)
{
  g_autoptr (GError) error = NULL;

  vt_persistent_list_add (onliner->seen, id);
  if (vt_vcpu_set (onliner->fs, id, TRUE, &error))
    vt_log_event (VT_LOG_ONLINED, "processor %" G_GUINT64_FORMAT " is online", id);
  else
    vt_log_event (VT_LOG_DRIFT, "a plugged processor stays offline: %s", error->message);
}

static void
vcpu_onliner_scan (VtVcpuOnliner *onliner)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) vcpus = vt_vcpus_list (onliner->fs, &error);

  if (vcpus == NULL)
    {
      g_info ("scanning for plugged processors: %s", error->message);
      return;
    }

  for (guint i = 0; i < vcpus->len; i++)
    {
      const VtVcpu *vcpu = &g_array_index (vcpus, VtVcpu, i);

      if (onliner->has_baseline && !vcpu->online
          && !vt_persistent_list_contains (onliner->seen, vcpu->id))
        vcpu_onliner_bring_online (onliner, vcpu->id);
      else
        vt_persistent_list_add (onliner->seen, vcpu->id);
    }
  onliner->has_baseline = TRUE;
}

void
vt_vcpu_onliner_run (VtVcpuOnliner *onliner)
{
  gboolean scan;
  g_autofree char *text = NULL;
  g_autoptr (GArray) added = vcpu_onliner_take (onliner, &scan);

  for (guint i = 0; i < added->len; i++)
    vcpu_onliner_bring_online (onliner, g_array_index (added, guint64, i));
  if (scan)
    vcpu_onliner_scan (onliner);
  text = vt_persistent_list_take_text (onliner->seen);
  if (text != NULL)
    vt_persistent_list_write (onliner->seen, text);
}
