/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Asks the tunables of a fixture what they decide, by tables of cases, and
 * carries a decision out and back.
 */

#include <glib.h>

#include "protocol/error.h"
#include "tests/unit/fixture.h"

typedef struct
{
  const char *key;
  const char *wanted;
  const char *value; /* NULL: it is left alone, or a fault */
  int code;          /* of the fault, where there is one: VT_ERROR_… */
  const char *text;  /* in the fault's or the decision's text; NULL: any; "": none */
  gboolean forced;
  const char *planned[2]; /* key and value that the plan has already */
} AskCase;

#define ASK_LEFT_ALONE -1 /* as code: value and fault are both NULL */
#define ASK_NO_FAULT   0

/* NULL where there is none; the caller's. */
VtAttribute *ask_find (const Fixture *fixture, const char *key);
/* All attributes, of all tunables. */
GPtrArray *ask_all (const Fixture *fixture);
char *ask_read (const Fixture *fixture, const char *key);

void ask_check_cases (const Fixture *fixture, const AskCase *cases, guint n_cases);
/* The same, and that the fixture is as it is in tests/fixtures. */
void ask_check (const Fixture *fixture, const AskCase *cases, guint n_cases);

/* Decides, writes, reads back, and writes what was there before. */
void ask_apply_and_restore (const Fixture *fixture,
                            const char *key,
                            const char *wanted,
                            const char *expected);
