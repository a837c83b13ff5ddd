/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/memory-onliner.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/reporting/log.h"
#include "protocol/error.h"

#define MEMORY_KEY  "memory/auto_online_blocks"
#define RUN_FOLDER  "/run/virt-tune-agent"
#define OWNS_MARKER RUN_FOLDER "/owns-memory"
#define OFF_MARKER  "/run/virt-tune-memory-off"

struct VtMemoryOnliner
{
  VtEngine *engine;
  const VtKernelFs *fs;
  VtMemoryTracker *tracker;
  char *run_folder;
  char *owns_marker;
  char *off_marker;
  gboolean warned; /* that a marker cannot be created or removed */
  VtMemorySweptFunc func;
  gpointer data;
};

VtMemoryOnliner *
vt_memory_onliner_new (VtEngine *engine, const VtKernelFs *fs, VtMemoryTracker *tracker)
{
  VtMemoryOnliner *onliner = g_new0 (VtMemoryOnliner, 1);
  const char *root = vt_kernel_fs_get_root (fs);

  onliner->engine = engine;
  onliner->fs = fs;
  onliner->tracker = tracker;
  onliner->run_folder = g_strconcat (root, RUN_FOLDER, NULL);
  onliner->owns_marker = g_strconcat (root, OWNS_MARKER, NULL);
  onliner->off_marker = g_strconcat (root, OFF_MARKER, NULL);
  return onliner;
}

void
vt_memory_onliner_free (VtMemoryOnliner *onliner)
{
  if (onliner == NULL)
    return;

  g_free (onliner->run_folder);
  g_free (onliner->owns_marker);
  g_free (onliner->off_marker);
  g_free (onliner);
}

void
vt_memory_onliner_set_func (VtMemoryOnliner *onliner, VtMemorySweptFunc func, gpointer data)
{
  onliner->func = func;
  onliner->data = data;
}

/* The reason is the same each time, so it is logged once. */
static void
onliner_warn (VtMemoryOnliner *onliner, const char *doing, const char *path)
{
  if (!onliner->warned)
    g_warning ("%s '%s': %s; udev's rule may bring memory online against the settings", doing, path,
               g_strerror (errno));
  onliner->warned = TRUE;
}

static void
create_marker (VtMemoryOnliner *onliner, const char *path)
{
  int fd;

  if (access (path, F_OK) == 0)
    return;

  fd = open (path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0)
    onliner_warn (onliner, "creating", path);
  else
    close (fd);
}

/* On a read-only file system unlink(2) fails with EROFS also where the file is absent. */
static void
remove_marker (VtMemoryOnliner *onliner, const char *path)
{
  if (access (path, F_OK) == 0 && unlink (path) < 0 && errno != ENOENT)
    onliner_warn (onliner, "removing", path);
}

/* The udev rule checks the markers for each block, so they are set before any block is changed. */
static void
onliner_set_markers (VtMemoryOnliner *onliner, const char *policy)
{
  if (g_mkdir_with_parents (onliner->run_folder, 0755) < 0)
    onliner_warn (onliner, "creating", onliner->run_folder);
  create_marker (onliner, onliner->owns_marker);

  if (g_strcmp0 (policy, "offline") == 0)
    create_marker (onliner, onliner->off_marker);
  else
    remove_marker (onliner, onliner->off_marker);
}

static void
onliner_report (const VtMemoryOnliner *onliner, const char *policy, const VtSweepResult *sweep)
{
  g_autofree char *fault = vt_sweep_result_describe_problem (sweep, policy);

  if (sweep->onlined == 0 && sweep->newly_plugged == 0 && fault == NULL)
    return;

  if (sweep->onlined > 0)
    vt_log_event (VT_LOG_ONLINED, "memory blocks brought online: %u (%s)", sweep->onlined, policy);
  if (sweep->newly_plugged > 0)
    vt_log_event (VT_LOG_ONLINED, "plugged memory blocks that others brought online: %u",
                  sweep->newly_plugged);
  if (fault != NULL)
    vt_log_event (VT_LOG_DRIFT, "memory: %s", fault);

  if (onliner->func != NULL)
    onliner->func (policy, sweep, onliner->data);
}

guint
vt_memory_onliner_run (VtMemoryOnliner *onliner, guint64 from)
{
  g_autofree char *policy = vt_engine_get_wanted (onliner->engine, MEMORY_KEY);
  g_autoptr (GError) error = NULL;
  VtSweepRequest request;
  VtSweepResult sweep = { 0 };

  onliner_set_markers (onliner, policy);
  if (policy == NULL || strcmp (policy, "offline") == 0)
    return 0;

  request = (VtSweepRequest){ .policy = policy,
                              .from = from,
                              .is_held = vt_memory_tracker_is_held,
                              .record_online = vt_memory_tracker_record_online,
                              .data = onliner->tracker };
  if (!vt_memory_sweep (onliner->fs, &request, &sweep, &error))
    {
      /* A kernel without memory hot-plug has nothing to bring online. */
      if (!g_error_matches (error, VT_ERROR, VT_ERROR_NOT_OFFERED))
        g_warning ("sweeping the memory blocks: %s", error->message);
      return 0;
    }

  if (from == 0)
    vt_memory_tracker_end_first_scan (onliner->tracker);
  onliner_report (onliner, policy, &sweep);
  return sweep.failed;
}
