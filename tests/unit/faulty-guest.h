/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A machine of tests/fixtures with an engine over it, that goes through steps and is looked at in
 * between: all its values, what is active, what is provisional, in one text.
 */

#include "agent/engine/engine.h"
#include "tests/unit/fixture.h"

typedef enum
{
  STEP_NONE,
  STEP_APPLY,  /* from the values of boot */
  STEP_CHANGE, /* much of it to other values, some of it no longer wanted */
  STEP_TRY,    /* the same provisional */
  STEP_CONFIRM,
  STEP_EXPIRE, /* the time of the provisional apply is over */
  STEP_ROLLBACK,
  STEP_START,      /* of another engine */
  STEP_START_LATE, /* when that time is over */
  STEP_BOOT,       /* the first start in another boot: all values are those of boot */
  STEP_GROW,       /* the log is larger than it may be: the next record replaces it */
} Step;

typedef struct
{
  Fixture *fixture;
  char *folder; /* of the state; emptied by each set-up */
  VtProfileStore *profiles;
  VtEngine *engine; /* NULL: none runs */
  gint64 now;
  guint failed; /* what the last step said that it could not put back */
  guint left;   /* what it said that it left alone, as the device refused it */
  char *values; /* of boot */
} FaultyGuest;

FaultyGuest *faulty_guest_new (void);
void faulty_guest_free (FaultyGuest *guest);

/* No state, values of boot, and these steps; no engine runs then. */
void faulty_guest_set_up (FaultyGuest *guest, const Step *steps, guint n);

/* A new engine in place of the one that ran. */
void faulty_guest_start (FaultyGuest *guest);
void faulty_guest_stop (FaultyGuest *guest);

/* What has to be so before the step: an engine runs, the clock is where it should be. */
void faulty_guest_prepare (FaultyGuest *guest, Step step);
gboolean faulty_guest_step (FaultyGuest *guest, Step step, GError **error);

/* For engines that are made afterwards. */
void faulty_guest_add_profile (const FaultyGuest *guest, const char *name, const char *text);

/* key=value for each attribute; (transfer full) */
char *faulty_guest_values (const FaultyGuest *guest);
/* The values, and what the engine that runs makes of the state. (transfer full) */
char *faulty_guest_look (const FaultyGuest *guest);

/* Rolls back by a new engine; all is then as after boot. */
void faulty_guest_check_rollback (FaultyGuest *guest);

/* What there was once, as faulty_guest_values() told it. */
void faulty_guest_set_values (FaultyGuest *guest, const char *values);

/* What left (faults.h) comes back, as the kernel makes it. @device: "block/vda/" */
void faulty_guest_bring_back (FaultyGuest *guest, const char *device);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FaultyGuest, faulty_guest_free)
