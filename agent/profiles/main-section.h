/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The [main] section of one file: the profile's summary and its includes.
 */

#include <glib.h>

typedef struct
{
  char *include; /* with its variables not yet expanded; NULL: none */
  guint line;    /* of the include */
  char *summary; /* cleaned by vt_profile_text(); NULL: none */
} VtMainSection;

/* @entries: of VtIniEntry. Options that are not carried out are appended to @ignored. */
VtMainSection *vt_main_section_new (const GPtrArray *entries, GPtrArray *ignored);
void vt_main_section_free (VtMainSection *section);

/*
 * Returns the names of the profiles that @section includes, in order. "-NAME"
 * is an include that may be absent. The values of variables come from the
 * [variables] sections of @files: an array of arrays of VtIniEntry, from the
 * outermost including file to this one. The outer file's value wins.
 * VT_ERROR_INVALID_ARGUMENT: a variable has no value, or the text has one of
 * TuneD's functions; the message starts with @path and the line.
 * (transfer full)
 */
GStrv vt_main_section_expand_includes (const VtMainSection *section,
                                       const char *path,
                                       const GPtrArray *files,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtMainSection, vt_main_section_free)
