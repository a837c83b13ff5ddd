/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/onliner.h"

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

struct VtOnliner
{
  VtEngine *engine;
  const VtKernelFs *fs;
  VtMemoryBook *book;
  char *folder;
  char *owns;
  char *off;
  VtOnlinedFunc func;
  gpointer data;
};

VtOnliner *
vt_onliner_new (VtEngine *engine, const VtKernelFs *fs, VtMemoryBook *book)
{
  VtOnliner *onliner = g_new0 (VtOnliner, 1);
  const char *root = vt_kernel_fs_get_root (fs);

  onliner->engine = engine;
  onliner->fs = fs;
  onliner->book = book;
  onliner->folder = g_strconcat (root, RUN_FOLDER, NULL);
  onliner->owns = g_strconcat (root, OWNS_MARKER, NULL);
  onliner->off = g_strconcat (root, OFF_MARKER, NULL);
  return onliner;
}

void
vt_onliner_free (VtOnliner *onliner)
{
  if (onliner == NULL)
    return;

  g_free (onliner->folder);
  g_free (onliner->owns);
  g_free (onliner->off);
  g_free (onliner);
}

void
vt_onliner_set_func (VtOnliner *onliner, VtOnlinedFunc func, gpointer data)
{
  onliner->func = func;
  onliner->data = data;
}

/* No failure worth more than a word: without it the rule merely races us to the same end. */
static void
onliner_make_marker (const char *path)
{
  int fd;

  if (access (path, F_OK) == 0)
    return;

  fd = open (path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0)
    g_info ("making '%s': %s", path, g_strerror (errno));
  else
    close (fd);
}

/* The rule looks for the markers at each block, so they are made before a block is touched. */
static void
onliner_mark (const VtOnliner *onliner, const char *word)
{
  if (g_mkdir_with_parents (onliner->folder, 0755) < 0)
    g_info ("making '%s': %s", onliner->folder, g_strerror (errno));
  onliner_make_marker (onliner->owns);

  if (g_strcmp0 (word, "offline") == 0)
    onliner_make_marker (onliner->off);
  else if (unlink (onliner->off) < 0 && errno != ENOENT)
    g_warning ("removing '%s': %s", onliner->off, g_strerror (errno));
}

static void
onliner_tell (const VtOnliner *onliner, const char *word, const VtSweep *sweep)
{
  g_autofree char *fault = vt_sweep_get_fault (sweep, word);

  if (sweep->onlined == 0 && sweep->came == 0 && fault == NULL)
    return;

  if (sweep->onlined > 0)
    vt_log_event (VT_LOG_ONLINED, "memory blocks brought online: %u (%s)", sweep->onlined, word);
  if (sweep->came > 0)
    vt_log_event (VT_LOG_ONLINED, "memory blocks that came and are online: %u", sweep->came);
  if (fault != NULL)
    vt_log_event (VT_LOG_DRIFT, "memory: %s", fault);

  if (onliner->func != NULL)
    onliner->func (word, sweep, onliner->data);
}

guint
vt_onliner_run (VtOnliner *onliner, guint64 from)
{
  g_autofree char *word = vt_engine_get_wanted (onliner->engine, MEMORY_KEY);
  g_autoptr (GError) error = NULL;
  VtSweepWish wish;
  VtSweep sweep = { 0 };

  onliner_mark (onliner, word);
  if (word == NULL || strcmp (word, "offline") == 0)
    return 0;

  wish = (VtSweepWish){ .word = word,
                        .from = from,
                        .held = vt_memory_book_is_held,
                        .meet = vt_memory_book_meet,
                        .data = onliner->book };
  if (!vt_memory_sweep (onliner->fs, &wish, &sweep, &error))
    {
      /* A kernel without memory hot-plug has nothing to bring online. */
      if (!g_error_matches (error, VT_ERROR, VT_ERROR_NOT_OFFERED))
        g_warning ("looking for offline memory: %s", error->message);
      return 0;
    }

  if (from == 0)
    vt_memory_book_looked (onliner->book);
  onliner_tell (onliner, word, &sweep);
  return sweep.failed;
}
