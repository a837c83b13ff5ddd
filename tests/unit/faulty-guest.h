/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A copy of a machine of tests/fixtures, and an engine that tunes it. Tests make steps with it, and
 * compare its state as one text: all values, the active settings, the provisional apply.
 */

#include "agent/engine/engine.h"
#include "tests/unit/fixture.h"

typedef enum
{
  STEP_NONE,
  STEP_APPLY,  /* applies settings to the values after boot */
  STEP_CHANGE, /* changes most settings and drops some */
  STEP_TRY,    /* like STEP_CHANGE, as a provisional apply */
  STEP_CONFIRM,
  STEP_EXPIRE, /* expires the provisional apply after its deadline */
  STEP_ROLLBACK,
  STEP_START,      /* a new engine starts */
  STEP_START_LATE, /* the same after the deadline */
  STEP_BOOT,       /* the first start after a reboot: all values are those after boot */
  STEP_GROW,       /* the state log grows beyond its limit, so the next record replaces it */
} Step;

typedef struct
{
  Fixture *fixture;
  char *folder; /* of the state; each set-up empties it */
  VtProfileStore *profiles;
  VtEngine *engine; /* NULL: none runs */
  gint64 now;
  guint failed; /* attributes that the last step reported as failed */
  guint left;   /* attributes that it left alone because the device refused the value */
  char *values; /* after boot */
} FaultyGuest;

FaultyGuest *faulty_guest_new (void);
void faulty_guest_free (FaultyGuest *guest);

/* Empties the state folder, and makes these steps from the values after boot. Then stops the
 * engine. */
void faulty_guest_set_up (FaultyGuest *guest, const Step *steps, guint n);

/* Replaces the running engine by a new one. */
void faulty_guest_start (FaultyGuest *guest);
void faulty_guest_stop (FaultyGuest *guest);

/* Prepares for the step: starts or stops an engine, sets the clock. */
void faulty_guest_prepare (FaultyGuest *guest, Step step);
gboolean faulty_guest_step (FaultyGuest *guest, Step step, GError **error);

/* Adds a profile for engines that are made afterwards. */
void faulty_guest_add_profile (const FaultyGuest *guest, const char *name, const char *text);

/* key=value for each attribute; (transfer full) */
char *faulty_guest_values (const FaultyGuest *guest);
/* The values, the active settings and the provisional apply. (transfer full) */
char *faulty_guest_look (const FaultyGuest *guest);

/* Rolls back with a new engine, and checks that all values are those after boot. */
void faulty_guest_check_rollback (FaultyGuest *guest);

/* Writes the values of a text that faulty_guest_values() has returned. */
void faulty_guest_set_values (FaultyGuest *guest, const char *values);

/* Adds the device that was removed (faults.h) again, with its values after boot.
 * @device: "block/vda/" */
void faulty_guest_bring_back (FaultyGuest *guest, const char *device);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FaultyGuest, faulty_guest_free)
