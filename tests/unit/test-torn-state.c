/*
 * An engine starts on a state log that was cut, or that has a flipped bit: it uses the complete
 * records before the damage, as if the log ended there. No attribute gets a value that it never
 * had.
 */

#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "agent/state/folder.h"
#include "agent/state/state-log.h"
#include "protocol/error.h"
#include "tests/unit/faulty-guest.h"

#define MAX_RECORDS 8
#define STEP        6  /* cuts the log at one byte of so many, at random */
#define FLIP_STEP   40 /* flips one bit of so many, at random */

typedef struct
{
  FaultyGuest *guest;
  char *text; /* the log */
  gsize len;
  guint n;                     /* number of records in the log */
  gsize ends[MAX_RECORDS + 1]; /* the end of the first, second, … record; ends[0] is 0 */
  char *
      found[MAX_RECORDS + 1]; /* the guest's state after an engine has started on so many records */
  char *boot;                 /* the values after boot */
  char *first;                /* the values after the first change */
  char *second;               /* and after the second */
  guint starts;
} Torn;

static char *
get_path (const Torn *torn)
{
  return g_build_filename (torn->guest->folder, VT_STATE_LOG_FILE, NULL);
}

static void
read_log (Torn *torn)
{
  g_autofree char *path = get_path (torn);

  g_assert_true (g_file_get_contents (path, &torn->text, &torn->len, NULL));
  for (gsize i = 0; i < torn->len; i++)
    if (torn->text[i] == '\n')
      {
        g_assert_cmpuint (torn->n, <, MAX_RECORDS);
        torn->ends[++torn->n] = i + 1;
      }
}

static void
write_log (const Torn *torn, const char *text, gsize len)
{
  g_autofree char *path = get_path (torn);

  (void) g_remove (path);
  g_assert_true (
      g_file_set_contents_full (path, text, (gssize) len, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static guint
forget_damaged (const Torn *torn)
{
  g_autoptr (GPtrArray) list
      = vt_state_folder_list_damaged (torn->guest->folder, VT_STATE_LOG_FILE);

  for (guint i = 0; i < list->len; i++)
    g_assert_cmpint (g_remove (g_ptr_array_index (list, i)), ==, 0);

  return list->len;
}

/* Checks that each value is that of boot, or that of one of the two changes. */
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
        g_error ("no step has set %s", now[i]);
    }
}

static void
roll_back (const Torn *torn)
{
  GError *error = NULL;

  g_assert_true (faulty_guest_step (torn->guest, STEP_ROLLBACK, &error));
  g_assert_no_error (error);
}

/* Starts an engine on @text, with the values after the second change. Returns: the number of
 * damaged files. */
static guint
start_on (Torn *torn, const char *text, gsize len)
{
  guint damaged;

  faulty_guest_set_values (torn->guest, torn->second);
  write_log (torn, text, len);
  faulty_guest_start (torn->guest);
  torn->starts++;
  damaged = forget_damaged (torn);

  return damaged;
}

static void
torn_init (Torn *torn, FaultyGuest *guest, const Step steps[2])
{
  *torn = (Torn){ .guest = guest, .boot = faulty_guest_values (guest) };

  faulty_guest_set_up (guest, steps, 1);
  torn->first = faulty_guest_values (guest);
  faulty_guest_check_rollback (guest);

  faulty_guest_set_up (guest, steps, 2);
  torn->second = faulty_guest_values (guest);
  faulty_guest_stop (guest);
  read_log (torn);
}

/* Starts an engine on each number of complete records, and notes the state that it finds. */
static void
note_state_of_each_length (Torn *torn)
{
  for (guint i = 1; i <= torn->n; i++)
    {
      g_assert_cmpuint (start_on (torn, torn->text, torn->ends[i]), ==, 0);
      torn->found[i] = faulty_guest_look (torn->guest);
      roll_back (torn);
      faulty_guest_stop (torn->guest);
    }

  /* Without the last record, only the second change is lost. */
  g_assert_nonnull (strstr (torn->found[torn->n], torn->second));
  g_assert_nonnull (strstr (torn->found[torn->n - 1], torn->first));
}

static void
torn_clear (Torn *torn)
{
  g_free (torn->text);
  for (guint i = 0; i <= torn->n; i++)
    g_free (torn->found[i]);
  g_free (torn->boot);
  g_free (torn->first);
  g_free (torn->second);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Torn, torn_clear)

/* The number of records that end at or before @at. */
static guint
count_whole (const Torn *torn, gsize at)
{
  guint n = 0;

  while (n < torn->n && torn->ends[n + 1] <= at)
    n++;

  return n;
}

/*
 * Starts an engine on a log with @n complete records, and checks that it uses these. If more is
 * missing than the last change, values of a device that depend on each other may be those of no
 * record.
 */
static void
check_start (Torn *torn, const char *text, gsize len, guint n, gboolean damaged)
{
  const guint copies = start_on (torn, text, len);

  g_assert_cmpuint (copies, ==, damaged ? 1 : 0);
  if (n > 0)
    {
      g_autofree char *found = faulty_guest_look (torn->guest);

      g_assert_cmpstr (found, ==, torn->found[n]);
    }

  if (n == 0 || n + 2 >= torn->n)
    check_each_value (torn);
  roll_back (torn);
  if (n + 1 >= torn->n)
    faulty_guest_check_rollback (torn->guest);
  faulty_guest_stop (torn->guest);
}

/* An unfinished last record is no damage, unless it is the first record: then the log says nothing.
 */
static void
cut (Torn *torn)
{
  for (gsize i = 0; i < torn->len; i++)
    {
      const guint n = count_whole (torn, i);

      if (torn->ends[n] == i || torn->ends[n + 1] == i + 1 || g_test_rand_int_range (0, STEP) == 0)
        check_start (torn, torn->text, i, n, n == 0);
    }
}

/* A flip in the last newline makes the last record an unfinished one. */
static void
flip (Torn *torn)
{
  g_autofree char *text = g_strndup (torn->text, torn->len);

  for (gsize i = 0; i < torn->len * 8; i++)
    {
      const guint n = count_whole (torn, i / 8);
      const gboolean is_last_byte = i / 8 == torn->len - 1;

      if (!is_last_byte && g_test_rand_int_range (0, FLIP_STEP) != 0)
        continue;
      text[i / 8] ^= (char) (1 << (i % 8));
      check_start (torn, text, torn->len, n, !is_last_byte);
      text[i / 8] ^= (char) (1 << (i % 8));
    }
}

static void
tear (const Step steps[2])
{
  g_autoptr (FaultyGuest) guest = faulty_guest_new ();
  g_auto (Torn) torn = { NULL };

  torn_init (&torn, guest, steps);
  note_state_of_each_length (&torn);
  cut (&torn);
  flip (&torn);
  g_test_message ("%u records, %u starts", torn.n, torn.starts);
  g_assert_cmpuint (torn.starts, >, 1325);
}

static void
test_provisional (void)
{
  static const Step steps[] = { STEP_APPLY, STEP_TRY };

  tear (steps);
}

static void
test_committed (void)
{
  static const Step steps[] = { STEP_APPLY, STEP_CHANGE };

  tear (steps);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/torn-state/provisional", test_provisional);
  g_test_add_func ("/torn-state/committed", test_committed);
  return g_test_run ();
}
