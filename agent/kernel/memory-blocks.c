/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/memory-blocks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "protocol/error.h"

#define MEMORY_FOLDER "sys/devices/system/memory"
#define NO_HOTPLUG    "this guest's kernel has no memory hot-plug"
#define BLOCK_PREFIX  "memory"

/* "memory" and the 20 digits of a 64-bit number. */
#define BLOCK_NAME_MAX 32
#define BLOCK_PATH_MAX (sizeof MEMORY_FOLDER + BLOCK_NAME_MAX + 16)

gboolean
vt_memory_block_parse (const char *name, guint64 *ret_index)
{
  const char *digits = name + strlen (BLOCK_PREFIX);
  guint64 index;
  char *end;

  if (!g_str_has_prefix (name, BLOCK_PREFIX) || !g_ascii_isdigit (*digits))
    return FALSE;

  errno = 0;
  index = g_ascii_strtoull (digits, &end, 10);
  if (errno == ERANGE || *end != '\0')
    return FALSE;

  *ret_index = index;
  return TRUE;
}

static void
block_path (char path[BLOCK_PATH_MAX], guint64 index, const char *attribute)
{
  snprintf (path, BLOCK_PATH_MAX, MEMORY_FOLDER "/" BLOCK_PREFIX "%" G_GUINT64_FORMAT "/%s", index,
            attribute);
}

int
vt_memory_block_read (const VtKernelFs *fs,
                      guint64 index,
                      const char *attribute,
                      char value[VT_MEMORY_VALUE_MAX])
{
  char path[BLOCK_PATH_MAX];

  block_path (path, index, attribute);
  return vt_kernel_fs_read_buffer (fs, path, value, VT_MEMORY_VALUE_MAX);
}

int
vt_memory_block_write (const VtKernelFs *fs, guint64 index, const char *state)
{
  char path[BLOCK_PATH_MAX];

  block_path (path, index, "state");
  return vt_kernel_fs_write_errno (fs, path, state);
}

int
vt_memory_block_read_online (const VtKernelFs *fs, guint64 index, gboolean *ret_online)
{
  char state[VT_MEMORY_VALUE_MAX];
  int r = vt_memory_block_read (fs, index, "state", state);

  if (r < 0)
    return r;

  *ret_online = strcmp (state, "online") == 0;
  return 0;
}

gboolean
vt_memory_block_size (const VtKernelFs *fs, guint64 *ret_size, GError **error)
{
  g_autoptr (GError) fault = NULL;
  g_autofree char *text = vt_kernel_fs_read (fs, MEMORY_FOLDER "/block_size_bytes", &fault);
  guint64 size;

  if (g_error_matches (fault, VT_ERROR, VT_ERROR_NOT_OFFERED))
    return vt_error_set (error, VT_ERROR_NOT_OFFERED, NO_HOTPLUG);
  if (text == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&fault));
      return FALSE;
    }

  if (!g_ascii_string_to_unsigned (text, 16, 1, G_MAXINT64, &size, NULL))
    return vt_error_set (error, VT_ERROR_GENERIC,
                         "block_size_bytes is '%s', expected: a hexadecimal number", text);

  *ret_size = size;
  return TRUE;
}

typedef struct
{
  const VtKernelFs *fs;
  GArray *blocks;
} Listing;

/* A block that is removed during the listing is left out. */
static gboolean
block_list_one (const char *name, gpointer data)
{
  const Listing *listing = data;
  VtMemoryBlock block = { 0 };
  char removable[VT_MEMORY_VALUE_MAX];

  if (!vt_memory_block_parse (name, &block.index)
      || vt_memory_block_read_online (listing->fs, block.index, &block.online) < 0)
    return TRUE;

  block.can_offline = vt_memory_block_read (listing->fs, block.index, "removable", removable) == 0
                      && strcmp (removable, "1") == 0;
  g_array_append_val (listing->blocks, block);
  return listing->blocks->len < VT_KERNEL_LIST_MAX;
}

static int
block_compare (gconstpointer a, gconstpointer b)
{
  const VtMemoryBlock *left = a;
  const VtMemoryBlock *right = b;

  return left->index < right->index ? -1 : left->index > right->index;
}

static gboolean
memory_walk (const VtKernelFs *fs, VtNameFunc func, gpointer data, GError **error)
{
  int r = vt_kernel_fs_each (fs, MEMORY_FOLDER, func, data);

  if (r == -ENOENT)
    return vt_error_set (error, VT_ERROR_NOT_OFFERED, NO_HOTPLUG);
  if (r < 0)
    return vt_error_set_errno (error, -r, "listing memory blocks");
  return TRUE;
}

typedef struct
{
  VtBlockFunc func;
  gpointer data;
} Walk;

static gboolean
block_each_one (const char *name, gpointer data)
{
  const Walk *walk = data;
  guint64 index;

  return !vt_memory_block_parse (name, &index) || walk->func (index, walk->data);
}

gboolean
vt_memory_blocks_each (const VtKernelFs *fs, VtBlockFunc func, gpointer data, GError **error)
{
  Walk walk = { func, data };

  return memory_walk (fs, block_each_one, &walk, error);
}

GArray *
vt_memory_blocks_list (const VtKernelFs *fs, GError **error)
{
  g_autoptr (GArray) blocks = g_array_new (FALSE, FALSE, sizeof (VtMemoryBlock));
  Listing listing = { fs, blocks };

  if (!memory_walk (fs, block_list_one, &listing, error))
    return NULL;

  g_array_sort (blocks, block_compare);
  return g_steal_pointer (&blocks);
}

gboolean
vt_memory_policy_allows_zone (const char *policy, const char *zones)
{
  if (strcmp (policy, "online_movable") == 0)
    return strcmp (zones, "Movable") == 0;
  if (strcmp (policy, "online_kernel") == 0)
    return strcmp (zones, "Movable") != 0 && strcmp (zones, "none") != 0;
  return TRUE;
}

int
vt_memory_block_set (const VtKernelFs *fs, guint64 index, gboolean online, const char *policy)
{
  char removable[VT_MEMORY_VALUE_MAX];
  gboolean is_online = FALSE;
  int r = vt_memory_block_read_online (fs, index, &is_online);

  if (r < 0 || is_online == online)
    return r;

  /* Old kernels report here which blocks can't be taken offline. Newer kernels always report 1. */
  if (!online && vt_memory_block_read (fs, index, "removable", removable) == 0
      && strcmp (removable, "0") == 0)
    return -EOPNOTSUPP;

  r = vt_memory_block_write (fs, index, online ? policy : "offline");
  if (r < 0 && vt_memory_block_read_online (fs, index, &is_online) == 0 && is_online == online)
    return 0;
  return r;
}
