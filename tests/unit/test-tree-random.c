/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Random applies (exact keys, globs, nulls, profiles, transient, provisional),
 * changes by others, unplugs and plugs of disks, vCPUs, writes that fail,
 * restarts, verifies and roll-backs on a tree of files with the real tunables.
 * After each step, the files are compared with a model.
 */

#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "agent/engine/engine.h"
#include "protocol/error.h"
#include "tests/unit/faults.h"
#include "tests/unit/faulty-guest.h"
#include "tests/unit/tree-model.h"

#define STEPS 10000

typedef enum
{
  DID_APPLY,
  DID_REFUSED,
  DID_UNDONE,
  DID_LEFT_ALONE,
  DID_BUSY,
  DID_PROVISIONAL,
  DID_CONFIRM,
  DID_EXPIRE,
  DID_OUTSIDE,
  DID_UNPLUG,
  DID_PLUG,
  DID_EVENT,
  DID_CPUS,
  DID_VERIFY,
  DID_ROLLBACK,
  DID_RESTART,
  DID_N
} Did;

static const char *const did_names[DID_N]
    = { "applies",          "refused",  "undone",          "left alone", "busy",  "provisional",
        "confirmed",        "expired",  "outside changes", "unplugs",    "plugs", "events",
        "changes of vCPUs", "verifies", "roll-backs",      "restarts" };

typedef struct
{
  FaultyGuest *guest;
  TreeModel model;
  char boot[TREE_N][TREE_VALUE];
  guint64 provisional;
  gboolean waits[2]; /* vdb, the number of vCPUs: waits for the end of the provisional apply */
  guint diskseq;
  guint did[DID_N];
} Run;

/* Logs a step; shown with G_MESSAGES_DEBUG=all. --seed repeats a run. */
static void
note (Did did, const char *text)
{
  g_debug ("%s %s", did_names[did], text);
}

static gboolean
chance (gint n)
{
  return g_test_rand_int_range (0, n) == 0;
}

static guint
pick (guint n)
{
  return (guint) g_test_rand_int_range (0, (gint) n);
}

/* Reads a value; of a list with one word in brackets, that word. */
static void
read_value (const Run *run, TreeIndex index, char *ret)
{
  g_autofree char *text = fixture_read (run->guest->fixture, tree_attributes[index].path);
  const char *begin = strchr (text, '[');

  if (begin == NULL)
    g_strlcpy (ret, text, TREE_VALUE);
  else
    g_strlcpy (ret, begin + 1, MIN (TREE_VALUE, strcspn (begin, "]")));
}

static void
check_values (const Run *run, const char *what)
{
  for (guint i = 0; i < TREE_N; i++)
    {
      char value[TREE_VALUE];

      if (!tree_model_has (&run->model, (TreeIndex) i))
        continue;
      read_value (run, (TreeIndex) i, value);
      if (!g_str_equal (value, run->model.value[i]))
        g_error ("after %s: %s is %s, should be %s", what, tree_attributes[i].key, value,
                 run->model.value[i]);
    }
}

static int
find_index (const char *key)
{
  for (int i = 0; i < TREE_N; i++)
    {
      if (g_str_equal (tree_attributes[i].key, key))
        return i;
    }

  return -1;
}

/* Checks that the values in the rows, before and after, are the real ones. */
static void
check_rows (const VtReport *report, const TreeModel *before, const TreeModel *now)
{
  gboolean told[TREE_N] = { FALSE };

  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);
      const int index = find_index (row->key);

      if (index < 0 || row->from == NULL || row->to == NULL)
        continue;
      told[index] = TRUE;
      if (!g_str_equal (row->to, now->value[index])
          || !g_str_equal (row->from, before->value[index]))
        g_error ("%s %s: %s to %s, was %s, should be %s (%s)", row->key,
                 vt_result_word (row->result), row->from, row->to, before->value[index],
                 now->value[index], row->reason);
      if (row->result == VT_RESULT_APPLIED || row->result == VT_RESULT_UNCHANGED)
        g_assert_cmpint (row->result == VT_RESULT_APPLIED, ==, !g_str_equal (row->from, row->to));
    }

  for (guint i = 0; i < TREE_N; i++)
    {
      if (tree_model_has (now, (TreeIndex) i) && tree_model_target (now, (TreeIndex) i) != NULL
          && !g_str_equal (before->value[i], now->value[i]) && !told[i])
        g_error ("%s changed from %s to %s without a row", tree_attributes[i].key, before->value[i],
                 now->value[i]);
    }
}

