/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A model of what design and manual promise for a guest with two disks, a NIC
 * and some sysctls. It knows the active settings, the originals, and which
 * values are the agent's. It has no plans and no state log, and touches no file.
 */

#include <glib.h>

typedef enum
{
  TREE_VDA_SCHEDULER,
  TREE_VDA_READ_AHEAD,
  TREE_VDA_RQ_AFFINITY,
  TREE_VDB_SCHEDULER,
  TREE_VDB_READ_AHEAD,
  TREE_VDB_RQ_AFFINITY,
  TREE_COMBINED,
  TREE_HUGEPAGE,
  TREE_SWAPPINESS,
  TREE_CACHE_PRESSURE,
  TREE_SOMAXCONN,
  TREE_DIRTY_BYTES, /* either this or the ratio is in force, and the other one reads 0 */
  TREE_DIRTY_RATIO,
  TREE_N
} TreeIndex;

#define TREE_VALUE      24
#define TREE_N_PROFILES 2
#define TREE_CHANNELS   4 /* the NIC's maximum */

typedef struct
{
  const char *key;
  const char *path;      /* the kernel's file */
  const char *words[4];  /* values that a request may set */
  const char *globs[3];  /* keys with a glob that match it, the most exact first */
  const char *values[4]; /* values that other programs write; NULL: they write none */
} TreeAttribute;

extern const TreeAttribute tree_attributes[TREE_N];
extern const char *const tree_profiles[TREE_N_PROFILES];      /* names */
extern const char *const tree_profile_texts[TREE_N_PROFILES]; /* the profiles' tuned.conf */

typedef enum
{
  TREE_LAYER_PROFILE,
  TREE_LAYER_SETTINGS,
  TREE_LAYER_TRANSIENT_PROFILE,
  TREE_LAYER_TRANSIENT_SETTINGS,
  TREE_N_LAYERS
} TreeLayer;

typedef struct
{
  int profile;          /* -1: none */
  GHashTable *settings; /* key → word */
} TreeLevel;

/* The active settings: the stored level, and the transient level, which overrides it. */
typedef struct
{
  TreeLevel levels[2];
} TreeState;

typedef struct
{
  int profile;          /* -1: not named */
  GHashTable *settings; /* key → word; a NULL word removes the setting. May be empty */
  gboolean transient;
  gboolean allow_absent;
  guint seconds; /* 0: not provisional */
} TreeRequest;

typedef struct
{
  gboolean there;
  char original[TREE_VALUE];
  char ours[TREE_VALUE];
} TreeRecord;

typedef struct
{
  gboolean there;
  gboolean written;
  char before[TREE_VALUE];
  char wanted[TREE_VALUE];
} TreeEntry;

typedef struct
{
  char value[TREE_N][TREE_VALUE];
  TreeRecord records[TREE_N]; /* the pair has both or none */
  gboolean present;           /* whether vdb is there */
  guint online;               /* number of online vCPUs */
  TreeState state;
  gboolean start_deferred; /* a start has left work undone because of a provisional apply */
  gboolean is_provisional;
  TreeState next; /* the state if the provisional apply is confirmed */
  TreeEntry entries[TREE_N];
  gboolean reapplied[2]; /* vda, vdb: the agent has re-applied its values after a drift */
  gboolean early[2];     /* udev's rules may still change the disk */
} TreeModel;

void tree_model_init (TreeModel *model);
void tree_model_clear (TreeModel *model);

gboolean tree_model_has (const TreeModel *model, TreeIndex index);
/* The value that the settings in force want the attribute to read; NULL: none. */
const char *tree_model_target (const TreeModel *model, TreeIndex index);
/* Counts the settings in force that name the absent disk exactly. */
guint tree_model_count_pending (const TreeModel *model);

/* FALSE: the agent must refuse the request. */
gboolean tree_model_allows (TreeModel *model, const TreeRequest *request);
/* Carries out a request that is allowed. */
void tree_model_apply (TreeModel *model, const TreeRequest *request);
void tree_model_confirm (TreeModel *model);
void tree_model_expire (TreeModel *model);
void tree_model_rollback (TreeModel *model);
/* A new agent starts. */
void tree_model_start (TreeModel *model);
/* An event of the disk arrives, from the kernel (@early) or from udev. */
void tree_model_converge (TreeModel *model, gboolean second, gboolean early);
/* The number of vCPUs has changed. */
void tree_model_follow_cpus (TreeModel *model);
/* Another program writes the value. */
void tree_model_set (TreeModel *model, TreeIndex index, const char *value);
void tree_model_unplug (TreeModel *model);
/* Plugs vdb with the values of a disk that was never tuned. */
void tree_model_plug (TreeModel *model, const char boot[TREE_N][TREE_VALUE]);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TreeModel, tree_model_clear)
