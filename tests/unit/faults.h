/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Between an agent and the system: counts the calls by which it changes its
 * state folder and the kernel's files, and at one of them ends the process,
 * or lets the call fail. The linker puts it there (--wrap, ld(1)), so that it
 * is the agent's own code that is under test, in whatever way it was built.
 *
 * One write to a kernel's file is one call, as the kernel carries it out as a
 * whole; a tree of plain files would show what no kernel does.
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
  FAULT_KERNEL, /* a write to one of its files */
  FAULT_N
} FaultCall;

typedef enum
{
  FAULT_NONE,
  FAULT_DIE,  /* before the call */
  FAULT_TEAR, /* in the midst of a write of the state: only these count */
  FAULT_FAIL,
  FAULT_REFUSE, /* a write to a kernel's file: only these count */
  FAULT_LEAVE,  /* the device of a kernel's file is gone, to ROOT.left */
} FaultDeed;

typedef struct
{
  FaultDeed deed;
  guint at;         /* the call (from 1) that it happens to */
  gboolean lasting; /* and to all of the same side behind it: the state's, or the kernel's */
  int errnum;
  const char *root; /* of FAULT_LEAVE: where the devices are */

  guint calls; /* what was counted since */
  guint of[FAULT_N];
  gboolean happened;
  FaultCall where;
  char path[256];  /* of what it happened to */
  char device[32]; /* that left: "block/vda/", as its keys begin */
} Faults;

/* Counts anew from here on; @folder: the state's. Shared with child processes. Its own. */
Faults *faults_begin (const char *folder);
/* No more faults; what was counted stays. */
void faults_end (void);
/* What was counted, and what happened. */
const Faults *faults_look (void);

extern const char *const fault_call_names[FAULT_N];