static void
add_settings (TreeRequest *request)
{
  const guint n = 1 + pick (4);

  for (guint i = 0; i < n; i++)
    {
      const TreeAttribute *attribute = &tree_attributes[pick (TREE_N)];
      const char *key = attribute->key;

      if (attribute->globs[0] != NULL && chance (2))
        key = attribute->globs[pick (2)];
      g_hash_table_insert (request->settings, g_strdup (key),
                           chance (4) ? NULL : g_strdup (attribute->words[pick (4)]));
    }
}

static TreeRequest
make_request (void)
{
  TreeRequest request = { .profile = -1, .transient = chance (5), .allow_absent = chance (2) };

  request.settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (chance (8))
    request.profile = (int) pick (TREE_N_PROFILES);
  if (request.profile < 0 || chance (2))
    add_settings (&request);
  if (chance (6))
    request.seconds = 30;

  return request;
}

/* Adds a setting that a change of channels disturbs. The model does not have these attributes,
 * because a tree of files does not change them as a kernel would; only the effect on others is
 * checked. */
static void
add_disturbed (VtSettings *settings)
{
  static const char *const words[]
      = { "net/eth0/xps=auto", "net/eth0/xps=", "net/*/irq_affinity=auto", "net/*/irq_affinity=off",
          "net/eth0/xps=off" };

  const char *assignment = words[pick (G_N_ELEMENTS (words))];

  vt_settings_set (settings, vt_setting_parse (assignment, NULL));
  note (DID_APPLY, assignment);
}

static VtSettings *
to_settings (const TreeRequest *request)
{
  VtSettings *settings = vt_settings_new ();
  GHashTableIter iter;
  gpointer key;
  gpointer word;

  g_hash_table_iter_init (&iter, request->settings);
  while (g_hash_table_iter_next (&iter, &key, &word))
    {
      g_autofree char *text
          = g_strdup_printf ("%s=%s", (char *) key, word != NULL ? (char *) word : "");
      GError *error = NULL;
      VtSetting *setting = vt_setting_parse (text, &error);

      g_assert_no_error (error);
      vt_settings_set (settings, setting);
    }

  if (chance (6))
    add_disturbed (settings);
  return settings;
}

static gboolean
ask (Run *run, const TreeRequest *request, VtReport **ret, GError **error)
{
  g_autoptr (VtSettings) settings = to_settings (request);
  const VtApplyRequest real = {
    .profile = request->profile >= 0 ? tree_profiles[request->profile] : NULL,
    .settings = settings->list->len > 0 || request->profile < 0 ? settings : NULL,
    .transient = request->transient,
    .allow_absent = request->allow_absent,
    .confirm_within = request->seconds,
  };
  Faults *faults = faults_begin (run->guest->folder);
  gboolean done;

  faults->action = chance (8) ? FAULT_REFUSE : FAULT_NONE;
  faults->at = 1 + pick (4);
  faults->errnum = EIO;
  done = vt_engine_apply (run->guest->engine, &real, ret, error);
  faults_end ();

  return done;
}

static void
check_refusal (Run *run, const GError *error, gboolean expected)
{
  if (run->model.is_provisional)
    {
      g_assert_error (error, VT_ERROR, VT_ERROR_BUSY);
      run->did[DID_BUSY]++;
    }
  else if (expected)
    {
      g_assert_true (g_error_matches (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT)
                     || g_error_matches (error, VT_ERROR, VT_ERROR_NO_SUCH_DEVICE));
      run->did[DID_REFUSED]++;
    }
  else
    {
      g_assert_error (error, VT_ERROR, VT_ERROR_APPLY_FAILED);
      g_assert_true (faults_get ()->happened);
      run->did[DID_UNDONE]++;
    }
}

