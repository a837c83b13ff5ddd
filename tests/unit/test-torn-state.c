/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Both files of the state, cut and with bits flipped, under an engine that
 * starts on them: it takes all of a file or nothing, and no value becomes one
 * that nobody ever set.
 */

#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "agent/engine/active.h"
#include "agent/engine/journal.h"
#include "agent/engine/store.h"
#include "protocol/error.h"
#include "tests/unit/faulty-guest.h"

#define TAIL 40 /* of its bytes, each */
#define STEP 23 /* of those between, one in so many */

typedef struct
{
  FaultyGuest *guest;
  const char *name; /* of the file under test */
  char *journal;
  char *active;
  const char *text; /* of these, that of the file under test */
  char *boot;
  char *first; /* the values after the first change, and after the second */
  char *second;
  char *whole; /* as an engine finds it */
  guint starts;
  guint believed;
} Torn;

static char *
read_state (const Torn *torn, const char *name)
{
  g_autofree char *path = g_build_filename (torn->guest->folder, name, NULL);
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static void
write_state (const Torn *torn, const char *name, const char *text, gsize len)
{
  g_autofree char *path = g_build_filename (torn->guest->folder, name, NULL);

  (void) g_remove (path);
  g_assert_true (
      g_file_set_contents_full (path, text, (gssize) len, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static guint
forget_damaged (const Torn *torn)
{
  g_autoptr (GPtrArray) list = vt_store_list_damaged (torn->guest->folder, torn->name);

  for (guint i = 0; i < list->len; i++)
    g_assert_cmpint (g_remove (g_ptr_array_index (list, i)), ==, 0);

  return list->len;
}

static Torn
torn_new (FaultyGuest *guest, const char *name, const Step steps[2])
{
  Torn torn = { .guest = guest, .name = name, .boot = faulty_guest_values (guest) };

  faulty_guest_set_up (guest, steps, 1);
  torn.first = faulty_guest_values (guest);
  faulty_guest_check_rollback (guest);

  faulty_guest_set_up (guest, steps, 2);
  torn.second = faulty_guest_values (guest);
  faulty_guest_start (guest);
  torn.whole = faulty_guest_look (guest);
  faulty_guest_stop (guest);

  torn.journal = read_state (&torn, VT_JOURNAL_FILE);
  torn.active = read_state (&torn, VT_ACTIVE_FILE);
  torn.text = g_str_equal (name, VT_JOURNAL_FILE) ? torn.journal : torn.active;
  return torn;
}

static void
torn_clear (Torn *torn)
{
  g_free (torn->journal);
  g_free (torn->active);
  g_free (torn->boot);
  g_free (torn->first);
  g_free (torn->second);
  g_free (torn->whole);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Torn, torn_clear)

/* Each value is one that was there once: after boot, or by one of the changes. */
static void
check_each_value (const Torn *torn)
{
  g_autofree char *values = faulty_guest_values (torn->guest);
  g_auto (GStrv) now = g_strsplit (values, "\n", 0);
  g_auto (GStrv) boot = g_strsplit (torn->boot, "\n", 0);
  g_auto (GStrv) first = g_strsplit (torn->first, "\n", 0);
  g_auto (GStrv) second = g_strsplit (torn->second, "\n", 0);

  for (guint i = 0; now[i] != NULL; i++)
    {
      if (!g_strv_contains ((const char *const *) boot, now[i])
          && !g_strv_contains ((const char *const *) first, now[i])
          && !g_strv_contains ((const char *const *) second, now[i]))
        g_error ("nobody has set %s", now[i]);
    }
}

static void
roll_back (const Torn *torn)
{
  GError *error = NULL;

  g_assert_true (faulty_guest_step (torn->guest, STEP_ROLLBACK, &error));
  g_assert_no_error (error);
  check_each_value (torn);
}

/* Without the active state nothing is wanted; the originals are in the journal. */
static void
check_originals (const Torn *torn)
{
  g_autofree char *values = faulty_guest_values (torn->guest);

  if (g_str_equal (torn->name, VT_ACTIVE_FILE))
    g_assert_cmpstr (values, ==, torn->boot);
}

static void
start_on (Torn *torn, const char *text, gsize len)
{
  guint damaged;

  faulty_guest_set_values (torn->guest, torn->second);
  write_state (torn, VT_JOURNAL_FILE, torn->journal, strlen (torn->journal));
  write_state (torn, VT_ACTIVE_FILE, torn->active, strlen (torn->active));
  write_state (torn, torn->name, text, len);

  faulty_guest_start (torn->guest);
  torn->starts++;
  damaged = forget_damaged (torn);
  g_assert_cmpuint (damaged, <=, 1);
  check_each_value (torn);
  if (damaged == 0)
    {
      g_autofree char *found = faulty_guest_look (torn->guest);

      g_assert_cmpstr (found, ==, torn->whole);
      torn->believed++;
      roll_back (torn);
      faulty_guest_check_rollback (torn->guest);
    }
  else
    {
      check_originals (torn);
      roll_back (torn);
      check_originals (torn);
    }

  faulty_guest_stop (torn->guest);
}

/* Version, checksum, and the beginning of what is inside. */
static gsize
header_of (const Torn *torn)
{
  return (gsize) (strstr (torn->text, "\"content\"") - torn->text) + strlen ("\"content\" : {");
}

static gboolean
is_chosen (const Torn *torn, gsize at)
{
  return at < header_of (torn) || at + TAIL >= strlen (torn->text)
         || g_test_rand_int_range (0, STEP) == 0;
}

static void
cut (Torn *torn)
{
  for (gsize i = 0; i < strlen (torn->text); i++)
    {
      if (is_chosen (torn, i))
        start_on (torn, torn->text, i);
    }
}

static void
flip (Torn *torn)
{
  g_autofree char *text = g_strdup (torn->text);
  const gsize len = strlen (torn->text);

  for (gsize i = 0; i < len * 8; i++)
    {
      if (i / 8 >= header_of (torn) && g_test_rand_int_range (0, 8 * STEP) != 0)
        continue;
      text[i / 8] ^= (char) (1 << (i % 8));
      start_on (torn, text, len);
      text[i / 8] ^= (char) (1 << (i % 8));
    }
}

static void
tear (const char *name, const Step steps[2])
{
  g_autoptr (FaultyGuest) guest = faulty_guest_new ();
  g_auto (Torn) torn = torn_new (guest, name, steps);

  start_on (&torn, torn.text, strlen (torn.text));
  g_assert_cmpuint (torn.believed, ==, 1);
  cut (&torn);
  flip (&torn);
  g_test_message ("%s: %u starts, %u of them believed all of it", name, torn.starts, torn.believed);
  g_assert_cmpuint (torn.starts, >, 1000);
  g_assert_cmpuint (torn.believed, <, torn.starts / 2);
}

/* Records, and a change on trial. */
static void
test_journal (void)
{
  static const Step steps[] = { STEP_APPLY, STEP_TRY };

  tear (VT_JOURNAL_FILE, steps);
}

static void
test_active (void)
{
  static const Step steps[] = { STEP_APPLY, STEP_CHANGE };

  tear (VT_ACTIVE_FILE, steps);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/torn-state/journal", test_journal);
  g_test_add_func ("/torn-state/active", test_active);
  return g_test_run ();
}
