/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Random applies, changes by others, failures, restarts, plugs and unplugs of
 * devices, and roll-backs, compared with a model that has no plans: it only
 * remembers each value before the engine first changed it, and whether others
 * changed it since.
 */

#include "config.h"

#include "agent/engine/engine.h"

#include <errno.h>

#include "fake-world.h"

#define STEPS 12000

typedef struct
{
  FakeWorld *world;
  VtEngine *engine;
  char original[FAKE_N][64];
  gboolean wanted[FAKE_N];
  gboolean changed[FAKE_N]; /* the engine has changed the value, and not restored it */
  char ours[FAKE_N][64];    /* the value that the engine has left */
  gboolean others[FAKE_N];  /* others changed the value before the step under way */
  char before[FAKE_N][64];  /* the value before the step under way */
  guint successes;
  guint failures;
} Model;

static const char *const pool[FAKE_N][4] = {
  [FAKE_VDA_SCHEDULER] = { "none", "kyber", "mq-deadline", "auto" },
  [FAKE_VDA_READ_AHEAD] = { "128", "256", "512", "1024" },
  [FAKE_VDB_SCHEDULER] = { "kyber", "kyber", "mq-deadline", "mq-deadline" },
  [FAKE_VDB_READ_AHEAD] = { "128", "256", "512", "1024" },
  [FAKE_ETH0_COMBINED] = { "1", "2", "4", "auto" },
  [FAKE_ETH0_XPS] = { "auto", "off", "auto", "off" },
  [FAKE_AUTO_ONLINE] = { "online", "online_movable", "offline", "online" },
  [FAKE_DIRTY_BYTES] = { "5000", "6000", "7000", "8000" },
  [FAKE_DIRTY_RATIO] = { "10", "20", "30", "40" },
  [FAKE_SWAPPINESS] = { "10", "20", "60", "90" },
};

static gboolean
chance (gint n)
{
  return g_test_rand_int_range (0, n) == 0;
}

static FakeIndex
partner_of (FakeIndex index)
{
  if (index == FAKE_DIRTY_BYTES)
    return FAKE_DIRTY_RATIO;
  if (index == FAKE_DIRTY_RATIO)
    return FAKE_DIRTY_BYTES;

  return index;
}

static void
before_step (Model *model)
{
  memcpy (model->before, model->world->state->value, sizeof model->before);
  for (guint i = 0; i < FAKE_N; i++)
    model->others[i] = model->changed[i] && !g_str_equal (model->before[i], model->ours[i]);
}

static gboolean
is_original (const Model *model, FakeIndex index)
{
  return g_str_equal (model->ours[index], model->original[index]);
}

/* Records that the present value is the engine's. Both members of a pair count together. */
static void
note_ours (Model *model, FakeIndex index)
{
  const FakeIndex partner = partner_of (index);

  if (!model->changed[index])
    return;

  g_strlcpy (model->ours[index], model->world->state->value[index], sizeof model->ours[index]);
  g_strlcpy (model->ours[partner], model->world->state->value[partner], sizeof model->ours[index]);
  if (is_original (model, index) && is_original (model, partner))
    model->changed[index] = model->changed[partner] = FALSE;
}

/* Records that the engine has changed the value, perhaps for the first time. */
static void
note_change (Model *model, FakeIndex index)
{
  if (!model->changed[index])
    g_strlcpy (model->original[index], model->before[index], sizeof model->original[index]);
  model->changed[index] = TRUE;
}

/* Finds the values that the engine has changed in the step. */
static void
after_step (Model *model)
{
  gboolean differs[FAKE_N];

  for (guint i = 0; i < FAKE_N; i++)
    differs[i] = !g_str_equal (model->world->state->value[i], model->before[i]);

  for (guint i = 0; i < FAKE_N; i++)
    {
      if (differs[i] || differs[partner_of (i)])
        note_change (model, i);
    }

  for (guint i = 0; i < FAKE_N; i++)
    {
      if (differs[i])
        note_ours (model, i);
    }
}

static void
check_untouched (Model *model)
{
  for (guint i = 0; i < FAKE_N; i++)
    g_assert_cmpstr (model->world->state->value[i], ==, model->before[i]);
}

/* A request that named @index has succeeded. model->wanted is that after the request. */
static void
note_named (Model *model, FakeIndex index, gboolean was_wanted)
{
  const FakeIndex partner = partner_of (index);
  const gboolean others = model->others[index] || model->others[partner];

  if (!model->wanted[index] && !was_wanted)
    return;

  if (!model->wanted[index] && !model->wanted[partner] && others)
    model->changed[index] = model->changed[partner] = FALSE;
  else
    note_ours (model, index);
}

static void
note_success (Model *model, const gboolean named[FAKE_N], const gboolean removed[FAKE_N])
{
  gboolean was_wanted[FAKE_N];

  memcpy (was_wanted, model->wanted, sizeof was_wanted);
  for (guint i = 0; i < FAKE_N; i++)
    {
      if (named[i])
        model->wanted[i] = !removed[i];
    }

  for (guint i = 0; i < FAKE_N; i++)
    {
      if (named[i])
        note_named (model, i, was_wanted[i]);
    }
}

