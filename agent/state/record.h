/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is recorded of one attribute: its original and the value that the agent wrote. A value;
 * whether the original may be written back is decided elsewhere.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

typedef struct
{
  char *key;
  char *identity; /* of the device: tells it from another device with the same name */
  char *original; /* value before the agent's first change in this boot */
  char *before;   /* value before the change under way; NULL: none is */
  char *wanted; /* value that the agent wrote; NULL: the kernel decides it when another attribute is
                   written */
} VtRecord;

/* @before and @wanted may be NULL, @identity NULL stands for "". */
VtRecord *vt_record_new (const char *key,
                         const char *identity,
                         const char *original,
                         const char *before,
                         const char *wanted);
VtRecord *vt_record_copy (const VtRecord *record);
void vt_record_free (VtRecord *record);

/* Returns: (transfer full) */
JsonNode *vt_record_to_json (const VtRecord *record);
/* VT_ERROR_INVALID_ARGUMENT names what is missing or of the wrong type. (transfer full) */
VtRecord *vt_record_from_json (JsonNode *node, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtRecord, vt_record_free)
