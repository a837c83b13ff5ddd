/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Sections of profiles (TuneD calls them units), and how an including profile
 * changes the units of its includes. It interprets only the options that
 * control this: type, devices, enabled, replace, drop.
 */

#include <glib.h>

#define VT_UNIT_OPTIONS_MAX 4096 /* in all units of a profile and its includes */

typedef struct
{
  char *name;
  char *value;
  guint layer; /* index of the file that set it last */
} VtOption;

typedef struct
{
  char *name;
  char *type;      /* the plug-in; NULL: the unit's name is the type */
  char *devices;   /* NULL: all */
  char *condition; /* the option that limits the unit to some machines; NULL: none */
  GStrv drop;      /* names of included options to remove; NULL: none */
  gboolean enabled;
  gboolean replace;   /* remove all included options of the same unit */
  GPtrArray *options; /* of VtOption */
} VtUnit;

const char *vt_unit_get_type (const VtUnit *unit);

/* @entries: of VtIniEntry, one file. Returns: (transfer full): of VtUnit, without [main] */
GPtrArray *vt_units_new (const GPtrArray *entries, guint layer);

/*
 * Merges one file's units (@over) into those of the files that it includes
 * (@units); empties @over. FALSE: more than VT_UNIT_OPTIONS_MAX options. As in
 * TuneD, devices= and enabled= come from the including file's unit, even if it
 * doesn't set them: then the default "all" or "yes" applies.
 */
gboolean vt_units_merge (GPtrArray *units, GPtrArray *over) G_GNUC_WARN_UNUSED_RESULT;
