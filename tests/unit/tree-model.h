/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What design and manual promise of a guest with two disks, a NIC and some
 * sysctls, as a model that knows nothing of plans and journals: who wants
 * what, what was there before, whose a value is. It touches no file.
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
  TREE_DIRTY_BYTES, /* or the ratio is in force, and the other reads 0 */
  TREE_DIRTY_RATIO,
  TREE_N
} TreeIndex;

#define TREE_VALUE      24
#define TREE_N_PROFILES 2
#define TREE_CHANNELS   4 /* that the NIC has at most */

typedef struct
{
  const char *key;
  const char *path;      /* of the kernel's file */
  const char *words[4];  /* that may be asked for */
  const char *globs[3];  /* keys that match it too, the best first */
  const char *values[4]; /* that others write; NULL: they do not */
} TreeAttribute;

extern const TreeAttribute tree_attributes[TREE_N];
extern const char *const tree_profiles[TREE_N_PROFILES];      /* names */
extern const char *const tree_profile_texts[TREE_N_PROFILES]; /* their tuned.conf */

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

/* What is active: the stored level, and the transient one over it. */
typedef struct
{
  TreeLevel levels[2];
} TreeState;

typedef struct
{
  int profile;          /* -1: not named */
  GHashTable *settings; /* key → word; NULL as word: no longer wanted. May be empty */
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
  TreeRecord records[TREE_N]; /* of the pair both or none */
  gboolean present;           /* vdb */
  guint online;               /* vCPUs */
  TreeState state;
  gboolean due; /* what a start leaves undone while there is a provisional apply */
  gboolean is_provisional;
  TreeState next; /* of the provisional apply */
  TreeEntry entries[TREE_N];
  gboolean put_right[2]; /* vda, vdb: once by itself */
  gboolean early[2];     /* what others make of it then, udev's rules have */
} TreeModel;

void tree_model_init (TreeModel *model);
void tree_model_clear (TreeModel *model);

gboolean tree_model_has (const TreeModel *model, TreeIndex index);
/* What is in force wants the attribute to read so; NULL: nothing is wanted. */
const char *tree_model_target (const TreeModel *model, TreeIndex index);
/* Exact keys of the disk that is not there, in what is in force. */
guint tree_model_count_pending (const TreeModel *model);

/* FALSE: it has to be refused. */
gboolean tree_model_allows (TreeModel *model, const TreeRequest *request);
/* What is allowed. */
void tree_model_apply (TreeModel *model, const TreeRequest *request);
void tree_model_confirm (TreeModel *model);
void tree_model_expire (TreeModel *model);
void tree_model_rollback (TreeModel *model);
/* A new agent. */
void tree_model_start (TreeModel *model);
/* The kernel (@early) or udev tells of the disk. */
void tree_model_converge (TreeModel *model, gboolean second, gboolean early);
/* The number of vCPUs has changed. */
void tree_model_follow_cpus (TreeModel *model);
/* Somebody writes it. */
void tree_model_set (TreeModel *model, TreeIndex index, const char *value);
void tree_model_unplug (TreeModel *model);
/* With the values that another has that nobody tuned. */
void tree_model_plug (TreeModel *model, const char boot[TREE_N][TREE_VALUE]);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TreeModel, tree_model_clear)
