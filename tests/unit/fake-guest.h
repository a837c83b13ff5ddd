/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A fake world with a started engine: a fixture for g_test_add(). */

#include "fake-world.h"

typedef struct
{
  FakeWorld *world;
  VtEngine *engine;
} FakeGuest;

void fake_guest_set_up (FakeGuest *guest, gconstpointer data);
void fake_guest_tear_down (FakeGuest *guest, gconstpointer data);

/* Starts a new engine on the state that the last engine left; an error ends the test. */
void fake_guest_start (FakeGuest *guest);
void fake_guest_restart (FakeGuest *guest);

void fake_guest_check (FakeGuest *guest, FakeIndex index, const char *value);
/* Asserts that all values are those of boot, except those of the base policy. */
void fake_guest_check_original (FakeGuest *guest);
