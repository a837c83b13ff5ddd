/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The whole contract between the engine and what can be tuned.
 *
 * An attribute is a key, a way to read it, to write it, and to say which
 * values it takes. A tunable enumerates the attributes of its kind and does
 * nothing else: it keeps no state, applies nothing, knows no profile. A new
 * tunable is one file here and one row in tunables.c.
 */

#include <glib.h>

#include "agent/kernel/ethtool.h"
#include "agent/kernel/kernel-fs.h"
#include "agent/tunables/hints.h"

/* The guest as tunables see it. Read-only for them; shared by all threads. */
typedef struct
{
  const VtKernelFs *fs;
  const VtEthtool *ethtool;
} VtSystem;

typedef struct VtAttribute VtAttribute;

/* The order of apply and of undo: an attribute that disturbs others comes before them. */
typedef enum
{
  VT_RANK_CHANNELS, /* channel counts rewrite XPS and interrupt affinity */
  VT_RANK_XPS,
  VT_RANK_AFFINITY,
  VT_RANK_PLAIN,
  VT_RANK_LATE, /* needs others set before it (THP defrag after enabled, …) */
} VtRank;

/* What a decision may look at beside the attribute itself. */
typedef struct
{
  const VtSystem *system;
  gboolean forced; /* the operator insists on what would be Refused */
  /* The value that the plan under way will give to @key, NULL where it
   * leaves it as it is. Attributes of lower rank are decided first. */
  const char *(*planned) (gconstpointer plan, const char *key);
  gconstpointer plan;
  const VtHints *hints; /* what the host says of its disks; NULL: nothing */
  const char *current;  /* as read() has just given it; NULL: it was not */
} VtQuestion;

typedef struct
{
  char *value;  /* as read() will give it back; NULL: leave it alone */
  char *reason; /* why it is left alone, or why this value; may be NULL */
} VtDecision;

typedef struct
{
  /* The canonical value: "mq-deadline", "4096", one mask a queue. (transfer full) */
  char *(*read) (const VtAttribute *attribute, const VtSystem *system, GError **error);

  /* Writes a value that decide() or read() gave. The caller reads back whether it holds. */
  gboolean (*write) (const VtAttribute *attribute,
                     const VtSystem *system,
                     const char *value,
                     GError **error);

  /*
   * Turns a wanted word ("auto", "max", "noop", ">4096", "2") into the value
   * to write. Pure: reads, never writes. Errors: VT_ERROR_NOT_OFFERED and
   * VT_ERROR_INVALID_ARGUMENT name the value and what is allowed;
   * VT_ERROR_REFUSED the reason.
   */
  gboolean (*decide) (const VtAttribute *attribute,
                      const VtQuestion *question,
                      const char *wanted,
                      VtDecision *ret,
                      GError **error);

  /* The values it takes, for people: "none mq-deadline kyber", "1..4"; NULL: unsaid. (transfer
   * full) */
  char *(*allowed) (const VtAttribute *attribute, const VtSystem *system);
} VtAttributeOps;

struct VtAttribute
{
  const VtAttributeOps *ops;
  char *key;      /* "block/vda/scheduler" */
  char *section;  /* "block" */
  char *device;   /* "vda"; NULL where the section has no devices */
  char *name;     /* "scheduler" */
  char *identity; /* of the device: devpath with diskseq or ifindex; "" where it has none */
  char *path;     /* of the kernel's file, for VtKernelFs; NULL where it is none */
  VtRank rank;
  gboolean number;     /* a decimal integer, on the wire too */
  char *counterpart;   /* key: of the two one is in force, the other reads 0 and can't be written
                        * so (vm.dirty_bytes, vm.dirty_ratio); NULL: none */
  GStrv disturbs;      /* keys that a write here may change; NULL: none */
  const char *lasting; /* static: what no undo takes back ("memory that came online stays
                        * online"); NULL: an undo undoes all */
  gconstpointer row;   /* the tunable's own, static */
};

/* A device for people to read: how it is attached, as the guest sees it. */
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
  const char *const
      *names; /* that this tunable knows, whether or not this kernel has them; NULL at the end */
  const char *subsystem; /* udev's, whose devices bear the attributes; NULL: none */

  /* Appends a VtAttribute for each that is there; of one device where @device is not NULL. */
  void (*enumerate) (const VtSystem *system, const char *device, GPtrArray *attributes);

  /* Appends a VtDevice for each device; NULL where another tunable of the section does it. */
  void (*describe) (const VtSystem *system, GPtrArray *devices);
} VtTunable;

/* All of them; NULL at the end. */
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
