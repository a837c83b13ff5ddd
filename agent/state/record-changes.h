/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the end of a change makes of the records: some are set, some dropped. It lies over the
 * records as they are until the state takes it in. A value; it does no I/O.
 */

#include <glib.h>

#include "agent/state/record.h"

typedef struct
{
  GHashTable *below;   /* key → VtRecord: as they are; not owned */
  GHashTable *changed; /* key → VtRecord, or NULL where it is dropped */
} VtRecordChanges;

/* @records (key → VtRecord) must outlive it. */
VtRecordChanges *vt_record_changes_new (GHashTable *records);
void vt_record_changes_free (VtRecordChanges *changes);

/* Copies @record, less its before. */
void vt_record_changes_put (VtRecordChanges *changes, const VtRecord *record);
void vt_record_changes_drop (VtRecordChanges *changes, const char *key);

/* The record as it will be; NULL: none. */
const VtRecord *vt_record_changes_get (const VtRecordChanges *changes, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtRecordChanges, vt_record_changes_free)