static void
note_request (const TreeRequest *request, gboolean done)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GHashTableIter iter;
  gpointer key;
  gpointer word;

  g_hash_table_iter_init (&iter, request->settings);
  while (g_hash_table_iter_next (&iter, &key, &word))
    g_string_append_printf (text, " %s=%s", (char *) key, word != NULL ? (char *) word : "");
  g_string_append_printf (text, "%s%s%s%s%s", request->profile >= 0 ? " profile " : "",
                          request->profile >= 0 ? tree_profiles[request->profile] : "",
                          request->transient ? ", transient" : "",
                          request->seconds > 0 ? ", provisional" : "", done ? "" : ": no");
  note (DID_APPLY, text->str);
}

/* Handles the events that have waited, as the daemon does after the end of a provisional apply. */
static void
handle_waiting_events (Run *run)
{
  g_autoptr (VtReport) disk = NULL;
  g_autoptr (VtReport) cpus = NULL;

  if (run->waits[0])
    {
      g_assert_true (vt_engine_converge (run->guest->engine, "block", "vdb", FALSE, &disk, NULL));
      if (run->model.present)
        tree_model_converge (&run->model, TRUE, FALSE);
    }
  if (run->waits[1])
    {
      g_assert_true (vt_engine_converge (run->guest->engine, NULL, NULL, FALSE, &cpus, NULL));
      tree_model_follow_cpus (&run->model);
    }
  run->waits[0] = run->waits[1] = FALSE;
}

static void
confirm (Run *run)
{
  GError *error = NULL;

  g_assert_true (vt_engine_confirm (run->guest->engine, run->provisional, &error));
  g_assert_no_error (error);
  tree_model_confirm (&run->model);
  check_values (run, "a confirmation");
  handle_waiting_events (run);
  note (DID_CONFIRM, "");
  run->did[DID_CONFIRM]++;
}

static void
expire (Run *run)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);

  g_assert_cmpuint (vt_engine_expire (run->guest->engine, notes), ==, 0);
  run->guest->now += 31 * G_USEC_PER_SEC;
  g_assert_cmpuint (vt_engine_expire (run->guest->engine, notes), ==, run->provisional);
  g_assert_cmpuint (notes->len, ==, 0);
  tree_model_expire (&run->model);
  check_values (run, "an expiry");
  handle_waiting_events (run);
  note (DID_EXPIRE, "");
  run->did[DID_EXPIRE]++;
}

static void
random_outside_change (Run *run)
{
  const TreeIndex index = (TreeIndex) pick (TREE_N);
  const TreeAttribute *attribute = &tree_attributes[index];
  const char *value = attribute->values[pick (3)];
  GError *error = NULL;

  if (value == NULL || !tree_model_has (&run->model, index))
    return;

  g_assert_true (
      vt_kernel_fs_write (run->guest->fixture->system.fs, attribute->path, value, &error));
  g_assert_no_error (error);
  tree_model_set (&run->model, index, value);
  note (DID_OUTSIDE, attribute->key);
  note (DID_OUTSIDE, value);
  run->did[DID_OUTSIDE]++;
}

/* FALSE: a provisional apply is under way, so the engine must refuse. */
static gboolean
converge (Run *run, const char *section, const char *device, gboolean early)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) error = NULL;

  if (vt_engine_converge (run->guest->engine, section, device, early, &report, &error))
    {
      g_assert_false (run->model.is_provisional);
      return TRUE;
    }

  g_assert_error (error, VT_ERROR, VT_ERROR_BUSY);
  g_assert_true (run->model.is_provisional);
  return FALSE;
}

static void
restart (Run *run)
{
  faulty_guest_start (run->guest);
  tree_model_start (&run->model);
  if (!run->model.is_provisional)
    run->waits[0] = run->waits[1] = FALSE; /* a start looks at all devices */
}

