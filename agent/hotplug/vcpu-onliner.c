/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/vcpu-onliner.h"

#include <string.h>

#include "agent/kernel/vcpus.h"
#include "agent/log.h"

/* As many as a kernel for x86 knows at most (NR_CPUS). */
#define CAME_MAX 8192

struct VtVcpuOnliner
{
  const VtKernelFs *fs;
  GMutex mutex;
  GArray *came; /* of guint64; under @mutex */
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
  return onliner;
}

void
vt_vcpu_onliner_free (VtVcpuOnliner *onliner)
{
  if (onliner == NULL)
    return;

  g_array_unref (onliner->came);
  g_mutex_clear (&onliner->mutex);
  g_free (onliner);
}

void
vt_vcpu_onliner_event (VtVcpuOnliner *onliner, const VtDeviceEvent *event)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = NULL;
  guint64 id;

  /* What is only told of again, as udevadm trigger has it, was not plugged. */
  if (strcmp (event->action, "add") != 0 || event->synthetic
      || !vt_vcpu_parse (event->sysname, &id))
    return;

  locker = g_mutex_locker_new (&onliner->mutex);
  if (onliner->came->len < CAME_MAX)
    g_array_append_val (onliner->came, id);
}

static GArray *
vcpu_onliner_take (VtVcpuOnliner *onliner)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&onliner->mutex);
  GArray *came = onliner->came;

  onliner->came = came_new ();
  return came;
}

void
vt_vcpu_onliner_run (VtVcpuOnliner *onliner)
{
  g_autoptr (GArray) came = vcpu_onliner_take (onliner);

  for (guint i = 0; i < came->len; i++)
    {
      guint64 id = g_array_index (came, guint64, i);
      g_autoptr (GError) error = NULL;

      if (vt_vcpu_set (onliner->fs, id, TRUE, &error))
        vt_log_event (VT_LOG_ONLINED, "processor %" G_GUINT64_FORMAT " is online", id);
      else
        vt_log_event (VT_LOG_DRIFT, "processor that stays offline: %s", error->message);
    }
}
