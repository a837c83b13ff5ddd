/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/faulty-guest.h"

#include <glib/gstdio.h>

#include "agent/state/active.h"
#include "agent/state/folder.h"
#include "agent/state/state-log.h"
#include "protocol/json.h"
#include "tests/unit/ask.h"

#define CONFIRM_SECONDS 30
#define GROWN           (256 * 1024) /* bytes */

static const char *const first[] = { "block/vd*/read_ahead_kb=512",
                                     "block/vda/scheduler=mq-deadline",
                                     "net/eth0/combined=2",
                                     "net/eth0/xps=auto",
                                     "net/eth0/irq_affinity=auto",
                                     "vm/transparent_hugepage=always",
                                     "memory/auto_online_blocks=online_movable",
                                     "sysctl/vm.dirty_bytes=100000000",
                                     "sysctl/vm.swappiness=10",
                                     NULL };
static const char *const second[] = { "block/vd*/read_ahead_kb=64",
                                      "block/vda/scheduler=",
                                      "block/vdb/scheduler=none",
                                      "net/eth0/combined=3",
                                      "net/eth0/xps=",
                                      "sysctl/vm.dirty_bytes=",
                                      "sysctl/vm.dirty_ratio=50",
                                      "vm/transparent_hugepage=never",
                                      "sysctl/vm.swappiness=20",
                                      NULL };

static gint64
get_now (gconstpointer guest)
{
  return ((const FaultyGuest *) guest)->now;
}

/* In memory if possible: the tests need no real fsync, and would make thousands. */
static const char *
parent_folder (void)
{
  return g_access ("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : g_get_tmp_dir ();
}

static char *
make_folder (void)
{
  char *folder = g_build_filename (parent_folder (), "virt-tune-state-XXXXXX", NULL);

  g_assert_nonnull (g_mkdtemp (folder));
  return folder;
}

/* Removes attributes that the test does not tune: otherwise each would be read thousands of times.
 */
static void
remove_other_devices (const Fixture *fixture, const char *folder, const char *prefix)
{
  g_autofree char *path = g_build_filename (fixture->root, folder, NULL);
  g_autoptr (GDir) links = g_dir_open (path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (links)) != NULL)
    {
      g_autofree char *link = g_build_filename (folder, name, NULL);

      if (!g_str_has_prefix (name, prefix))
        fixture_remove (fixture, link);
    }
}

FaultyGuest *
faulty_guest_new (void)
{
  static const char *const folders[] = { "/profiles", NULL };
  FaultyGuest *guest = g_new0 (FaultyGuest, 1);

  g_setenv ("TMPDIR", parent_folder (), TRUE);
  guest->fixture = fixture_new ("kvm-guest");
  remove_other_devices (guest->fixture, "sys/block", "vd");
  remove_other_devices (guest->fixture, "sys/class/net", "eth0");
  guest->folder = make_folder ();
  guest->profiles = vt_profile_store_new (guest->fixture->root, folders);
  guest->values = faulty_guest_values (guest);

  return guest;
}

