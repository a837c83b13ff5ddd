/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A copy of a machine of tests/fixtures that a test may write to. fixture_free() removes it. */

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

/* Reads and writes files below the root, without the newline at the end. */
char *fixture_read (const Fixture *fixture, const char *path);
void fixture_write (const Fixture *fixture, const char *path, const char *text);
void fixture_remove (const Fixture *fixture, const char *path);

/* Asserts that all files and links are the same as in tests/fixtures. */
void fixture_assert_unchanged (const Fixture *fixture);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fixture, fixture_free)
