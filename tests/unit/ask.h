/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tests the decisions of the tunables for a fixture, with tables of cases. */

#include <glib.h>

#include "protocol/error.h"
#include "tests/unit/fixture.h"

typedef struct
{
  const char *key;
  const char *wanted;
  const char *value; /* what is decided; NULL: the attribute is left alone, or there is an error */
  int code;          /* of the error, if there is one: VT_ERROR_… */
  const char *text;  /* part of the text of the error or of the decision; NULL: any; "": none */
  gboolean forced;
  const char *planned[2]; /* a key and its value that the plan already has */
} AskCase;

#define ASK_LEFT_ALONE -1 /* as code: there is neither a value nor an error */
#define ASK_NO_FAULT   0

/* Finds an attribute; NULL: there is none. (transfer full) */
VtAttribute *ask_find (const Fixture *fixture, const char *key);
/* The attributes of all tunables. */
GPtrArray *ask_all (const Fixture *fixture);
char *ask_read (const Fixture *fixture, const char *key);

void ask_check_cases (const Fixture *fixture, const AskCase *cases, guint n_cases);
/* Checks the cases, and that the fixture is unchanged. */
void ask_check (const Fixture *fixture, const AskCase *cases, guint n_cases);

/* Decides, writes, reads back, and writes the old value again. */
void ask_apply_and_restore (const Fixture *fixture,
                            const char *key,
                            const char *wanted,
                            const char *expected);
