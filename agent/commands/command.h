/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A command joins a row of the schema to the function that executes it. The
 * schema's flags say where: instant commands run on the main context, all
 * others on the worker's thread.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#include "agent/agent.h"

/*
 * @arguments: valid according to the schema; NULL: the request has none.
 * Returns: (transfer full): the return value, NULL for {}; where *@error is set, its data, which
 * is an object, or NULL
 */
typedef JsonNode *(*VtCommandFunc) (VtAgent *agent, JsonObject *arguments, GError **error);

typedef struct
{
  const char *name; /* of the schema's row */
  VtCommandFunc run;
  /* Executed at once, on the main context, while a change is running; NULL: the command waits. */
  VtCommandFunc run_busy;
} VtCommand;

/* One table a file; the last row has a NULL name. commands.c lists the tables. */
extern const VtCommand vt_commands_guest[];        /* sync, ping, info */
extern const VtCommand vt_commands_guest_memory[]; /* qga's memory blocks */
extern const VtCommand vt_commands_guest_vcpus[];  /* qga's vcpus */
extern const VtCommand vt_commands_tune_memory[];  /* ours, of memory blocks */
extern const VtCommand vt_commands_tune[];         /* ours */

/* Returns: NULL: no table has @name */
const VtCommand *vt_command_find (const char *name);
