/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Scenes: steps in which the engine changes its state or the kernel's files. A guest that was
 * interrupted in a step must show the state before the step or the state after it, and nothing in
 * between.
 */

#include "tests/unit/faults.h"
#include "tests/unit/faulty-guest.h"

typedef struct
{
  const char *name;
  Step before[2];
  Step step;
  gboolean lenient; /* if an attribute fails, it is reported, and the others are still written */
} Scene;

#define N_SCENES 13

extern const Scene scenes[N_SCENES];

typedef struct
{
  FaultyGuest *guest;
  const Scene *scene;
  char *values; /* before the step, of the attributes alone */
  char *values_after;
  char *before; /* faulty_guest_look() of a new engine */
  char *after;
  char *between; /* for a roll-back of a provisional apply: the state in which that has only been
                    undone; else NULL */
} Play;

/* Runs the scene without a fault. */
Play play_new (FaultyGuest *guest, const Scene *scene);
void play_clear (Play *play);

/* Makes the steps before the scene's step. Then no engine runs. */
void play_set_up (const Play *play);

gboolean play_is_whole (const Play *play, const char *found);

/* Fails the test, which goes on, so that all calls with a fault are listed. */
void play_fail (const Play *play, const char *what, const char *found, const char *expected);

/* Starts a new engine. Checks that it finds the state before or after the step, and can roll back.
 */
void play_check_successor (const Play *play);

/* Counts the calls that had a fault. */
typedef struct
{
  guint points;
  guint of[FAULT_N];
} Tally;

/* Counts the fault that has just happened. */
void tally_count (Tally *tally);
void tally_report (const Tally *tally, const char *what);
/* Checks that there was a fault at each kind of call. */
void tally_check_kinds (const Tally *tally);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Play, play_clear)
