/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fake-guest.h"

void
fake_guest_start (FakeGuest *guest)
{
  g_autoptr (VtReport) report = NULL;
  GError *error = NULL;

  guest->engine = fake_world_engine (guest->world);
  g_assert_true (vt_engine_start (guest->engine, &report, &error));
  g_assert_no_error (error);
}

void
fake_guest_restart (FakeGuest *guest)
{
  vt_engine_free (guest->engine);
  fake_guest_start (guest);
}

void
fake_guest_set_up (FakeGuest *guest, gconstpointer data)
{
  guest->world = fake_world_new ();
  fake_guest_start (guest);
}

void
fake_guest_tear_down (FakeGuest *guest, gconstpointer data)
{
  vt_engine_free (guest->engine);
  fake_world_free (guest->world);
}

void
fake_guest_check (FakeGuest *guest, FakeIndex index, const char *value)
{
  g_assert_cmpstr (guest->world->state->value[index], ==, value);
}

void
fake_guest_check_original (FakeGuest *guest)
{
  for (guint i = 0; i < FAKE_N; i++)
    fake_guest_check (guest, i, i == FAKE_AUTO_ONLINE ? "online" : fake_boot_values[i]);
}
