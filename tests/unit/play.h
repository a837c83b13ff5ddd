/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Scenes in which the engine changes its state or the kernel's files, and what
 * may be seen of a guest that was interrupted in one: what was there before
 * the scene's step, or what is there after it, and nothing in between.
 */

#include "tests/unit/faults.h"
#include "tests/unit/faulty-guest.h"

typedef struct
{
  const char *name;
  Step before[2];
  Step step;
  gboolean lenient; /* what fails is told, and the rest is done */
} Scene;

#define N_SCENES 13

extern const Scene scenes[N_SCENES];

typedef struct
{
  FaultyGuest *guest;
  const Scene *scene;
  char *values; /* before the step, of the attributes alone */
  char *values_after;
  char *before; /* what a new engine shows, faulty_guest_look() */
  char *after;
  char *between; /* of a provisional apply that is rolled back, it may only be over; else NULL */
} Play;

/* Goes through the scene unharmed. */
Play play_new (FaultyGuest *guest, const Scene *scene);
void play_clear (Play *play);

/* Up to the scene's step; no engine runs then. */
void play_set_up (const Play *play);

gboolean play_is_whole (const Play *play, const char *found);

/* Fails the test, which goes on: which calls are concerned tells more than the first of them. */
void play_complain (const Play *play, const char *what, const char *found, const char *expected);

/* A successor starts: it finds the one or the other, and all can be taken back. */
void play_check_successor (const Play *play);

/* Of the calls that something happened to. */
typedef struct
{
  guint points;
  guint of[FAULT_N];
} Tally;

/* What has just happened. */
void tally_count (Tally *tally);
void tally_tell (const Tally *tally, const char *what);
/* Each kind of call was among them. */
void tally_check_kinds (const Tally *tally);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Play, play_clear)
