/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What stands above the tables of status: the agent, what is active and what
 * is on trial, memory, changes, warnings. It reads one reply and says it in
 * lines; devices and attributes are not its concern.
 */

#include "host-shim/shape.h"
#include "host-shim/verb.h"

/* What is active, or would be: texts are the reply's, all may be NULL. */
typedef struct
{
  const char *profile;
  const char *transient_profile; /* over the other until the guest's next boot */
  JsonObject *settings;
  JsonObject *transient;
  JsonArray *hints; /* never NULL */
} VtStatusActive;

/* Texts are the shape's or the reply's. */
typedef struct
{
  const char *version;
  VtStatusActive active;
  gint64 trial_id; /* 0: none waits to be confirmed */
  gint64 trial_seconds;
  VtStatusActive trial;
  gint64 block_size, online, offline;
  gint64 last_id;
  const char *last_command, *last_result, *last_desc;
  const char *work;    /* the agent's own that is under way; NULL: none */
  const char *command; /* that is under way, or waits for the work; NULL: none */
  gboolean values;     /* that attributes were read at all */
  gint64 dropped;
  JsonArray *warnings;
} VtStatusSummary;

/* Faults go to @shape, which must be asked before anything is said. */
void vt_status_summary_read (VtShape *shape, JsonObject *root, VtStatusSummary *ret_summary);
void vt_status_summary_say (const VtRun *run, const VtStatusSummary *summary);
