/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The active settings: what the host wants of this guest. The stored level outlives a reboot;
 * the transient level lies over it until the next boot. A VtActive never changes once it is made: a
 * change makes another, so any thread may hold one. It applies nothing.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#include "agent/tunables/hints.h"
#include "protocol/settings.h"

#define VT_ACTIVE_MAX (1024 * 1024) /* bytes of its JSON without white space */

typedef struct
{
  char *profile; /* NULL: none */
  gboolean profile_forced;
  VtSettings *settings; /* without nulls */
  GHashTable *forced;   /* set of the keys of @settings that the operator forced */
} VtActiveLevel;

typedef struct VtActive VtActive;

struct VtActive
{
  gint refs;
  gboolean rolled_back; /* by a roll-back: the default profile does not apply either */
  VtActiveLevel stored;
  VtActiveLevel transient;
  VtHints *hints; /* what the host says of its disks; never NULL */
};

/* What a host asks for. */
typedef struct
{
  const char *profile;        /* NULL: the active one stays */
  const VtSettings *settings; /* NULL: none given */
  const VtHints *hints;       /* replace those before; NULL: they stay */
  gboolean dry_run;
  gboolean forced;
  gboolean allow_absent;
  gboolean transient;
  guint confirm_within; /* seconds after which it is undone unless confirmed; 0: it stays */
} VtApplyRequest;

/* Nothing is stored: @default_profile (NULL or "": none) is active. */
VtActive *vt_active_new (const char *default_profile);
/* Nothing is active, after a roll-back. */
VtActive *vt_active_new_rolled_back (void);
/* What @request makes of @active. Returns: (transfer full) */
VtActive *vt_active_with (const VtActive *active, const VtApplyRequest *request);
/* @active in the next boot. Returns: (transfer full) */
VtActive *vt_active_without_transient (const VtActive *active);

VtActive *vt_active_ref (VtActive *active);
void vt_active_unref (VtActive *active);

/*
 * Whether @active can be stored, read again and shown: at most VT_SETTINGS_MAX settings a level and
 * VT_ACTIVE_MAX bytes in all. VT_ERROR_INVALID_ARGUMENT names the limit.
 */
gboolean vt_active_check (const VtActive *active, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* As it is stored. Returns: (transfer full) */
JsonObject *vt_active_to_json (const VtActive *active);
/* NULL: VT_ERROR_INVALID_ARGUMENT. (transfer full) */
VtActive *vt_active_from_json (JsonObject *content, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether it has no profile and no settings, as after a roll-back. */
gboolean vt_active_is_empty (const VtActive *active);
/* Whether both say the same. */
gboolean vt_active_equal (const VtActive *a, const VtActive *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtActive, vt_active_unref)
