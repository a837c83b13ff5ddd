/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The interface between the engine and everything that can be tuned.
 *
 * An attribute has a key and functions that read it, write it, and tell which
 * values it takes. A tunable enumerates the attributes of its kind and does
 * nothing else: it keeps no state, applies nothing, knows no profile. To add
 * a tunable, add one file here and one row in tunables.c.
 */

#include <glib.h>

#include "agent/kernel/ethtool.h"
#include "agent/kernel/kernel-fs.h"
#include "agent/tunables/hints.h"

/* The guest's kernel, for tunables. Shared by all threads; tunables don't change the struct. */
typedef struct
{
  const VtKernelFs *fs;
  const VtEthtool *ethtool;
  gboolean reapply_sysctl; /* the operator's sysctl files win over profiles */
} VtSystem;

typedef struct VtAttribute VtAttribute;

/* Apply and undo both write attributes in this order: one that changes others comes before them. */
typedef enum
{
  VT_RANK_CHANNELS, /* channel counts rewrite XPS and interrupt affinity */
  VT_RANK_XPS,
  VT_RANK_AFFINITY,
  VT_RANK_PLAIN,
  VT_RANK_LATE, /* must follow others (THP's defrag follows enabled, …) */
} VtRank;

/* What decide() may take into account beside the attribute itself. */
typedef struct
{
  const VtSystem *system;
  gboolean forced; /* the operator asked to apply even what would be Refused */
  /* The value that the plan will write to @key, or NULL if it doesn't change
   * @key. Attributes of lower rank are decided first. */
  const char *(*planned) (gconstpointer plan, const char *key);
  gconstpointer plan;
  const VtHints *hints; /* the host's hints about disks; NULL: none */
  const char *current;  /* the value that read() has just returned; NULL: not read */
} VtQuestion;

typedef struct
{
  char *value;  /* in the form that read() returns; NULL: don't change the attribute */
  char *reason; /* why this value, or why no change; may be NULL */
} VtDecision;

typedef struct
{
  /* The canonical value: "mq-deadline", "4096", one mask for each queue. (transfer full) */
  char *(*read) (const VtAttribute *attribute, const VtSystem *system, GError **error);

  /* Writes a value that decide() or read() returned. The caller reads it back to check. */
  gboolean (*write) (const VtAttribute *attribute,
                     const VtSystem *system,
                     const char *value,
                     GError **error);

  /*
   * Turns a wanted word ("auto", "max", "noop", ">4096", "2") into the value
   * to write. Reads only. Errors: VT_ERROR_NOT_OFFERED and
   * VT_ERROR_INVALID_ARGUMENT name the value and what is allowed;
   * VT_ERROR_REFUSED names the reason.
   */
  gboolean (*decide) (const VtAttribute *attribute,
                      const VtQuestion *question,
                      const char *wanted,
                      VtDecision *ret,
                      GError **error);

  /* The allowed values, for people to read: "none mq-deadline kyber", "1..4"; NULL: unknown.
   * (transfer full) */
  char *(*allowed) (const VtAttribute *attribute, const VtSystem *system);
} VtAttributeOps;

struct VtAttribute
{
  const VtAttributeOps *ops;
  char *key;      /* "block/vda/scheduler" */
  char *section;  /* "block" */
  char *device;   /* "vda"; NULL if the section has no devices */
  char *name;     /* "scheduler" */
  char *identity; /* of the device: devpath with diskseq or ifindex; "" if there is no device */
  char *path;     /* of the kernel's file, for VtKernelFs; NULL if it is not a file */
  VtRank rank;
  gboolean number;   /* a decimal integer, also in JSON */
  char *counterpart; /* key of an attribute that sets the same thing in another unit, such as
                      * vm.dirty_ratio for vm.dirty_bytes. Only one of the two is active; the
                      * other reads 0, and 0 can't be written to it. NULL: none */
  gboolean reset_by_hotplug; /* the kernel may set it when memory or CPUs come or go */
  GStrv disturbs;      /* keys that the kernel may change when this one is written; NULL: none */
  const char *lasting; /* static: an effect that undo can't reverse ("memory that came online
                        * stays online"); NULL: none */
  char *claimed_by;    /* path of the operator's file that sets it: profiles leave it alone. NULL:
                        * none */
  gconstpointer row;   /* static data of the tunable */
};

/* A device as status shows it: how it is attached, as the guest sees it. */
typedef struct
{
  char *section; /* "block" */
  char *name;    /* "vda" */
  char *kind;    /* "virtio-blk", "emulated-scsi", "iscsi", "nvme-passthrough", "virtio-net", … */
  char *detail;  /* e.g. model; may be NULL */
} VtDevice;

typedef struct
{
  const char *section;
  const char *const *names; /* of all attributes, even if this kernel lacks them; NULL at the end */

  /* Appends the existing attributes: all, or those of @device if it is not NULL. */
  void (*enumerate) (const VtSystem *system, const char *device, GPtrArray *attributes);

  /* Appends a VtDevice for each device. NULL if another tunable of the section does that. */
  void (*describe) (const VtSystem *system, GPtrArray *devices);
} VtTunable;

/* All tunables; NULL at the end. */
extern const VtTunable *const vt_tunables[];

/* @path, @identity and @device may be NULL. (transfer full) */
VtAttribute *vt_attribute_new (const VtAttributeOps *ops,
                               const char *section,
                               const char *device,
                               const char *name,
                               const char *identity,
                               const char *path);
void vt_attribute_free (VtAttribute *attribute);

VtDevice *
vt_device_new (const char *section, const char *name, const char *kind, const char *detail);
void vt_device_free (VtDevice *device);

void vt_decision_clear (VtDecision *decision);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtAttribute, vt_attribute_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtDevice, vt_device_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VtDecision, vt_decision_clear)
