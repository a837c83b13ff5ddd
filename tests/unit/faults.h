/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Counts the system calls by which the agent changes its state folder and the kernel's files. At
 * one of them it ends the process, or makes the call fail. The linker redirects the calls (--wrap,
 * ld(1)), so the agent's own code is tested, however it was built.
 *
 * One write to a kernel file counts as one call, because the kernel carries it out as a whole.
 */

#include <glib.h>

typedef enum
{
  FAULT_UNLINK,
  FAULT_OPEN, /* to create a file, or to append to it */
  FAULT_WRITE,
  FAULT_SYNC, /* fsync(2) or fdatasync(2) */
  FAULT_RENAME,
  FAULT_SYNC_FOLDER,
  FAULT_KERNEL, /* a write to a file of the kernel */
  FAULT_N
} FaultCall;

typedef enum
{
  FAULT_NONE,
  FAULT_DIE,  /* before the call */
  FAULT_TEAR, /* after half of a write to the state: only these writes count */
  FAULT_FAIL,
  FAULT_REFUSE,        /* fails a write to a kernel file: only these writes count */
  FAULT_REMOVE_DEVICE, /* removes the device of a kernel file; it is moved to ROOT.left */
} FaultAction;

typedef struct
{
  FaultAction action;
  guint at;         /* the call (from 1) at which the fault happens */
  gboolean lasting; /* also at all later calls of the same kind: for the state, or for the kernel */
  int errnum;
  const char *root; /* for FAULT_REMOVE_DEVICE: the root of the tree with the devices */

  guint calls;       /* number of calls so far */
  guint of[FAULT_N]; /* the same of each kind */
  gboolean happened;
  FaultCall where;
  char path[256];  /* the file of the call with the fault */
  char device[32]; /* the removed device, as the beginning of its keys: "block/vda/" */
} Faults;

/* Starts to count from 0. @folder: the state folder. The result is shared with child processes.
 * (transfer none) */
Faults *faults_begin (const char *folder);
/* Stops making faults and counting; keeps the counts. */
void faults_end (void);
/* Returns the counts, and the fault that happened. */
const Faults *faults_get (void);

extern const char *const fault_call_names[FAULT_N];
