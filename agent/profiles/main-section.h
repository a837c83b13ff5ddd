/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The [main] section of one file: what the profile is, and what it includes.
 */

#include <glib.h>

typedef struct
{
  GStrv includes; /* in order; "-NAME": only where there is one */
  char *summary;  /* fit for a log; NULL: none */
} VtMainSection;

/* @entries: of VtIniEntry. What is not carried out is appended to @ignored. */
VtMainSection *vt_main_section_new (const GPtrArray *entries, GPtrArray *ignored);
void vt_main_section_free (VtMainSection *section);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtMainSection, vt_main_section_free)
