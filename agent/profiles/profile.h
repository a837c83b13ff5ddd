/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Profiles in TuneD's format (tuned.conf), read into settings: what is
 * wanted, layer by layer, and what we do not carry out, by name. It applies
 * nothing and knows no attribute beyond its spelling in TuneD.
 */

#include <glib.h>

#include "protocol/settings.h"

/* One file's part: an including profile lies over those that it includes. */
typedef struct
{
  char *profile; /* the profile's name */
  char *path;    /* of its tuned.conf */
  /* May hold TuneD's ">4096" (raise only) and "<10" (lower only). A setting
   * without value is an exception (devices=!vda) to a wider selector of this
   * layer: the layer wants nothing of that device, layers below still may. */
  VtSettings *settings;
} VtProfileLayer;

typedef struct
{
  char *name;
  char *summary;      /* may be NULL */
  GPtrArray *layers;  /* of VtProfileLayer, lowest (included first) to highest */
  GPtrArray *ignored; /* of char *: "[cpu] governor: a guest has no …", one for each thing not
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

/* VT_ERROR_INVALID_ARGUMENT: no such profile (names those there are), damaged, include loop or too
 * deep. */
VtProfile *vt_profile_store_load (const VtProfileStore *store,
                                  const char *name,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All that can be found, by name; the first folder's wins. Returns: (transfer full): of
 * VtProfileInfo */
GPtrArray *vt_profile_store_list (const VtProfileStore *store);

/* Parses one file's text, without its includes: what the fuzzer drives. @ret_includes: names, in
 * order. */
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
