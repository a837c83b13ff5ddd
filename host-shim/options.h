/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Parses the command line. Options may be anywhere; the other arguments keep
 * their order. One table describes the options for both parsing and --help.
 * This file knows sets of options but no verbs, and opens no file.
 */

#include <glib.h>

/* Sets of options. A verb names the sets that it takes. */
typedef enum
{
  VT_OPTIONS_GLOBAL = 0,
  VT_OPTIONS_CHANGE = 1 << 0,  /* --dry-run, --force, … */
  VT_OPTIONS_PROFILE = 1 << 1, /* --profile, --settings */
  VT_OPTIONS_STATUS = 1 << 2,  /* --all */
} VtOptionSet;

typedef struct
{
  char *socket;
  char *uri;
  gboolean json;
  gdouble timeout; /* seconds */
  gboolean quiet;
  gboolean help;
  gboolean version;
  /* VT_OPTIONS_CHANGE */
  gboolean dry_run;
  gboolean force;
  gboolean allow_absent;
  gboolean transient;
  guint confirm_within; /* seconds; 0: not given */
  char *check;
  /* VT_OPTIONS_PROFILE */
  char *profile;
  char *settings;
  /* VT_OPTIONS_STATUS */
  gboolean all;
  /* as given on the command line */
  char *format;
  char *timeout_text;
  char *confirm_text;
  char **rest; /* verb, domain, arguments; never NULL */
} VtOptions;

/* @argv: ends with NULL; not changed. Errors: VT_EXIT_USAGE. (transfer full) */
VtOptions *vt_options_parse (const char *const *argv, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_options_free (VtOptions *options);

/* VT_EXIT_USAGE if an option was given that is in none of @sets. */
gboolean vt_options_check (const VtOptions *options, guint sets, const char *verb, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Appends one line of help for each option of @set. */
void vt_options_append_help (GString *out, VtOptionSet set);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtOptions, vt_options_free)
