/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A guest of a few devices whose attributes live in memory shared with child
 * processes, so that a test may kill an engine at any of its writes and see
 * what is left. Its tunables bear the real sections' names and their traits:
 * a pair that excludes each other, channels that disturb XPS, an alias, words
 * that are evaluated, a value that is refused unless forced.
 */

#include <glib.h>

#include "agent/engine/engine.h"

typedef enum
{
  FAKE_VDA_SCHEDULER, /* none mq-deadline kyber; noop is none; auto: none */
  FAKE_VDA_READ_AHEAD,
  FAKE_VDB_SCHEDULER, /* pass-through: auto leaves it, none is refused unless forced */
  FAKE_VDB_READ_AHEAD,
  FAKE_ETH0_COMBINED, /* 1..4; disturbs XPS */
  FAKE_ETH0_XPS,      /* auto: "masks-N" of N channels; off */
  FAKE_AUTO_ONLINE,
  FAKE_DIRTY_BYTES, /* excludes the ratio */
  FAKE_DIRTY_RATIO,
  FAKE_SWAPPINESS,
  FAKE_N
} FakeIndex;

typedef enum
{
  FAKE_VDA,
  FAKE_VDB,
  FAKE_ETH0,
  FAKE_GUEST, /* always there */
  FAKE_N_DEVICES
} FakeDevice;

#define FAKE_MANY_MAX 9000

typedef struct
{
  char value[FAKE_N][64];
  gboolean present[FAKE_N_DEVICES];
  guint generation[FAKE_N_DEVICES]; /* of the identity: another device bears another */
  guint online_cpus;                /* what auto makes of combined */
  guint writes;                     /* counted */
  guint fail_at;                    /* the write (from 1) that fails; 0: none */
  int fail_errno;
  gboolean refuses[FAKE_N]; /* each write of it fails with EBUSY */
  guint kill_at; /* the write after which the process ends, at once; 0: never */
  gboolean kill_before;
  gint64 now; /* µs of the engine's clock */
  guint
      many; /* disks sd0, sd1, … of one attribute, rq_affinity, which reads 1 at first; may be 0 */
  char many_value[FAKE_MANY_MAX]; /* its digit, less '1' */
  guint many_padding;             /* bytes more of each identity */
} FakeState;

typedef struct
{
  FakeState *state;
  char *folder; /* temporary: the root of VtKernelFs, the state and the profiles */
  char *state_dir;
  VtKernelFs *fs;
  VtSystem system;
  VtProfileStore *profiles;
  VtSettings *base;
} FakeWorld;

extern const char *const fake_keys[FAKE_N];
extern const char *const fake_boot_values[FAKE_N];

FakeWorld *fake_world_new (void);
void fake_world_free (FakeWorld *world);

/* An engine over it, as a start of the agent makes one; not started. */
VtEngine *fake_world_engine (FakeWorld *world);

/* The guest reboots: values as at first, another boot id. */
void fake_world_reboot (FakeWorld *world);
/* As after boot. */
void fake_world_reset_values (FakeWorld *world);
/* What somebody else, or the kernel, writes. */
void fake_world_set (FakeWorld *world, FakeIndex index, const char *value);
void fake_world_plug (FakeWorld *world, FakeDevice device);
void fake_world_unplug (FakeWorld *world, FakeDevice device);
FakeDevice fake_world_device_of (FakeIndex index);

/* A profile of TuneD's format in the store. */
void fake_world_write_profile (FakeWorld *world, const char *name, const char *text);

/* "block/vda/scheduler=none sysctl/vm.swappiness=30"; "KEY=" is null. */
VtSettings *fake_settings (const char *assignments);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeWorld, fake_world_free)
