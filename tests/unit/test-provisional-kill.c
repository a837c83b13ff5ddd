/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The engine is killed while a provisional apply ends: before and after each write of an attribute
 * and each call that writes or syncs the state. A successor finds that the provisional apply is
 * still complete, or that it has ended.
 */

#include "config.h"

#include "agent/engine/engine.h"

#include <sys/wait.h>
#include <unistd.h>

#include "agent/state/active.h"
#include "fake-disk.h"
#include "fake-guest.h"

#define SECONDS 30
#define N_KEPT  1 /* number of active settings before the provisional apply */
#define N_TRIED 7 /* number of active settings with it */

typedef enum
{
  EXPIRE,
  ROLL_BACK,
  CONFIRM,
} End;

typedef enum
{
  BEFORE_WRITE,
  AFTER_WRITE,
  BEFORE_CALL,
  AFTER_CALL,
  N_MOMENTS
} Moment;

static guint64
apply (FakeGuest *guest, const char *assignments, guint seconds)
{
  g_autoptr (VtSettings) settings = fake_settings (assignments);
  const VtApplyRequest request = { .settings = settings, .confirm_within = seconds };
  g_autoptr (VtReport) report = NULL;
  GError *error = NULL;

  g_assert_true (vt_engine_apply (guest->engine, &request, &report, &error));
  g_assert_no_error (error);

  return report->apply_id;
}

/* Returns: the id of the provisional apply. */
static guint64
begin_provisional (FakeGuest *guest)
{
  apply (guest, "memory/auto_online_blocks=online_kernel", 0);

  return apply (guest,
                "block/*/read_ahead_kb=512 block/vda/scheduler=none net/eth0/combined=2 "
                "net/eth0/xps=auto sysctl/vm.dirty_bytes=5000 sysctl/vm.swappiness=10",
                SECONDS);
}

static void
rollback (FakeGuest *guest)
{
  g_autoptr (VtReport) report = NULL;
  GError *error = NULL;

  g_assert_true (vt_engine_rollback (guest->engine, &report, &error));
  g_assert_no_error (error);
}

static void
end_provisional (FakeGuest *guest, End end, guint64 id)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);

  if (end == EXPIRE)
    g_assert_cmpuint (vt_engine_expire (guest->engine, notes), ==, id);
  else if (end == ROLL_BACK)
    rollback (guest);
  else
    g_assert_true (vt_engine_confirm (guest->engine, id, NULL));
}

static void
live_until (FakeGuest *guest, End end, guint64 id, Moment moment, guint at)
{
  FakeState *state = guest->world->state;

  state->writes = 0;
  if (moment == BEFORE_WRITE || moment == AFTER_WRITE)
    {
      state->kill_at = at;
      state->kill_before = moment == BEFORE_WRITE;
    }
  else
    fake_disk_die_at (at, moment == BEFORE_CALL);

  end_provisional (guest, end, id);
  _exit (0);
}

/* Ends the provisional apply in a child process that is killed. FALSE: it ended before the kill. */
static gboolean
die (FakeGuest *guest, End end, guint64 id, Moment moment, guint at)
{
  pid_t pid = fork ();
  int status;

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    live_until (guest, end, id, moment, at);

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  guest->world->state->kill_at = 0;
  g_assert_true (WIFEXITED (status));
  g_assert_true (WEXITSTATUS (status) == 0 || WEXITSTATUS (status) == 9);

  return WEXITSTATUS (status) == 9;
}

static guint
count_active (FakeGuest *guest)
{
  g_autoptr (VtActive) active = vt_engine_ref_active (guest->engine);

  return active->stored.settings->list->len;
}

static void
check_no_drift (FakeGuest *guest)
{
  g_autoptr (VtReport) report = NULL;

  g_assert_true (vt_engine_verify (guest->engine, &report, NULL));
  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      g_assert_cmpstr (vt_result_word (row->result), ==, "ok");
    }
}

/* Checks that the guest has all values of the provisional apply, or none of them. */
static void
check_values (FakeGuest *guest, gboolean tried)
{
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, tried ? "512" : "128");
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, tried ? "512" : "128");
  fake_guest_check (guest, FAKE_VDA_SCHEDULER, tried ? "none" : "mq-deadline");
  fake_guest_check (guest, FAKE_ETH0_COMBINED, tried ? "2" : "4");
  fake_guest_check (guest, FAKE_ETH0_XPS, tried ? "masks-2" : "kernel-4");
  fake_guest_check (guest, FAKE_DIRTY_BYTES, tried ? "5000" : "0");
  fake_guest_check (guest, FAKE_DIRTY_RATIO, tried ? "0" : "20");
  fake_guest_check (guest, FAKE_SWAPPINESS, tried ? "10" : "60");
}

static void
check_successor (FakeGuest *guest, End end, guint64 id)
{
  g_autoptr (VtProvisionalStatus) provisional = vt_engine_get_provisional (guest->engine);

  check_no_drift (guest);
  if (provisional != NULL)
    {
      g_assert_cmpint (end, !=, EXPIRE);
      g_assert_cmpuint (count_active (guest), ==, N_KEPT);
      check_values (guest, TRUE);
      g_assert_true (vt_engine_confirm (guest->engine, id, NULL));
      g_assert_cmpuint (count_active (guest), ==, N_TRIED);
      check_no_drift (guest);
      return;
    }

  g_assert_false (vt_engine_confirm (guest->engine, id, NULL));
  if (end == CONFIRM)
    g_assert_cmpuint (count_active (guest), ==, N_TRIED);
  else
    g_assert_cmpuint (count_active (guest), <=, N_KEPT);
  check_values (guest, end == CONFIRM);
}

static void
test_end (FakeGuest *guest, gconstpointer data)
{
  const End end = (End) GPOINTER_TO_UINT (data);
  guint deaths = 0;

  for (Moment moment = BEFORE_WRITE; moment < N_MOMENTS; moment++)
    {
      gboolean died = TRUE;

      for (guint at = 1; died; at++)
        {
          const guint64 id = begin_provisional (guest);

          if (end == EXPIRE)
            guest->world->state->now += SECONDS * G_USEC_PER_SEC;
          died = die (guest, end, id, moment, at);
          deaths += died;
          fake_guest_restart (guest);
          check_successor (guest, end, id);
          rollback (guest);
          fake_guest_check_original (guest);
        }
    }

  g_test_message ("%u deaths", deaths);
  g_assert_cmpuint (deaths, >=, end == CONFIRM ? 4 : 12);
}

#define STORY(name, end)                                                                           \
  g_test_add ("/provisional-kill/" name, FakeGuest, GUINT_TO_POINTER (end), fake_guest_set_up,     \
              test_end, fake_guest_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  STORY ("expire", EXPIRE);
  STORY ("roll-back", ROLL_BACK);
  STORY ("confirm", CONFIRM);
  return g_test_run ();
}
