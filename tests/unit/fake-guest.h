/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A fake world with a started engine, as the engine's stories begin; a fixture of GLib's tests. */

#include "fake-world.h"

typedef struct
{
  FakeWorld *world;
  VtEngine *engine;
} FakeGuest;

/* For g_test_add(). */
void fake_guest_set_up (FakeGuest *guest, gconstpointer data);
void fake_guest_tear_down (FakeGuest *guest, gconstpointer data);

/* Another engine over what the last one left; it starts without an error. */
void fake_guest_start (FakeGuest *guest);
void fake_guest_restart (FakeGuest *guest);

void fake_guest_check (FakeGuest *guest, FakeIndex index, const char *value);
/* Everything as the kernel booted with, but for the base policy. */
void fake_guest_check_original (FakeGuest *guest);
