/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/vcpus.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "protocol/error.h"

#define CPU_FOLDER    "sys/devices/system/cpu"
#define CPU_PATH_MAX  80
#define CPU_VALUE_MAX 16

gboolean
vt_vcpu_parse (const char *name, guint64 *ret_id)
{
  if (!g_str_has_prefix (name, "cpu"))
    return FALSE;
  return g_ascii_string_to_unsigned (name + strlen ("cpu"), 10, 0, G_MAXUINT32, ret_id, NULL);
}

/* Returns: 0 or a negative errno; -ENOENT: no such processor. A processor without a file "online"
 * is always online. */
static int
vcpu_read (const VtKernelFs *fs, guint64 id, VtVcpu *ret)
{
  char path[CPU_PATH_MAX];
  char value[CPU_VALUE_MAX];
  int r;

  snprintf (path, sizeof path, CPU_FOLDER "/cpu%" G_GUINT64_FORMAT "/online", id);
  r = vt_kernel_fs_read_buffer (fs, path, value, sizeof value);
  if (r == 0)
    {
      *ret = (VtVcpu){ .id = id, .online = strcmp (value, "0") != 0, .can_offline = TRUE };
      return 0;
    }

  *strrchr (path, '/') = '\0';
  if (r != -ENOENT || !vt_kernel_fs_exists (fs, path))
    return r;

  *ret = (VtVcpu){ .id = id, .online = TRUE, .can_offline = FALSE };
  return 0;
}

typedef struct
{
  const VtKernelFs *fs;
  GArray *vcpus;
} Listing;

/* A processor that is removed during the listing is left out. */
static gboolean
vcpu_list_one (const char *name, gpointer data)
{
  const Listing *listing = data;
  VtVcpu vcpu;
  guint64 id;

  if (vt_vcpu_parse (name, &id) && vcpu_read (listing->fs, id, &vcpu) == 0)
    g_array_append_val (listing->vcpus, vcpu);
  return listing->vcpus->len < VT_KERNEL_LIST_MAX;
}

static int
vcpu_compare (gconstpointer a, gconstpointer b)
{
  const VtVcpu *left = a;
  const VtVcpu *right = b;

  return left->id < right->id ? -1 : left->id > right->id;
}

GArray *
vt_vcpus_list (const VtKernelFs *fs, GError **error)
{
  g_autoptr (GArray) vcpus = g_array_new (FALSE, FALSE, sizeof (VtVcpu));
  Listing listing = { fs, vcpus };
  int r = vt_kernel_fs_each (fs, CPU_FOLDER, vcpu_list_one, &listing);

  if (r < 0)
    {
      vt_error_set_errno (error, -r, "listing processors");
      return NULL;
    }

  g_array_sort (vcpus, vcpu_compare);
  return g_steal_pointer (&vcpus);
}

gboolean
vt_vcpu_set (const VtKernelFs *fs, guint64 id, gboolean online, GError **error)
{
  char path[CPU_PATH_MAX];
  VtVcpu vcpu;
  int r = vcpu_read (fs, id, &vcpu);

  if (r < 0)
    return vt_error_set_errno (error, -r, "logical processor #%" G_GUINT64_FORMAT, id);
  if (vcpu.online == online)
    return TRUE;
  if (!vcpu.can_offline)
    return vt_error_set (error, VT_ERROR_GENERIC,
                         "logical processor #%" G_GUINT64_FORMAT " can't be offlined", id);

  snprintf (path, sizeof path, CPU_FOLDER "/cpu%" G_GUINT64_FORMAT "/online", id);
  r = vt_kernel_fs_write_errno (fs, path, online ? "1" : "0");
  if (r < 0 && (vcpu_read (fs, id, &vcpu) < 0 || vcpu.online != online))
    return vt_error_set_errno (error, -r, "taking logical processor #%" G_GUINT64_FORMAT " %s", id,
                               online ? "online" : "offline");
  return TRUE;
}