static void
empty_folder (const FaultyGuest *guest)
{
  g_autoptr (GDir) folder = g_dir_open (guest->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (guest->folder, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
}

void
faulty_guest_stop (FaultyGuest *guest)
{
  g_clear_pointer (&guest->engine, vt_engine_free);
}

void
faulty_guest_free (FaultyGuest *guest)
{
  faulty_guest_stop (guest);
  empty_folder (guest);
  g_assert_cmpint (g_rmdir (guest->folder), ==, 0);
  vt_profile_store_free (guest->profiles);
  fixture_free (guest->fixture);
  g_free (guest->folder);
  g_free (guest->values);
  g_free (guest);
}

static void
make_engine (FaultyGuest *guest)
{
  const VtEngineOptions options = {
    .system = &guest->fixture->system,
    .tunables = vt_tunables,
    .profiles = guest->profiles,
    .state_dir = guest->folder,
    .now = get_now,
    .now_data = guest,
  };

  faulty_guest_stop (guest);
  guest->engine = vt_engine_new (&options);
}

static void
count_left_alone (FaultyGuest *guest, const VtReport *report)
{
  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      guest->left += row->result == VT_RESULT_LEFT_ALONE && row->reason != NULL
                     && g_str_has_prefix (row->reason, "refused ");
    }
}

/* Counts the attributes that have failed. Always TRUE. */
static gboolean
count_failed (FaultyGuest *guest, const VtReport *report)
{
  for (guint i = 0; i < report->rows->len; i++)
    guest->failed
        += ((const VtRow *) g_ptr_array_index (report->rows, i))->result == VT_RESULT_FAILED;

  return TRUE;
}

static gboolean
start (FaultyGuest *guest, GError **error)
{
  g_autoptr (VtReport) report = NULL;

  make_engine (guest);
  if (!vt_engine_start (guest->engine, &report, error))
    return FALSE;

  guest->failed = report->ignored->len;
  count_left_alone (guest, report);
  return count_failed (guest, report);
}

void
faulty_guest_start (FaultyGuest *guest)
{
  GError *error = NULL;

  g_assert_true (start (guest, &error));
  g_assert_no_error (error);
}

static gboolean
apply (FaultyGuest *guest, const char *const *assignments, guint seconds, GError **error)
{
  g_autoptr (VtSettings) settings = vt_settings_new ();
  const VtApplyRequest request = { .settings = settings, .confirm_within = seconds };
  g_autoptr (VtReport) report = NULL;

  for (guint i = 0; assignments[i] != NULL; i++)
    vt_settings_set (settings, vt_setting_parse (assignments[i], NULL));

  if (!vt_engine_apply (guest->engine, &request, &report, error))
    return FALSE;

  count_left_alone (guest, report);
  return TRUE;
}

static gboolean
confirm (FaultyGuest *guest, GError **error)
{
  VtProvisionalStatus *provisional = vt_engine_get_provisional (guest->engine);
  guint64 id;

  g_assert_nonnull (provisional);
  id = provisional->apply_id;
  vt_provisional_status_free (provisional);
  return vt_engine_confirm (guest->engine, id, error);
}

static gboolean
expire (FaultyGuest *guest)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  const gboolean undone = vt_engine_expire (guest->engine, notes) != 0;

  guest->failed = notes->len;
  return undone;
}

static void
boot (FaultyGuest *guest)
{
  g_autofree char *boot_id = g_uuid_string_random ();

  faulty_guest_stop (guest);
  faulty_guest_set_values (guest, guest->values);
  fixture_write (guest->fixture, "proc/sys/kernel/random/boot_id", boot_id);
}

/* Appends a large record that changes nothing. */
static gboolean
grow (FaultyGuest *guest)
{
  g_autofree char *padding = g_strnfill (GROWN, ' ');
  g_autoptr (JsonObject) record = json_object_new ();
  g_autoptr (VtStateLog) log = NULL;

  faulty_guest_stop (guest);
  log = vt_state_log_open (guest->folder, NULL);
  g_assert_nonnull (log);
  json_object_set_string_member (record, "record", "records");
  json_object_set_array_member (record, "set", json_array_new ());
  json_object_set_array_member (record, "dropped", json_array_new ());
  json_object_set_string_member (record, "padding", padding);

  return vt_state_log_append (log, record, VT_STATE_FILE_MAX, FALSE, NULL);
}

void
faulty_guest_prepare (FaultyGuest *guest, Step step)
{
  if (step == STEP_BOOT)
    boot (guest);
  else if (step == STEP_START || step == STEP_START_LATE || step == STEP_GROW)
    faulty_guest_stop (guest);
  else if (guest->engine == NULL)
    faulty_guest_start (guest);
  if (step == STEP_EXPIRE || step == STEP_START_LATE)
    guest->now += (CONFIRM_SECONDS + 1) * G_USEC_PER_SEC;
}

gboolean
faulty_guest_step (FaultyGuest *guest, Step step, GError **error)
{
  g_autoptr (VtReport) report = NULL;

  guest->failed = guest->left = 0;
  switch (step)
    {
    case STEP_APPLY:
      return apply (guest, first, 0, error);
    case STEP_CHANGE:
      return apply (guest, second, 0, error);
    case STEP_TRY:
      return apply (guest, second, CONFIRM_SECONDS, error);
    case STEP_CONFIRM:
      return confirm (guest, error);
    case STEP_EXPIRE:
      return expire (guest);
    case STEP_ROLLBACK:
      return vt_engine_rollback (guest->engine, &report, error) && count_failed (guest, report);
    case STEP_START:
    case STEP_START_LATE:
    case STEP_BOOT:
      return start (guest, error);
    case STEP_GROW:
      return grow (guest);
    case STEP_NONE:
    default:
      return TRUE;
    }
}

