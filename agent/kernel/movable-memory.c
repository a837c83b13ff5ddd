/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/movable-memory.h"

#include <string.h>

#include "protocol/error.h"

#define RATIO_PATH    "sys/module/memory_hotplug/parameters/auto_movable_ratio"
#define RATIO_DEFAULT 301 /* percent; the kernel's default */

static guint64
ratio_read (const VtKernelFs *fs)
{
  char text[VT_MEMORY_VALUE_MAX];
  guint64 ratio;

  return vt_kernel_fs_read_buffer (fs, RATIO_PATH, text, sizeof text) == 0
                 && g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT32, &ratio, NULL)
             ? ratio
             : RATIO_DEFAULT;
}

typedef struct
{
  const VtKernelFs *fs;
  VtBlockFunc skip;
  gpointer data;
  VtMovableMemory result;
} Count;

static gboolean
count_one (guint64 index, gpointer data)
{
  Count *count = data;
  char value[VT_MEMORY_VALUE_MAX];

  if (vt_memory_block_read (count->fs, index, "state", value) < 0)
    return TRUE;

  if (strcmp (value, "offline") == 0)
    count->result.offline += count->skip == NULL || !count->skip (index, count->data);
  else if (strcmp (value, "online") != 0)
    return TRUE;
  else if (vt_memory_block_read (count->fs, index, "valid_zones", value) == 0
           && strcmp (value, "Movable") == 0)
    count->result.movable++;
  else
    count->result.kernel++;
  return TRUE;
}

gboolean
vt_movable_memory_read (
    const VtKernelFs *fs, VtBlockFunc skip, gpointer data, VtMovableMemory *ret, GError **error)
{
  Count count = { .fs = fs, .skip = skip, .data = data };

  count.result.ratio = ratio_read (fs);
  if (!vt_memory_blocks_each (fs, count_one, &count, error))
    return FALSE;

  *ret = count.result;
  return TRUE;
}

guint64
vt_movable_memory_get_allowance (const VtMovableMemory *movable)
{
  guint64 limit = movable->kernel * movable->ratio / 100;

  return limit > movable->movable ? limit - movable->movable : 0;
}

gboolean
vt_movable_memory_check (const VtMovableMemory *movable, guint64 n, GError **error)
{
  if (n <= vt_movable_memory_get_allowance (movable))
    return TRUE;

  return vt_error_set (error, VT_ERROR_REFUSED,
                       "online_movable would make %" G_GUINT64_FORMAT
                       " blocks movable beside %" G_GUINT64_FORMAT
                       " that the kernel can use for itself; auto_movable_ratio "
                       "allows %" G_GUINT64_FORMAT " %%",
                       movable->movable + n, movable->kernel, movable->ratio);
}
