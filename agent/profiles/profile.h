/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads profiles in TuneD's format (tuned.conf). The result is a list of
 * layers with settings, and a list of options that are not carried out. It
 * applies nothing and reads no attribute.
 */

#include <glib.h>

#include "protocol/settings.h"

/* The settings of one file. The layer of an including file overrides those of its includes. */
typedef struct
{
  char *profile; /* the profile's name */
  char *path;    /* of its tuned.conf */
  /* Values may be TuneD's ">4096" (raise only) and "<10" (lower only). A
   * setting without a value is an exception (devices=!vda) to a wider selector
   * of this layer: this layer doesn't set the attribute on that device, but a
   * lower layer still may. */
  VtSettings *settings;
} VtProfileLayer;

typedef struct
{
  char *name;
  char *summary;      /* may be NULL */
  GPtrArray *layers;  /* of VtProfileLayer, lowest (included first) to highest */
  GPtrArray *ignored; /* of char *: "[cpu] governor: the host …", one for each option that is not
                         carried out */
} VtProfile;

typedef struct
{
  char *name;
  char *path;
  char *summary; /* may be NULL */
} VtProfileInfo;

typedef struct VtProfileStore VtProfileStore;

/*
 * @folders: NULL-terminated, searched in order, below @root ("" for "/").
 * The default list is vt_profile_folders.
 */
VtProfileStore *vt_profile_store_new (const char *root, const char *const *folders);
void vt_profile_store_free (VtProfileStore *store);
extern const char *const vt_profile_folders[];
/* The folders in which TuneD itself searches its profiles. */
extern const char *const vt_tuned_folders[];

/* VT_ERROR_INVALID_ARGUMENT: no such profile (the message names the existing ones), a faulty file,
 * or an include loop or includes nested too deep. */
VtProfile *vt_profile_store_load (const VtProfileStore *store,
                                  const char *name,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Lists all profiles, sorted by name. If two folders have the same name, the first folder's profile
 * is listed. Returns: (transfer full): of VtProfileInfo */
GPtrArray *vt_profile_store_list (const VtProfileStore *store);

/* Parses one file's text but not its includes; for the fuzzer. @ret_includes: the names, in order.
 */
VtProfileLayer *vt_profile_parse (const char *name,
                                  const char *path,
                                  const char *text,
                                  gsize len,
                                  GStrv *ret_includes,
                                  char **ret_summary,
                                  GPtrArray *ignored,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

void vt_profile_free (VtProfile *profile);
void vt_profile_layer_free (VtProfileLayer *layer);
void vt_profile_info_free (VtProfileInfo *info);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtProfileStore, vt_profile_store_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtProfile, vt_profile_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtProfileLayer, vt_profile_layer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtProfileInfo, vt_profile_info_free)