static VtSettings *
random_settings (gboolean named[FAKE_N], gboolean removed[FAKE_N])
{
  VtSettings *settings = vt_settings_new ();
  const guint n = (guint) g_test_rand_int_range (1, 4);

  for (guint i = 0; i < n; i++)
    {
      const guint index = (guint) g_test_rand_int_range (0, FAKE_N);
      const char *value = chance (3) ? NULL : pool[index][g_test_rand_int_range (0, 4)];

      named[index] = TRUE;
      removed[index] = value == NULL;
      vt_settings_set (settings, vt_setting_new (fake_keys[index], value, FALSE, NULL));
    }

  return settings;
}

static void
random_apply (Model *model)
{
  gboolean named[FAKE_N] = { FALSE };
  gboolean removed[FAKE_N] = { FALSE };
  g_autoptr (VtSettings) settings = random_settings (named, removed);
  VtApplyRequest request = { .settings = settings, .allow_absent = TRUE };
  g_autoptr (VtReport) report = NULL;
  const gboolean failing = chance (4);

  model->world->state->writes = 0;
  model->world->state->fail_errno = EIO;
  model->world->state->fail_at = failing ? (guint) g_test_rand_int_range (1, 4) : 0;
  before_step (model);

  if (!vt_engine_apply (model->engine, &request, &report, NULL))
    {
      model->failures++;
      check_untouched (model);
    }
  else
    {
      model->successes++;
      after_step (model);
      note_success (model, named, removed);
    }

  model->world->state->fail_at = 0;
}

/* Another program writes a value. In this test, only the engine writes XPS and channels. */
static void
random_outside_change (Model *model)
{
  const guint index = (guint) g_test_rand_int_range (0, FAKE_N);
  const char *value = pool[index][g_test_rand_int_range (0, 3)];

  if (index != FAKE_ETH0_COMBINED && index != FAKE_ETH0_XPS
      && model->world->state->present[fake_world_device_of (index)])
    fake_world_set (model->world, index, value);
}

static void
check_rolled_back (const Model *model, FakeIndex index)
{
  const char *value = model->world->state->value[index];
  const FakeIndex partner = partner_of (index);
  const gboolean others = model->others[index] || model->others[partner];

  if (index == FAKE_AUTO_ONLINE)
    return; /* the base policy sets this one */
  if (others || !model->changed[index])
    g_assert_cmpstr (value, ==, model->before[index]);
  else
    g_assert_cmpstr (value, ==, model->original[index]);
}

static void
random_rollback (Model *model)
{
  g_autoptr (VtReport) report = NULL;

  before_step (model);
  g_assert_true (vt_engine_rollback (model->engine, &report, NULL));
  for (guint i = 0; i < FAKE_N; i++)
    {
      if (model->world->state->present[fake_world_device_of (i)])
        check_rolled_back (model, i);
    }

  for (guint i = 0; i < FAKE_N; i++)
    {
      model->wanted[i] = FALSE;
      if (i != FAKE_AUTO_ONLINE)
        model->changed[i] = FALSE;
    }
}

static void
start (Model *model)
{
  g_autoptr (VtReport) report = NULL;

  model->engine = fake_world_engine (model->world);
  before_step (model);
  g_assert_true (vt_engine_start (model->engine, &report, NULL));
  after_step (model);
}

/* A new engine re-applies wanted values that others have changed. */
static void
random_restart (Model *model)
{
  g_autoptr (VtReport) report = NULL;

  vt_engine_free (model->engine);
  start (model);
  g_assert_true (vt_engine_verify (model->engine, &report, NULL));
  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      g_assert_cmpint (row->result, !=, VT_RESULT_DRIFT);
      for (guint j = 0; row->result == VT_RESULT_OK && j < FAKE_N; j++)
        {
          if (g_str_equal (row->key, fake_keys[j]))
            note_ours (model, j);
        }
    }
}

static void
random_replug (Model *model)
{
  g_autoptr (VtReport) report = NULL;

  fake_world_unplug (model->world, FAKE_VDB);
  if (chance (2))
    vt_engine_forget (model->engine, "block", "vdb");
  for (guint i = FAKE_VDB_SCHEDULER; i <= FAKE_VDB_READ_AHEAD; i++)
    model->changed[i] = FALSE;

  fake_world_plug (model->world, FAKE_VDB);
  before_step (model);
  g_assert_true (vt_engine_converge (model->engine, "block", "vdb", FALSE, &report, NULL));
  after_step (model);
}

static void
random_verify (Model *model)
{
  g_autoptr (VtReport) report = NULL;
  const guint writes = model->world->state->writes;

  before_step (model);
  g_assert_true (vt_engine_verify (model->engine, &report, NULL));
  check_untouched (model);
  g_assert_cmpuint (model->world->state->writes, ==, writes);
}

static void
random_step (Model *model)
{
  switch (g_test_rand_int_range (0, 12))
    {
    case 0:
      random_rollback (model);
      break;
    case 1:
      random_restart (model);
      break;
    case 2:
      random_replug (model);
      break;
    case 3:
      random_verify (model);
      break;
    case 4:
    case 5:
    case 6:
      random_outside_change (model);
      break;
    default:
      random_apply (model);
    }
}

static void
test_random (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  Model model = { .world = world };

  start (&model);
  for (guint i = 0; i < STEPS; i++)
    random_step (&model);
  random_rollback (&model);
  vt_engine_free (model.engine);

  g_test_message ("%u applied, %u refused or failed", model.successes, model.failures);
  g_assert_cmpuint (model.successes, >, STEPS / 6);
  g_assert_cmpuint (model.failures, >, STEPS / 40);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine-random/against-a-model", test_random);
  return g_test_run ();
}
