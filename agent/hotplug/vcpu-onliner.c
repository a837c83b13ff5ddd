/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/vcpu-onliner.h"

#include <string.h>

#include "agent/hotplug/roster.h"
#include "agent/kernel/vcpus.h"
#include "agent/reporting/log.h"

/* As many as a kernel for x86 knows at most (NR_CPUS). */
#define CAME_MAX 8192

#define SEEN_FILE "/run/virt-tune-vcpus-seen"
#define VCPUS     "/sys/devices/system/cpu/cpu"

struct VtVcpuOnliner
{
  const VtKernelFs *fs;
  GMutex mutex;
  GArray *came;      /* of guint64; under @mutex */
  gboolean missed;   /* one may have come unseen; under @mutex */
  VtRoster *seen;    /* the worker's alone, as what follows */
  gboolean is_known; /* which were there when the first agent of this boot began */
};

static GArray *
came_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (guint64));
}

VtVcpuOnliner *
vt_vcpu_onliner_new (const VtKernelFs *fs)
{
  VtVcpuOnliner *onliner = g_new0 (VtVcpuOnliner, 1);

  g_mutex_init (&onliner->mutex);
  onliner->fs = fs;
  onliner->came = came_new ();
  onliner->missed = TRUE;
  onliner->seen = vt_roster_new (vt_kernel_fs_get_root (fs), SEEN_FILE, VCPUS);
  onliner->is_known = vt_roster_was_kept (onliner->seen);
  return onliner;
}

void
vt_vcpu_onliner_free (VtVcpuOnliner *onliner)
{
  if (onliner == NULL)
    return;

  g_array_unref (onliner->came);
  vt_roster_free (onliner->seen);
  g_mutex_clear (&onliner->mutex);
  g_free (onliner);
}

void
vt_vcpu_onliner_event (VtVcpuOnliner *onliner, const VtDeviceEvent *event)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&onliner->mutex);
  guint64 id;

  if (event == NULL)
    {
      onliner->missed = TRUE;
      return;
    }

  /* What is only told of again, as udevadm trigger has it, was not plugged. */
  if (strcmp (event->action, "add") != 0 || event->synthetic
      || !vt_vcpu_parse (event->sysname, &id))
    return;

  if (onliner->came->len < CAME_MAX)
    g_array_append_val (onliner->came, id);
  else
    onliner->missed = TRUE;
}

static GArray *
vcpu_onliner_take (VtVcpuOnliner *onliner, gboolean *ret_missed)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&onliner->mutex);
  GArray *came = onliner->came;

  *ret_missed = onliner->missed;
  onliner->missed = FALSE;
  onliner->came = came_new ();
  return came;
}

static void
vcpu_onliner_bring_online (VtVcpuOnliner *onliner, guint64 id)
{
  g_autoptr (GError) error = NULL;

  vt_roster_add (onliner->seen, id);
  if (vt_vcpu_set (onliner->fs, id, TRUE, &error))
    vt_log_event (VT_LOG_ONLINED, "processor %" G_GUINT64_FORMAT " is online", id);
  else
    vt_log_event (VT_LOG_DRIFT, "processor that stays offline: %s", error->message);
}

static void
vcpu_onliner_look (VtVcpuOnliner *onliner)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) vcpus = vt_vcpus_list (onliner->fs, &error);

  if (vcpus == NULL)
    {
      g_info ("looking for processors: %s", error->message);
      return;
    }

  for (guint i = 0; i < vcpus->len; i++)
    {
      const VtVcpu *vcpu = &g_array_index (vcpus, VtVcpu, i);

      if (onliner->is_known && !vcpu->online && !vt_roster_contains (onliner->seen, vcpu->id))
        vcpu_onliner_bring_online (onliner, vcpu->id);
      else
        vt_roster_add (onliner->seen, vcpu->id);
    }
  onliner->is_known = TRUE;
}

void
vt_vcpu_onliner_run (VtVcpuOnliner *onliner)
{
  gboolean missed;
  g_autofree char *text = NULL;
  g_autoptr (GArray) came = vcpu_onliner_take (onliner, &missed);

  for (guint i = 0; i < came->len; i++)
    vcpu_onliner_bring_online (onliner, g_array_index (came, guint64, i));
  if (missed)
    vcpu_onliner_look (onliner);
  text = vt_roster_take_text (onliner->seen);
  if (text != NULL)
    vt_roster_write (onliner->seen, text);
}
