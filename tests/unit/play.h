/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A scene is a step in which the engine changes its state or the kernel's files, and the steps
 * before it. A play is a run of a scene in which one call fails or kills the engine. After that the
 * guest must show the state before the step or the state after it, and nothing in between.
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
  char *expired; /* for a roll-back of a provisional apply: the state in which that has only been
                    undone; else NULL */
} Play;

/* Runs the scene without a fault, to learn the states before and after the step. */
Play play_new (FaultyGuest *guest, const Scene *scene);
void play_clear (Play *play);

/* Makes the steps before the scene's step. Then no engine runs. */
void play_set_up (const Play *play);

/* Whether @found is one of the allowed states: before, after, or expired. */
gboolean play_is_allowed (const Play *play, const char *found);

/* Marks the test as failed. It goes on, so that it lists all calls whose fault does harm. */
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