/* Whether a device refused a value that nobody named for it. */
static gboolean
has_refusal (const VtReport *report)
{
  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      if (row->result == VT_RESULT_LEFT_ALONE && row->reason != NULL
          && g_str_has_prefix (row->reason, "refused "))
        return TRUE;
    }

  return FALSE;
}

/* A start tries the value again; the model knows only guests that have it. */
static void
retry_refused_value (Run *run)
{
  if (run->model.is_provisional)
    expire (run);
  restart (run);
  run->did[DID_LEFT_ALONE]++;
}

static void
random_apply (Run *run)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) error = NULL;
  TreeRequest request = make_request ();
  const TreeModel before = run->model;
  const gboolean done = ask (run, &request, &report, &error);
  const gboolean allowed = before.is_provisional || tree_model_allows (&run->model, &request);

  note_request (&request, done);
  if (!done)
    check_refusal (run, error, !allowed);
  else
    {
      g_assert_true (allowed);
      tree_model_apply (&run->model, &request);
      run->provisional = report->apply_id;
      run->did[request.seconds > 0 ? DID_PROVISIONAL : DID_APPLY]++;
      if (has_refusal (report))
        retry_refused_value (run);
      else
        check_rows (report, &before, &run->model);
    }

  g_hash_table_unref (request.settings);
}

static void
set_disk (Run *run)
{
  g_autofree char *seq = g_strdup_printf ("%u", ++run->diskseq);

  fixture_write (run->guest->fixture, "sys/block/vdb/diskseq", seq);
  for (guint i = TREE_VDB_SCHEDULER; i <= TREE_VDB_RQ_AFFINITY; i++)
    g_assert_true (vt_kernel_fs_write (run->guest->fixture->system.fs, tree_attributes[i].path,
                                       run->boot[i], NULL));
}

/* Unplugs or plugs vdb: moves its link. Other steps may be between both. */
static void
random_plug (Run *run)
{
  const gboolean early = chance (2);
  g_autofree char *link = g_build_filename (run->guest->fixture->root, "sys/block/vdb", NULL);
  g_autofree char *away = g_strconcat (run->guest->fixture->root, ".vdb", NULL);

  if (run->model.present)
    {
      g_assert_cmpint (g_rename (link, away), ==, 0);
      tree_model_unplug (&run->model);
      if (chance (2))
        vt_engine_forget (run->guest->engine, "block", "vdb");
      note (DID_UNPLUG, "");
      run->did[DID_UNPLUG]++;
      return;
    }

  g_assert_cmpint (g_rename (away, link), ==, 0);
  set_disk (run);
  tree_model_plug (&run->model, (const char (*)[TREE_VALUE]) run->boot);
  if (converge (run, "block", "vdb", early))
    tree_model_converge (&run->model, TRUE, early);
  else
    run->waits[0] = TRUE;
  note (DID_PLUG, "");
  run->did[DID_PLUG]++;
}

static void
random_event (Run *run)
{
  const gboolean second = chance (2);

  if (second && !run->model.present)
    return;
  if (converge (run, "block", second ? "vdb" : "vda", FALSE))
    tree_model_converge (&run->model, second, FALSE);
  note (DID_EVENT, "");
  run->did[DID_EVENT]++;
}

static void
random_cpus (Run *run)
{
  static const char *const online[] = { "0", "0-1", "0-2", "0-3" };
  const guint n = pick (G_N_ELEMENTS (online));

  fixture_write (run->guest->fixture, "sys/devices/system/cpu/online", online[n]);
  run->model.online = n + 1;
  note (DID_CPUS, online[n]);
  if (converge (run, NULL, NULL, FALSE))
    tree_model_follow_cpus (&run->model);
  else
    run->waits[1] = TRUE;
  note (DID_CPUS, "");
  run->did[DID_CPUS]++;
}

static void
check_verified (const Run *run, const VtRow *row, gboolean told[TREE_N], guint *pending)
{
  const int index = find_index (row->key);
  const char *target = index >= 0 ? tree_model_target (&run->model, (TreeIndex) index) : NULL;

  if (row->result == VT_RESULT_PENDING)
    ++*pending;
  if (index < 0 || (row->result != VT_RESULT_OK && row->result != VT_RESULT_DRIFT))
    return;

  told[index] = TRUE;
  g_assert_cmpstr (row->from, ==, run->model.value[index]);
  g_assert_cmpstr (row->to, ==, target);
  g_assert_cmpint (row->result == VT_RESULT_OK, ==, g_str_equal (row->from, row->to));
}

