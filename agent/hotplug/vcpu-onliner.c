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

typedef struct
{
  guint64 id;
  guint tries;
} Failure;

struct VtVcpuOnliner
{
  const VtKernelFs *fs;
  GMutex mutex;
  GArray *added;          /* of guint64: ids of plugged vCPUs; under @mutex */
  gboolean needs_scan;    /* the agent may have missed a vCPU; under @mutex */
  gboolean retry;         /* the next run tries failed vCPUs again; under @mutex */
  VtPersistentList *seen; /* this member and those below: worker's thread only */
  gboolean has_baseline;  /* @seen contains the vCPUs that existed when the first agent of this boot
                             started */
  GArray *failures;       /* of Failure: vCPUs that could not be brought online */
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
  onliner->failures = g_array_new (FALSE, FALSE, sizeof (Failure));
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
  g_array_unref (onliner->failures);
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

void
vt_vcpu_onliner_retry (VtVcpuOnliner *onliner)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&onliner->mutex);

  onliner->retry = TRUE;
}

static GArray *
vcpu_onliner_take (VtVcpuOnliner *onliner, gboolean *ret_scan, gboolean *ret_retry)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&onliner->mutex);
  GArray *added = onliner->added;

  *ret_scan = onliner->needs_scan;
  *ret_retry = onliner->retry;
  onliner->needs_scan = FALSE;
  onliner->retry = FALSE;
  onliner->added = new_id_array ();
  return added;
}

static Failure *
vcpu_onliner_find_failure (const VtVcpuOnliner *onliner, guint64 id)
{
  for (guint i = 0; i < onliner->failures->len; i++)
    {
      Failure *failure = &g_array_index (onliner->failures, Failure, i);

      if (failure->id == id)
        return failure;
    }

  return NULL;
}

/* A processor may be unplugged before it is brought online. */
static gboolean
vcpu_onliner_is_there (const VtVcpuOnliner *onliner, guint64 id)
{
  char path[64];

  g_snprintf (path, sizeof path, VCPUS "%" G_GUINT64_FORMAT, id);
  return vt_kernel_fs_exists (onliner->fs, path);
}

/* Records the failure of the first try after a plug event; that restarts the count of tries. */
static void
vcpu_onliner_record_failure (VtVcpuOnliner *onliner, guint64 id)
{
  Failure *known = vcpu_onliner_find_failure (onliner, id);
  const Failure failure = { .id = id, .tries = 1 };

  if (known != NULL)
    known->tries = 1;
  else if (onliner->failures->len < ADDED_MAX)
    g_array_append_val (onliner->failures, failure);
}

static void
vcpu_onliner_drop_failure (VtVcpuOnliner *onliner, guint64 id)
{
  const Failure *failure = vcpu_onliner_find_failure (onliner, id);

  if (failure != NULL)
    g_array_remove_index (onliner->failures,
                          (guint) (failure - (const Failure *) (gpointer) onliner->failures->data));
}

static void
vcpu_onliner_bring_online (VtVcpuOnliner *onliner, guint64 id)
{
  const gboolean failed_before = vcpu_onliner_find_failure (onliner, id) != NULL;
  g_autoptr (GError) error = NULL;

  vt_persistent_list_add (onliner->seen, id);
  if (vt_vcpu_set (onliner->fs, id, TRUE, &error))
    {
      vcpu_onliner_drop_failure (onliner, id);
      vt_log_event (VT_LOG_ONLINED, "processor %" G_GUINT64_FORMAT " is online", id);
      return;
    }

  if (!vcpu_onliner_is_there (onliner, id))
    {
      vcpu_onliner_drop_failure (onliner, id);
      g_info ("processor %" G_GUINT64_FORMAT " was removed: %s", id, error->message);
      return;
    }

  vcpu_onliner_record_failure (onliner, id);
  if (failed_before)
    g_info ("processor %" G_GUINT64_FORMAT " failed again: %s", id, error->message);
  else
    vt_log_event (VT_LOG_DRIFT, "processor stays offline: %s; up to %d more tries", error->message,
                  VT_VCPU_TRIES_MAX - 1);
}

/* FALSE: the processor is online or was removed. */
static gboolean
vcpu_onliner_try_again (const VtVcpuOnliner *onliner, Failure *failure)
{
  g_autoptr (GError) error = NULL;

  if (failure->tries >= VT_VCPU_TRIES_MAX)
    return TRUE; /* stays on the list, so that an event restarts the tries without a log entry */
  if (!vcpu_onliner_is_there (onliner, failure->id))
    return FALSE;
  if (vt_vcpu_set (onliner->fs, failure->id, TRUE, &error))
    {
      vt_log_event (VT_LOG_ONLINED, "processor %" G_GUINT64_FORMAT " is online", failure->id);
      return FALSE;
    }

  failure->tries++;
  g_info ("try %u of processor %" G_GUINT64_FORMAT ": %s", failure->tries, failure->id,
          error->message);
  return TRUE;
}

static void
vcpu_onliner_try_all_again (VtVcpuOnliner *onliner, gboolean restart)
{
  for (guint i = onliner->failures->len; i-- > 0;)
    {
      Failure *failure = &g_array_index (onliner->failures, Failure, i);

      if (restart)
        failure->tries = 0;
      if (!vcpu_onliner_try_again (onliner, failure))
        g_array_remove_index (onliner->failures, i);
    }
}

/* The smallest number of tries among the vCPUs to try again; 0: there are none. */
static guint
vcpu_onliner_count_tries (const VtVcpuOnliner *onliner)
{
  guint tries = VT_VCPU_TRIES_MAX;

  for (guint i = 0; i < onliner->failures->len; i++)
    tries = MIN (tries, g_array_index (onliner->failures, Failure, i).tries);

  return tries < VT_VCPU_TRIES_MAX ? tries : 0;
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

guint
vt_vcpu_onliner_run (VtVcpuOnliner *onliner)
{
  gboolean scan;
  gboolean retry;
  g_autofree char *text = NULL;
  g_autoptr (GArray) added = vcpu_onliner_take (onliner, &scan, &retry);

  if (retry || scan)
    vcpu_onliner_try_all_again (onliner, scan);
  for (guint i = 0; i < added->len; i++)
    vcpu_onliner_bring_online (onliner, g_array_index (added, guint64, i));
  if (scan)
    vcpu_onliner_scan (onliner);
  text = vt_persistent_list_take_text (onliner->seen);
  if (text != NULL)
    vt_persistent_list_write (onliner->seen, text);

  return vcpu_onliner_count_tries (onliner);
}
