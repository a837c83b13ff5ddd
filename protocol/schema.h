/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The table of commands, with their names, arguments and summaries. The
 * dispatcher checks arguments against it, and guest-info lists it. A test
 * compares the reference in protocol/README.md with it. It executes nothing.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

typedef enum
{
  VT_TYPE_STRING,
  VT_TYPE_INT,
  VT_TYPE_BOOL,
  VT_TYPE_SETTINGS, /* object: a settings document, checked by vt_settings_from_json() */
  VT_TYPE_LIST,     /* array of objects that have @members */
  VT_TYPE_STRINGS,  /* array of strings */
} VtType;

typedef struct VtMember VtMember;
struct VtMember
{
  const char *name;
  VtType type;
  gboolean required;
  gint64 min, max;         /* for VT_TYPE_INT; both 0: any */
  const VtMember *members; /* for VT_TYPE_LIST; ends with a NULL name */
  const char *summary;
};

typedef enum
{
  VT_COMMAND_INSTANT = 0,         /* answers from memory at once, even while a change is running */
  VT_COMMAND_READS = 1 << 0,      /* reads kernel attributes: waits until a running change ends */
  VT_COMMAND_CHANGES = 1 << 1,    /* changes the guest: Busy while another change is running */
  VT_COMMAND_DELIMITED = 1 << 2,  /* a 0xFF byte precedes the reply */
  VT_COMMAND_BARRIER = 1 << 3,    /* all replies to earlier requests are sent before its reply */
  VT_COMMAND_SUBSCRIBES = 1 << 4, /* its client gets events after its reply, until a barrier */
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

/* An event that subscribers (tune-subscribe) get. */
typedef struct
{
  const char *name;
  const char *summary;
  const char *data; /* one line for the reference */
} VtEventSpec;

/* Ends with a NULL name. */
extern const VtEventSpec vt_schema_events[];

/* NULL: there is no such command. */
const VtCommandSpec *vt_schema_find (const char *name);

/*
 * Checks @arguments (NULL: none) against @spec. An error names the member, what was given and what
 * is allowed. An unknown member is VT_ERROR_GENERIC "Parameter 'x' is unexpected", as in qga; all
 * other errors are VT_ERROR_INVALID_ARGUMENT.
 */
gboolean vt_schema_check (const VtCommandSpec *spec,
                          JsonObject *arguments,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