static void
random_verify (Run *run)
{
  g_autoptr (VtReport) report = NULL;
  gboolean told[TREE_N] = { FALSE };
  guint pending = 0;

  g_assert_true (vt_engine_verify (run->guest->engine, &report, NULL));
  for (guint i = 0; i < report->rows->len; i++)
    check_verified (run, g_ptr_array_index (report->rows, i), told, &pending);

  for (guint i = 0; i < TREE_N; i++)
    g_assert_cmpint (told[i], ==,
                     tree_model_has (&run->model, (TreeIndex) i)
                         && tree_model_target (&run->model, (TreeIndex) i) != NULL);
  g_assert_cmpuint (pending, ==, tree_model_count_pending (&run->model));
  run->did[DID_VERIFY]++;
}

static void
random_rollback (Run *run)
{
  g_autoptr (VtReport) report = NULL;
  GError *error = NULL;

  g_assert_true (vt_engine_rollback (run->guest->engine, &report, &error));
  g_assert_no_error (error);
  tree_model_rollback (&run->model);
  check_values (run, "a roll-back");
  handle_waiting_events (run);
  note (DID_ROLLBACK, "");
  run->did[DID_ROLLBACK]++;
}

static void
random_restart (Run *run)
{
  const gboolean late = run->model.is_provisional && chance (2);

  if (late)
    {
      run->guest->now += 31 * G_USEC_PER_SEC;
      tree_model_expire (&run->model);
      note (DID_EXPIRE, "");
      run->did[DID_EXPIRE]++;
    }
  restart (run);
  note (DID_RESTART, "");
  run->did[DID_RESTART]++;
}

static void
random_step (Run *run)
{
  if (run->model.is_provisional && chance (3))
    {
      if (chance (2))
        confirm (run);
      else
        expire (run);
      return;
    }

  switch (pick (20))
    {
    case 0:
      random_rollback (run);
      break;
    case 1:
      random_restart (run);
      break;
    case 2:
    case 3:
      random_plug (run);
      break;
    case 4:
      random_event (run);
      break;
    case 5:
      random_cpus (run);
      break;
    case 6:
    case 7:
    case 8:
      random_verify (run);
      break;
    case 9:
    case 10:
    case 11:
    case 12:
      random_outside_change (run);
      break;
    default:
      random_apply (run);
    }
}

static void
set_up (Run *run)
{
  for (guint i = 0; i < TREE_N_PROFILES; i++)
    faulty_guest_add_profile (run->guest, tree_profiles[i], tree_profile_texts[i]);

  fixture_write (run->guest->fixture, "sys/block/vdb/diskseq", "1");
  tree_model_init (&run->model);
  for (guint i = 0; i < TREE_N; i++)
    {
      read_value (run, (TreeIndex) i, run->boot[i]);
      memcpy (run->model.value[i], run->boot[i], TREE_VALUE);
    }
  faulty_guest_start (run->guest);
}

static void
test_random (void)
{
  g_autoptr (FaultyGuest) guest = faulty_guest_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  Run run = { .guest = guest, .diskseq = 1 };

  set_up (&run);
  for (guint i = 1; i <= STEPS; i++)
    {
      g_autofree char *what = g_strdup_printf ("step %u", i);

      random_step (&run);
      check_values (&run, what);
    }

  for (guint i = 0; i < DID_N; i++)
    {
      g_string_append_printf (text, "%s%u %s", i > 0 ? ", " : "", run.did[i], did_names[i]);
      g_assert_cmpuint (run.did[i], >, STEPS / 1000);
    }
  g_test_message ("%u steps: %s", STEPS, text->str);
  tree_model_clear (&run.model);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tree-random/steps", test_random);
  return g_test_run ();
}
