/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The agent's start: applies the active settings on the worker's thread, and tells the service
 * manager when the agent is ready (sd_notify(3)). A device that does not respond delays that by a
 * few seconds only. Main context only.
 */

#include "agent/agent.h"
#include "agent/worker/worker.h"

typedef struct VtStartup VtStartup;

/* Begins. @done: called when the active settings were applied, or could not be. */
VtStartup *vt_startup_new (const VtAgent *agent,
                           VtWorker *worker,
                           void (*done) (gpointer data),
                           gpointer data);

/* After this, @done is not called any more. Call it after vt_worker_free(). */
void vt_startup_free (VtStartup *startup);
