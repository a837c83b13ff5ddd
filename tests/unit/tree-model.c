/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/tree-model.h"

#include <string.h>

#define BLOCK(disk, name, words, values)                                                           \
  {                                                                                                \
    "block/" disk "/" name, "sys/block/" disk "/queue/" name, words,                               \
        { "block/vd*/" name, "block/*/" name }, values                                             \
  }
#define PLAIN(key, path, ...)                                                                      \
  {                                                                                                \
    key, path, { __VA_ARGS__ }, { NULL },                                                          \
    {                                                                                              \
      __VA_ARGS__                                                                                  \
    }                                                                                              \
  }
#define WORDS(...)                                                                                 \
  {                                                                                                \
    __VA_ARGS__                                                                                    \
  }

const TreeAttribute tree_attributes[TREE_N] = {
  [TREE_VDA_SCHEDULER] = BLOCK ("vda",
                                "scheduler",
                                WORDS ("none", "mq-deadline", "kyber", "noop"),
                                WORDS ("none", "mq-deadline", "kyber")),
  [TREE_VDA_READ_AHEAD]
  = BLOCK ("vda", "read_ahead_kb", WORDS ("64", "128", "512", "1024"), WORDS ("64", "128", "512")),
  [TREE_VDA_RQ_AFFINITY]
  = BLOCK ("vda", "rq_affinity", WORDS ("0", "1", "2", "2"), WORDS ("0", "1", "2")),
  [TREE_VDB_SCHEDULER] = BLOCK ("vdb",
                                "scheduler",
                                WORDS ("none", "mq-deadline", "bfq", "deadline"),
                                WORDS ("none", "mq-deadline", "kyber")),
  [TREE_VDB_READ_AHEAD]
  = BLOCK ("vdb", "read_ahead_kb", WORDS ("64", "128", "512", "1024"), WORDS ("64", "128", "512")),
  [TREE_VDB_RQ_AFFINITY]
  = BLOCK ("vdb", "rq_affinity", WORDS ("0", "1", "2", "2"), WORDS ("0", "1", "2")),
  [TREE_COMBINED] = { "net/eth0/combined",
                      "ethtool/eth0/combined",
                      { "1", "3", "auto", "max" },
                      { "net/eth*/combined", "net/*/combined" },
                      { NULL } },
  [TREE_HUGEPAGE] = PLAIN ("vm/transparent_hugepage",
                           "sys/kernel/mm/transparent_hugepage/enabled",
                           "always",
                           "madvise",
                           "never",
                           "never"),
  [TREE_SWAPPINESS]
  = PLAIN ("sysctl/vm.swappiness", "proc/sys/vm/swappiness", "10", "20", "30", "60"),
  [TREE_CACHE_PRESSURE] = PLAIN (
      "sysctl/vm.vfs_cache_pressure", "proc/sys/vm/vfs_cache_pressure", "50", "80", "100", "120"),
  [TREE_SOMAXCONN] = PLAIN (
      "sysctl/net.core.somaxconn", "proc/sys/net/core/somaxconn", "1024", "2048", "4096", "8192"),
  [TREE_DIRTY_BYTES]
  = PLAIN ("sysctl/vm.dirty_bytes", "proc/sys/vm/dirty_bytes", "50000", "60000", "70000", "80000"),
  [TREE_DIRTY_RATIO]
  = PLAIN ("sysctl/vm.dirty_ratio", "proc/sys/vm/dirty_ratio", "10", "20", "30", "40"),
};

const char *const tree_profiles[TREE_N_PROFILES] = { "quick", "calm" };
const char *const tree_profile_texts[TREE_N_PROFILES] = {
  "[disk]\nreadahead=256\n[sysctl]\nvm.swappiness=25\nvm.dirty_bytes=55000\n"
  "[vm]\ntransparent_hugepages=always\n",
  "[disk]\nelevator=mq-deadline\n[sysctl]\nvm.swappiness=35\nnet.core.somaxconn=3000\n"
  "vm.dirty_ratio=35\n",
};

