/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The table of commands: names, arguments, what each is for. The dispatcher
 * checks arguments against it, guest-info lists it, the reference in
 * protocol/README.md is held against it by a test. It runs nothing.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

typedef enum
{
  VT_TYPE_STRING,
  VT_TYPE_INT,
  VT_TYPE_BOOL,
  VT_TYPE_SETTINGS, /* object: a settings document, checked by vt_settings_from_json() */
  VT_TYPE_LIST,     /* array of objects, whose members are given by @members */
  VT_TYPE_STRINGS,  /* array of strings */
} VtType;

typedef struct VtMember VtMember;
struct VtMember
{
  const char *name;
  VtType type;
  gboolean required;
  gint64 min, max;         /* of VT_TYPE_INT; both 0: any */
  const VtMember *members; /* of VT_TYPE_LIST; ends with a NULL name */
  const char *summary;
};

typedef enum
{
  VT_COMMAND_INSTANT = 0,         /* answers from memory, at once, whatever else goes on */
  VT_COMMAND_READS = 1 << 0,      /* reads kernel attributes: waits its turn behind changes */
  VT_COMMAND_CHANGES = 1 << 1,    /* changes the guest: Busy while another change is under way */
  VT_COMMAND_DELIMITED = 1 << 2,  /* the reply is led in by a 0xFF byte */
  VT_COMMAND_BARRIER = 1 << 3,    /* no reply to an earlier request comes behind this one's */
  VT_COMMAND_SUBSCRIBES = 1 << 4, /* from its reply on its client is told events, up to a barrier */
} VtCommandFlags;

typedef struct
{
  const char *name;
  VtCommandFlags flags;
  const VtMember *arguments; /* NULL: none; ends with a NULL name */
  const char *summary;
  const char *returns; /* one line for the reference */
} VtCommandSpec;

/* Sorted by name; ends with a NULL name. */
extern const VtCommandSpec vt_schema[];

/* What a client may be told that asked by tune-subscribe. */
typedef struct
{
  const char *name;
  const char *summary;
  const char *data; /* one line for the reference */
} VtEventSpec;

/* Ends with a NULL name. */
extern const VtEventSpec vt_schema_events[];

/* NULL where there is none. */
const VtCommandSpec *vt_schema_find (const char *name);

/*
 * Holds @arguments, NULL where there are none, against @spec: an error names the member, what was
 * given and what is allowed. An unknown member is VT_ERROR_GENERIC "Parameter 'x' is unexpected",
 * as qga's; the others VT_ERROR_INVALID_ARGUMENT.
 */
gboolean vt_schema_check (const VtCommandSpec *spec,
                          JsonObject *arguments,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