void
faulty_guest_set_up (FaultyGuest *guest, const Step *steps, guint n)
{
  faulty_guest_stop (guest);
  empty_folder (guest);
  guest->now = G_USEC_PER_SEC;

  for (guint i = 0; i < n; i++)
    {
      GError *error = NULL;

      faulty_guest_prepare (guest, steps[i]);
      g_assert_true (faulty_guest_step (guest, steps[i], &error));
      g_assert_no_error (error);
    }

  faulty_guest_stop (guest);
}

char *
faulty_guest_values (const FaultyGuest *guest)
{
  g_autoptr (GPtrArray) attributes = ask_all (guest->fixture);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < attributes->len; i++)
    {
      const VtAttribute *attribute = g_ptr_array_index (attributes, i);
      g_autofree char *value = attribute->ops->read (attribute, &guest->fixture->system, NULL);

      g_string_append_printf (text, "%s=%s\n", attribute->key, value != NULL ? value : "?");
    }

  return g_string_free (text, FALSE);
}

static void
add_active (GString *text, const char *what, const VtActive *active)
{
  g_autoptr (JsonNode) settings = vt_settings_to_json (active->stored.settings);
  g_autofree char *json = vt_json_to_string (settings);

  g_string_append_printf (text, "%s: %s%s\n", what, json,
                          active->rolled_back ? " rolled back" : "");
}

static void
check_no_damage (const FaultyGuest *guest)
{
  g_autoptr (GPtrArray) warnings = vt_engine_list_warnings (guest->engine);

  g_assert_cmpuint (warnings->len, ==, 0);
}

char *
faulty_guest_look (const FaultyGuest *guest)
{
  g_autofree char *values = faulty_guest_values (guest);
  g_autoptr (VtActive) active = vt_engine_ref_active (guest->engine);
  g_autoptr (VtProvisionalStatus) provisional = vt_engine_get_provisional (guest->engine);
  GString *text = g_string_new (values);

  check_no_damage (guest);
  add_active (text, "active", active);
  if (provisional != NULL)
    add_active (text, "provisional", provisional->active);

  return g_string_free (text, FALSE);
}

void
faulty_guest_check_rollback (FaultyGuest *guest)
{
  g_autofree char *after = NULL;
  GError *error = NULL;

  faulty_guest_start (guest);
  g_assert_true (faulty_guest_step (guest, STEP_ROLLBACK, &error));
  g_assert_no_error (error);
  after = faulty_guest_values (guest);
  g_assert_cmpstr (after, ==, guest->values);
}

/* The value of a key in faulty_guest_values(). (transfer full) */
static char *
find_value (const char *text, const char *key)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", 0);
  const gsize len = strlen (key);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (strncmp (lines[i], key, len) == 0 && lines[i][len] == '=')
        return g_strdup (lines[i] + len + 1);
    }

  return NULL;
}

/* Writes those values that differ, of keys that begin with @prefix. */
static void
write_values (const FaultyGuest *guest, const char *values, const char *prefix)
{
  g_autoptr (GPtrArray) attributes = ask_all (guest->fixture);

  for (guint i = 0; i < attributes->len; i++)
    {
      const VtAttribute *attribute = g_ptr_array_index (attributes, i);
      g_autofree char *value = find_value (values, attribute->key);
      g_autofree char *actual = attribute->ops->read (attribute, &guest->fixture->system, NULL);

      /* A 0 in a pair comes from the write to the other member. */
      if (!g_str_has_prefix (attribute->key, prefix) || g_strcmp0 (actual, value) == 0
          || (attribute->counterpart != NULL && g_str_equal (value, "0")))
        continue;
      g_assert_true (attribute->ops->write (attribute, &guest->fixture->system, value, NULL));
    }
}

void
faulty_guest_set_values (FaultyGuest *guest, const char *values)
{
  write_values (guest, values, "");
}

void
faulty_guest_add_profile (const FaultyGuest *guest, const char *name, const char *text)
{
  g_autofree char *path = g_strdup_printf ("profiles/%s/tuned.conf", name);

  fixture_write (guest->fixture, path, text);
}

void
faulty_guest_bring_back (FaultyGuest *guest, const char *device)
{
  g_autofree char *name
      = g_strndup (strchr (device, '/') + 1, strcspn (strchr (device, '/') + 1, "/"));
  g_autofree char *link = g_build_filename (
      guest->fixture->root, g_str_has_prefix (device, "block/") ? "sys/block" : "sys/class/net",
      name, NULL);
  g_autofree char *away = g_strconcat (guest->fixture->root, ".left", NULL);

  faulty_guest_stop (guest);
  g_assert_cmpint (g_rename (away, link), ==, 0);
  write_values (guest, guest->values, device);
}