static const struct
{
  int profile;
  const char *key;
  const char *word;
} in_profiles[] = {
  { 0, "block/*/read_ahead_kb", "256" },      { 0, "sysctl/vm.swappiness", "25" },
  { 0, "sysctl/vm.dirty_bytes", "55000" },    { 0, "vm/transparent_hugepage", "always" },
  { 1, "block/*/scheduler", "mq-deadline" },  { 1, "sysctl/vm.swappiness", "35" },
  { 1, "sysctl/net.core.somaxconn", "3000" }, { 1, "sysctl/vm.dirty_ratio", "35" },
};

/* The setting that applies to one attribute; layer -1: there is none. */
typedef struct
{
  int layer;
  int profile; /* the profile of the layer, if it is the layer of a profile */
  const char *key;
  const char *word;
} Want;

static const Want no_want = { .layer = -1 };

static void
level_init (TreeLevel *level)
{
  level->profile = -1;
  level->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static void
level_reset (TreeLevel *level)
{
  level->profile = -1;
  g_hash_table_remove_all (level->settings);
}

static void
level_copy (TreeLevel *to, const TreeLevel *from)
{
  GHashTableIter iter;
  gpointer key;
  gpointer word;

  level_reset (to);
  to->profile = from->profile;
  g_hash_table_iter_init (&iter, from->settings);
  while (g_hash_table_iter_next (&iter, &key, &word))
    g_hash_table_insert (to->settings, g_strdup (key), g_strdup (word));
}

static void
state_init (TreeState *state)
{
  level_init (&state->levels[0]);
  level_init (&state->levels[1]);
}

static void
state_copy (TreeState *to, const TreeState *from)
{
  level_copy (&to->levels[0], &from->levels[0]);
  level_copy (&to->levels[1], &from->levels[1]);
}

void
tree_model_init (TreeModel *model)
{
  *model = (TreeModel){ .present = TRUE, .online = TREE_CHANNELS };
  state_init (&model->state);
  state_init (&model->next);
}

void
tree_model_clear (TreeModel *model)
{
  for (guint i = 0; i < 2; i++)
    {
      g_hash_table_unref (model->state.levels[i].settings);
      g_hash_table_unref (model->next.levels[i].settings);
    }
}

static gboolean
is_vdb (TreeIndex index)
{
  return index >= TREE_VDB_SCHEDULER && index <= TREE_VDB_RQ_AFFINITY;
}

gboolean
tree_model_has (const TreeModel *model, TreeIndex index)
{
  return model->present || !is_vdb (index);
}

static TreeIndex
partner_of (TreeIndex index)
{
  if (index == TREE_DIRTY_BYTES)
    return TREE_DIRTY_RATIO;

  return index == TREE_DIRTY_RATIO ? TREE_DIRTY_BYTES : index;
}

static const char *
word_in_layer (const TreeState *state, TreeLayer layer, const char *key)
{
  const TreeLevel *level = &state->levels[layer >= TREE_LAYER_TRANSIENT_PROFILE];

  if (layer == TREE_LAYER_SETTINGS || layer == TREE_LAYER_TRANSIENT_SETTINGS)
    return g_hash_table_lookup (level->settings, key);

  for (guint i = 0; i < G_N_ELEMENTS (in_profiles); i++)
    {
      if (in_profiles[i].profile == level->profile && g_str_equal (in_profiles[i].key, key))
        return in_profiles[i].word;
    }

  return NULL;
}

static Want
want_in_layer (const TreeState *state, TreeLayer layer, TreeIndex index)
{
  const TreeAttribute *attribute = &tree_attributes[index];
  Want want = { layer, state->levels[layer >= TREE_LAYER_TRANSIENT_PROFILE].profile, attribute->key,
                word_in_layer (state, layer, attribute->key) };

  for (guint i = 0; want.word == NULL && attribute->globs[i] != NULL; i++)
    {
      want.key = attribute->globs[i];
      want.word = word_in_layer (state, layer, want.key);
    }

  return want.word != NULL ? want : no_want;
}

/* The setting of the highest layer, without regard to the other member of a pair. */
static Want
want_alone (const TreeState *state, TreeIndex index)
{
  Want want = no_want;

  for (int layer = TREE_N_LAYERS - 1; layer >= 0 && want.layer < 0; layer--)
    want = want_in_layer (state, (TreeLayer) layer, index);

  return want;
}

static Want
find_want (const TreeState *state, TreeIndex index)
{
  const Want want = want_alone (state, index);
  const TreeIndex partner = partner_of (index);

  if (partner != index && want_alone (state, partner).layer > want.layer)
    return no_want;

  return want;
}

static gboolean
is_contradictory (const TreeState *state)
{
  const int layer = want_alone (state, TREE_DIRTY_BYTES).layer;

  return layer >= 0 && want_alone (state, TREE_DIRTY_RATIO).layer == layer;
}

/* The value that the file reads after the word of a setting was applied. */
static const char *
value_of (const TreeModel *model, const char *word)
{
  static const char *const numbers[] = { "0", "1", "2", "3", "4" };

  if (g_str_equal (word, "auto"))
    return numbers[MIN (model->online, TREE_CHANNELS)];
  if (g_str_equal (word, "max"))
    return numbers[TREE_CHANNELS];
  if (g_str_equal (word, "noop"))
    return "none";

  return g_str_equal (word, "deadline") ? "mq-deadline" : word;
}

static const TreeState *
in_force (const TreeModel *model)
{
  return model->is_provisional ? &model->next : &model->state;
}

const char *
tree_model_target (const TreeModel *model, TreeIndex index)
{
  const Want want = find_want (in_force (model), index);

  return want.layer >= 0 ? value_of (model, want.word) : NULL;
}

guint
tree_model_count_pending (const TreeModel *model)
{
  guint n = 0;

  for (guint i = TREE_VDB_SCHEDULER; i <= TREE_VDB_RQ_AFFINITY; i++)
    {
      for (guint j = 0; j < 2; j++)
        {
          if (!model->present
              && g_hash_table_contains (in_force (model)->levels[j].settings,
                                        tree_attributes[i].key))
            {
              n++;
              break;
            }
        }
    }

  return n;
}

void
tree_model_set (TreeModel *model, TreeIndex index, const char *value)
{
  const TreeIndex partner = partner_of (index);

  if (g_str_equal (value, "0") && partner != index)
    return; /* a 0 only says that the other member is in force */

  g_strlcpy (model->value[index], value, TREE_VALUE);
  if (partner != index)
    g_strlcpy (model->value[partner], "0", TREE_VALUE);
}

static gboolean
is_original (const TreeModel *model, TreeIndex index)
{
  const TreeRecord *record = &model->records[index];

  return g_str_equal (record->ours, record->original);
}

/* Records that the present value is ours, or drops the record if it is the original. */
static void
record (TreeModel *model, TreeIndex index, const char *before)
{
  TreeRecord *made = &model->records[index];

  if (!made->there)
    g_strlcpy (made->original, before, TREE_VALUE);
  made->there = TRUE;
  g_strlcpy (made->ours, model->value[index], TREE_VALUE);
}

static void
record_with_partner (TreeModel *model,
                     TreeIndex index,
                     const char *before,
                     const char *partner_before)
{
  const TreeIndex partner = partner_of (index);

  record (model, index, before);
  record (model, partner, partner_before);
  if (is_original (model, index) && is_original (model, partner))
    model->records[index].there = model->records[partner].there = FALSE;
}

static void
write_target (TreeModel *model, TreeIndex index, const char *target)
{
  const TreeIndex partner = partner_of (index);
  char before[2][TREE_VALUE];

  memcpy (before[0], model->value[index], TREE_VALUE);
  memcpy (before[1], model->value[partner], TREE_VALUE);
  if (!model->records[index].there && g_str_equal (before[0], target))
    return;

  tree_model_set (model, index, target);
  record_with_partner (model, index, before[0], before[1]);
}

static gboolean
is_ours (const TreeModel *model, TreeIndex index)
{
  return g_str_equal (model->value[index], model->records[index].ours);
}

static void
restore_original (TreeModel *model, TreeIndex index)
{
  const TreeIndex partner = partner_of (index);

  if (is_ours (model, index) && is_ours (model, partner))
    {
      tree_model_set (model, index, model->records[index].original);
      tree_model_set (model, partner, model->records[partner].original);
    }

  model->records[index].there = model->records[partner].there = FALSE;
}

/* Writes the wanted value, or restores the original. */
static void
tune (TreeModel *model, TreeIndex index)
{
  const char *target = tree_model_target (model, index);

  if (!tree_model_has (model, index))
    return;
  if (target != NULL)
    write_target (model, index, target);
  else if (model->records[index].there && tree_model_target (model, partner_of (index)) == NULL)
    restore_original (model, index);
}

/* Whether the request names the attribute, in its profile or with a key that matches it. */
static gboolean
is_named (const TreeRequest *request, const Want *want, TreeIndex index)
{
  const TreeAttribute *attribute = &tree_attributes[index];
  const int profile = request->transient ? TREE_LAYER_TRANSIENT_PROFILE : TREE_LAYER_PROFILE;

  if (g_hash_table_contains (request->settings, attribute->key))
    return TRUE;
  for (guint i = 0; attribute->globs[i] != NULL; i++)
    {
      if (g_hash_table_contains (request->settings, attribute->globs[i]))
        return TRUE;
    }

  return request->profile >= 0 && want->layer == profile;
}

static gboolean
is_of_settings (const Want *want)
{
  return want->layer == TREE_LAYER_SETTINGS || want->layer == TREE_LAYER_TRANSIENT_SETTINGS;
}

/* A stored profile and the same profile as a transient one count as the same. */
static gboolean
is_same (const Want *a, const Want *b)
{
  if (a->layer < 0 || b->layer < 0)
    return a->layer == b->layer;
  if (is_of_settings (a) || is_of_settings (b))
    return a->layer == b->layer && g_str_equal (a->word, b->word);

  return a->profile == b->profile && g_str_equal (a->word, b->word);
}

/* Whether @level may override @key: it has a key of the same section and name, for any device. */
static gboolean
may_hide (const TreeLevel *level, const char *key)
{
  GHashTableIter iter;
  gpointer other;

  g_hash_table_iter_init (&iter, level->settings);
  while (g_hash_table_iter_next (&iter, &other, NULL))
    {
      if (g_str_equal (strrchr (other, '/'), strrchr (key, '/')) && *(char *) other == *key)
        return TRUE;
    }

  return level->profile >= 0;
}

/* New stored settings win over older transient ones: their keys are removed from the overlay. A
 * setting that the overlay would still hide is added to it. */
static void
override_overlay (TreeLevel *overlay, GHashTable *lasting)
{
  g_autoptr (GPtrArray) hidden = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key;
  gpointer word;

  g_hash_table_iter_init (&iter, lasting);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_hash_table_remove (overlay->settings, key);

  g_hash_table_iter_init (&iter, lasting);
  while (g_hash_table_iter_next (&iter, &key, &word))
    {
      if (word != NULL && may_hide (overlay, key))
        g_ptr_array_add (hidden, key);
    }

  for (guint i = 0; i < hidden->len; i++)
    {
      key = g_ptr_array_index (hidden, i);
      g_hash_table_insert (overlay->settings, g_strdup (key),
                           g_strdup (g_hash_table_lookup (lasting, key)));
    }
}

static void
merge (TreeState *state, const TreeRequest *request)
{
  TreeLevel *level = &state->levels[request->transient];
  GHashTableIter iter;
  gpointer key;
  gpointer word;

  if (request->profile >= 0)
    {
      if (!request->transient)
        level_reset (&state->levels[1]);
      level_reset (level);
      level->profile = request->profile;
    }

  if (!request->transient)
    override_overlay (&state->levels[1], request->settings);
  g_hash_table_iter_init (&iter, request->settings);
  while (g_hash_table_iter_next (&iter, &key, &word))
    {
      g_hash_table_remove (level->settings, key);
      if (word != NULL)
        g_hash_table_insert (level->settings, g_strdup (key), g_strdup (word));
    }
}

static gboolean
names_absent (const TreeModel *model, const TreeRequest *request)
{
  for (guint i = TREE_VDB_SCHEDULER; i <= TREE_VDB_RQ_AFFINITY; i++)
    {
      if (!model->present
          && g_hash_table_lookup (request->settings, tree_attributes[i].key) != NULL)
        return !request->allow_absent;
    }

  return FALSE;
}

static void
forget_attempts (TreeModel *model)
{
  model->reapplied[0] = model->reapplied[1] = FALSE;
  model->early[0] = model->early[1] = FALSE;
}

/* Notes whether udev's rules may still change a disk whose attributes are written for the first
 * time. */
static void
await_udev (TreeModel *model, gboolean second)
{
  const TreeIndex first = second ? TREE_VDB_SCHEDULER : TREE_VDA_SCHEDULER;

  for (guint i = first; i < first + 3; i++)
    {
      const char *target = tree_model_target (model, (TreeIndex) i);

      if (tree_model_has (model, (TreeIndex) i) && target != NULL && !model->records[i].there
          && !g_str_equal (model->value[i], target) && !model->reapplied[second])
        model->early[second] = TRUE;
    }
}

/* Applies the request to each value that it names, or whose setting it has changed. */
static void
carry_out (TreeModel *model, const TreeRequest *request, const TreeState *before)
{
  for (guint i = 0; i < TREE_N; i++)
    {
      const Want now = find_want (in_force (model), (TreeIndex) i);
      const Want old = find_want (before, (TreeIndex) i);

      if (is_named (request, &now, (TreeIndex) i) || !is_same (&now, &old)
          || (now.layer < 0 && model->records[i].there))
        tune (model, (TreeIndex) i);
    }
}

/* Whether the end of the provisional apply decides whether the record stays. */
static gboolean
is_entry (const TreeEntry *entry, const TreeRecord *old, const TreeRecord *made)
{
  if (entry->written)
    return TRUE;

  return old->there
         && (made->there ? !g_str_equal (old->ours, made->ours)
                         : g_str_equal (entry->wanted, old->original));
}

/* A pair has entries for both members. A member that was not written keeps the value of its record.
 */
static void
join_pair (TreeModel *model, const TreeRecord *records)
{
  for (guint i = 0; i < TREE_N; i++)
    {
      const TreeIndex partner = partner_of ((TreeIndex) i);
      TreeEntry *entry = &model->entries[i];

      if (partner == (TreeIndex) i || entry->there || !model->entries[partner].there)
        continue;
      entry->there = TRUE;
      if (records[i].there)
        g_strlcpy (entry->wanted, records[i].ours, TREE_VALUE);
    }
}

static void
carry_out_provisional (TreeModel *model, const TreeRequest *request)
{
  TreeRecord records[TREE_N];
  char before[TREE_N][TREE_VALUE];

  memcpy (records, model->records, sizeof records);
  memcpy (before, model->value, sizeof before);
  carry_out (model, request, &model->state);

  for (guint i = 0; i < TREE_N; i++)
    {
      TreeEntry *entry = &model->entries[i];

      entry->written = !g_str_equal (before[i], model->value[i]);
      g_strlcpy (entry->before, before[i], TREE_VALUE);
      g_strlcpy (entry->wanted, model->value[i], TREE_VALUE);
      entry->there = is_entry (entry, &records[i], &model->records[i]);
    }

  join_pair (model, records);
  memcpy (model->records, records, sizeof records);
}

gboolean
tree_model_allows (TreeModel *model, const TreeRequest *request)
{
  state_copy (&model->next, &model->state);
  merge (&model->next, request);

  return !names_absent (model, request) && !is_contradictory (&model->next);
}

void
tree_model_apply (TreeModel *model, const TreeRequest *request)
{
  state_copy (&model->next, &model->state);
  merge (&model->next, request);

  model->is_provisional = TRUE; /* from here on, next is in force */
  if (request->seconds > 0)
    {
      carry_out_provisional (model, request);
      return;
    }

  carry_out (model, request, &model->state);
  model->is_provisional = FALSE;
  state_copy (&model->state, &model->next);
  forget_attempts (model);
}

static void
tune_all (TreeModel *model)
{
  for (guint i = 0; i < TREE_N; i++)
    tune (model, (TreeIndex) i);
}

/* Applies the active settings, as a start does. */
static void
apply_active (TreeModel *model)
{
  await_udev (model, FALSE);
  await_udev (model, TRUE);
  tune_all (model);
}

static void
end_provisional (TreeModel *model)
{
  model->is_provisional = FALSE;
  memset (model->entries, 0, sizeof model->entries);
  forget_attempts (model);
  if (model->start_deferred)
    apply_active (model);
  model->start_deferred = FALSE;
}

void
tree_model_confirm (TreeModel *model)
{
  for (guint i = 0; i < TREE_N; i++)
    {
      const TreeEntry *entry = &model->entries[i];
      TreeRecord *made = &model->records[i];

      if (!entry->there)
        continue;
      if (!made->there)
        g_strlcpy (made->original, entry->before, TREE_VALUE);
      made->there = TRUE;
      g_strlcpy (made->ours, entry->wanted, TREE_VALUE);
    }

  for (guint i = 0; i < TREE_N; i++)
    {
      const TreeIndex partner = partner_of ((TreeIndex) i);

      if (model->records[i].there && is_original (model, (TreeIndex) i)
          && is_original (model, partner))
        model->records[i].there = model->records[partner].there = FALSE;
    }

  state_copy (&model->state, &model->next);
  end_provisional (model);
}

void
tree_model_expire (TreeModel *model)
{
  for (guint i = 0; i < TREE_N; i++)
    {
      const TreeEntry *entry = &model->entries[i];

      if (entry->written
          && (partner_of ((TreeIndex) i) != i || g_str_equal (model->value[i], entry->wanted)))
        tree_model_set (model, (TreeIndex) i, entry->before);
    }

  end_provisional (model);
}

void
tree_model_rollback (TreeModel *model)
{
  model->start_deferred = FALSE;
  if (model->is_provisional)
    tree_model_expire (model);

  level_reset (&model->state.levels[0]);
  level_reset (&model->state.levels[1]);
  tune_all (model);
  forget_attempts (model);
}

void
tree_model_start (TreeModel *model)
{
  forget_attempts (model);
  model->start_deferred = model->is_provisional;
  if (!model->is_provisional)
    apply_active (model);
}

/* Whether others have changed a wanted value that was ours. */
static gboolean
has_drifted (const TreeModel *model, TreeIndex index)
{
  const char *target = tree_model_target (model, index);

  return target != NULL && model->records[index].there
         && g_str_equal (model->records[index].ours, target)
         && !g_str_equal (model->value[index], target);
}

/* Decides what to do about drift. FALSE: the value of the others stays. */
static gboolean
resolve_drift (TreeModel *model, TreeIndex index, gboolean second, gboolean had_attempt)
{
  if (!has_drifted (model, index))
    return TRUE;
  if (had_attempt)
    return FALSE;

  model->reapplied[second] = TRUE;
  if (model->early[second])
    memcpy (model->records[index].original, model->value[index], TREE_VALUE);
  return TRUE;
}

void
tree_model_converge (TreeModel *model, gboolean second, gboolean early)
{
  const TreeIndex first = second ? TREE_VDB_SCHEDULER : TREE_VDA_SCHEDULER;
  const gboolean had_attempt = model->reapplied[second];
  gboolean left[3];

  for (guint i = 0; i < 3; i++)
    left[i] = !resolve_drift (model, first + i, second, had_attempt);
  if (early)
    await_udev (model, second);

  for (guint i = 0; i < 3; i++)
    {
      if (!left[i] && tree_model_target (model, first + i) != NULL)
        tune (model, first + i);
    }
}

void
tree_model_follow_cpus (TreeModel *model)
{
  const Want want = find_want (in_force (model), TREE_COMBINED);

  if (!model->is_provisional && want.layer >= 0
      && (g_str_equal (want.word, "auto") || g_str_equal (want.word, "max")))
    tune (model, TREE_COMBINED);
}

void
tree_model_unplug (TreeModel *model)
{
  model->present = FALSE;
  model->reapplied[1] = model->early[1] = FALSE;
  for (guint i = TREE_VDB_SCHEDULER; i <= TREE_VDB_RQ_AFFINITY; i++)
    {
      model->records[i].there = FALSE;
      model->entries[i].there = model->entries[i].written = FALSE;
    }
}

void
tree_model_plug (TreeModel *model, const char boot[TREE_N][TREE_VALUE])
{
  model->present = TRUE;
  for (guint i = TREE_VDB_SCHEDULER; i <= TREE_VDB_RQ_AFFINITY; i++)
    memcpy (model->value[i], boot[i], TREE_VALUE);
}
