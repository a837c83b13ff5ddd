/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Sections of profiles (TuneD calls them units), and how an including profile
 * changes those of the profiles that it includes. It gives no option a
 * meaning beyond those that steer this: type, devices, enabled, replace, drop.
 */

#include <glib.h>

#define VT_UNIT_OPTIONS_MAX 4096 /* in all units of a profile and its includes */

typedef struct
{
  char *name;
  char *value;
  guint layer; /* index of the file that has the last word on it */
} VtOption;

typedef struct
{
  char *name;
  char *type;      /* the plug-in; NULL: the unit's name is the type */
  char *devices;   /* NULL: all */
  char *condition; /* the option that makes it apply to some machines only; NULL: none */
  GStrv drop;      /* names of included options that go; NULL: none */
  gboolean enabled;
  gboolean replace;   /* included options of the same unit go, all of them */
  GPtrArray *options; /* of VtOption */
} VtUnit;

const char *vt_unit_get_type (const VtUnit *unit);

/* @entries: of VtIniEntry, one file. Returns: (transfer full): of VtUnit, without [main] */
GPtrArray *vt_units_new (const GPtrArray *entries, guint layer);

/*
 * Lays one file's units over those of the files that it includes; empties
 * @over. FALSE: more than VT_UNIT_OPTIONS_MAX options. As in TuneD, the later
 * unit's devices= and enabled= hold for the merged unit even where they are
 * left out there and so say "all" and "yes".
 */
gboolean vt_units_merge (GPtrArray *units, GPtrArray *over) G_GNUC_WARN_UNUSED_RESULT;
