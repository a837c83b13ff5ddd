/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Simulates a guest with a few devices. The attributes are in memory that child processes share, so
 * a test can kill an engine at any write and look at the result. The tunables have the names of the
 * real sections and their special cases: a pair of which only one member is in force, channels that
 * change XPS, an alias, automatic values, a value that is refused unless forced.
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
  FAKE_DIRTY_BYTES, /* only one of the pair, bytes or ratio, is in force */
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
  guint generation[FAKE_N_DEVICES]; /* part of the identity: a new device has a new one */
  guint online_cpus;                /* the value of combined=auto */
  guint writes;                     /* so far */
  guint fail_at;                    /* the write (from 1) that fails; 0: none */
  int fail_errno;
  gboolean refuses[FAKE_N]; /* each write to the attribute fails with EBUSY */
  guint kill_at;            /* the write (from 1) at which the process is killed; 0: never */
  gboolean kill_before;
  gint64 now; /* µs of the engine's clock */
  guint many; /* number of disks sd0, sd1, …; each has only rq_affinity, which is 1 at first */
  char many_value[FAKE_MANY_MAX]; /* the value's digit minus '1' */
  guint many_padding;             /* bytes that are added to each identity */
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

/* Makes an engine for the world, as the agent does; it is not started. */
VtEngine *fake_world_engine (FakeWorld *world);

/* Reboots the guest: all values are those of boot, and the boot id is new. */
void fake_world_reboot (FakeWorld *world);
/* Sets all values to those of boot. */
void fake_world_reset_values (FakeWorld *world);
/* Writes a value as another program or the kernel would. */
void fake_world_set (FakeWorld *world, FakeIndex index, const char *value);
void fake_world_plug (FakeWorld *world, FakeDevice device);
void fake_world_unplug (FakeWorld *world, FakeDevice device);
FakeDevice fake_world_device_of (FakeIndex index);

/* Writes a profile in TuneD's format. */
void fake_world_write_profile (FakeWorld *world, const char *name, const char *text);

void fake_world_remove_profile (FakeWorld *world, const char *name);

/* Parses "block/vda/scheduler=none sysctl/vm.swappiness=30"; "KEY=" stands for null. */
VtSettings *fake_settings (const char *assignments);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeWorld, fake_world_free)
