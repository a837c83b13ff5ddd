/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a command is to the dispatcher: a row of the schema and a function.
 * The schema's flags say where it runs: instant ones on the main context,
 * the others on the worker's thread.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#include "agent/agent.h"

/*
 * @arguments was held against the schema; NULL where there are none.
 * Returns: (transfer full): the return value, NULL where there is nothing to
 * say; or NULL with *@error set.
 */
typedef JsonNode *(*VtCommandFunc) (VtAgent *agent, JsonObject *arguments, GError **error);

typedef struct
{
  const char *name; /* of the schema's row */
  VtCommandFunc run;
  VtCommandFunc
      run_busy; /* answers at once, on the main context, while a change is under way; NULL: waits */
} VtCommand;

/* Each file's own, NULL name at the end; commands.c lists the tables. */
extern const VtCommand vt_commands_guest[];        /* sync, ping, info */
extern const VtCommand vt_commands_guest_memory[]; /* qga's memory blocks */
extern const VtCommand vt_commands_guest_vcpus[];  /* qga's vcpus */
extern const VtCommand vt_commands_tune_memory[];  /* ours, of memory blocks */
extern const VtCommand vt_commands_tune[];         /* ours */

/* NULL where no file implements @name. */
const VtCommand *vt_command_find (const char *name);
