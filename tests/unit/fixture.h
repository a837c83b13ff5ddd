/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A copy of a machine of tests/fixtures that a test may write to. It is removed at its end. */

#include <glib.h>

#include "agent/tunables/tunable.h"

typedef struct
{
  char *machine;
  char *root;
  VtSystem system;
} Fixture;

/* @machine: "kvm-guest", "old-guest", …; an error ends the test. */
Fixture *fixture_new (const char *machine);
void fixture_free (Fixture *fixture);

/* Files below the root, the newline at the end left out. */
char *fixture_read (const Fixture *fixture, const char *path);
void fixture_write (const Fixture *fixture, const char *path, const char *text);
void fixture_remove (const Fixture *fixture, const char *path);

/* All files and links are the same as in tests/fixtures. */
void fixture_assert_unchanged (const Fixture *fixture);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)
