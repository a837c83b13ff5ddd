/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The active state: what the host wants of this guest, kept over reboots in
 * active.json, with an overlay that lasts until the next one. Never changed
 * once it is made: a change makes another, so any thread may hold one. It
 * applies nothing.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#include "agent/engine/engine.h"

#define VT_ACTIVE_FILE "active.json"
#define VT_ACTIVE_MAX  (1024 * 1024) /* bytes of its JSON without white space */

typedef struct
{
  char *profile; /* NULL: none */
  gboolean profile_forced;
  VtSettings *settings; /* without nulls */
  GHashTable *forced;   /* set of the keys of @settings that the operator insisted on */
} VtActiveLevel;

struct VtActive
{
  gint refs;
  guint64 apply_id;     /* of the apply or roll-back that made it so; 0: none did */
  gboolean rolled_back; /* nothing applies, the default profile neither */
  VtActiveLevel kept;
  VtActiveLevel transient;
  VtHints *hints; /* what the host says of its disks; never NULL */
};

/* Nothing stored: @default_profile (NULL or "": none) is wanted. */
VtActive *vt_active_new (const char *default_profile);
/* After a roll-back. */
VtActive *vt_active_new_rolled_back (void);
/* What @request makes of @active. Returns: (transfer full) */
VtActive *vt_active_with (const VtActive *active, const VtApplyRequest *request);
/*
 * Whether @active can be stored, read again and told: at most VT_SETTINGS_MAX settings on a level
 * and VT_ACTIVE_MAX bytes in all. VT_ERROR_INVALID_ARGUMENT names the bound.
 */
gboolean vt_active_check (const VtActive *active, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * A damaged file is set aside and stands for none. The overlay of another
 * boot is forgotten. NULL: VT_ERROR_STATE, the folder can't be used.
 */
VtActive *vt_active_load (const char *folder,
                          const char *boot_id,
                          const char *default_profile,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Durable when it returns. VT_ERROR_STATE. */
gboolean vt_active_save (const VtActive *active,
                         const char *folder,
                         const char *boot_id,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* As it is stored. Returns: (transfer full) */
JsonObject *vt_active_to_json (const VtActive *active, const char *boot_id);
/* The overlay of another boot is forgotten. NULL: VT_ERROR_INVALID_ARGUMENT. (transfer full) */
VtActive *vt_active_from_json (JsonObject *content,
                               const char *boot_id,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether it wants nothing, as after a roll-back. */
gboolean vt_active_is_empty (const VtActive *active);

/* Whether both say the same, whichever apply made them. */
gboolean vt_active_equal (const VtActive *a, const VtActive *b);
