/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/memory-book.h"

#include <string.h>

#include "agent/hotplug/roster.h"
#include "agent/kernel/block-set.h"

#define HELD_FILE "/run/virt-tune-memory-held"
#define BLOCKS    "/sys/devices/system/memory/memory"

/* Who is late for longer is tried as if he had not been. */
#define LATE_MAX 1024

struct VtMemoryBook
{
  const VtKernelFs *fs;
  GMutex mutex;
  VtRoster *held;
  VtBlockSet *plugged; /* while the agent ran */
  VtBlockSet *known;   /* seen online */
  gboolean looked;
  GArray *late; /* of guint64 */
};

VtMemoryBook *
vt_memory_book_new (const VtKernelFs *fs)
{
  VtMemoryBook *book = g_new0 (VtMemoryBook, 1);

  g_mutex_init (&book->mutex);
  book->fs = fs;
  book->held = vt_roster_new (vt_kernel_fs_get_root (fs), HELD_FILE, BLOCKS);
  book->plugged = vt_block_set_new ();
  book->known = vt_block_set_new ();
  book->late = g_array_new (FALSE, FALSE, sizeof (guint64));
  return book;
}

void
vt_memory_book_free (VtMemoryBook *book)
{
  if (book == NULL)
    return;

  vt_roster_free (book->held);
  vt_block_set_free (book->plugged);
  vt_block_set_free (book->known);
  g_array_unref (book->late);
  g_mutex_clear (&book->mutex);
  g_free (book);
}

/* An event may come late: the state is what counts. */
static gboolean
book_is_online (const VtMemoryBook *book, guint64 index)
{
  gboolean online = FALSE;

  return vt_memory_block_read_online (book->fs, index, &online) == 0 && online;
}

gboolean
vt_memory_book_event (VtMemoryBook *book, const char *action, guint64 index)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&book->mutex);

  /* It may have been met already: what it knows of a predecessor went with that. */
  if (strcmp (action, "add") == 0)
    vt_block_set_add (book->plugged, index);
  else if (strcmp (action, "remove") == 0)
    {
      vt_block_set_remove (book->plugged, index);
      vt_block_set_remove (book->known, index);
      vt_roster_remove (book->held, index);
    }
  else if (strcmp (action, "offline") == 0 && !book_is_online (book, index))
    vt_roster_add (book->held, index);
  else if (strcmp (action, "online") == 0 && vt_roster_contains (book->held, index)
           && book_is_online (book, index))
    vt_roster_remove (book->held, index);
  return vt_roster_is_changed (book->held);
}

void
vt_memory_book_hold (VtMemoryBook *book, guint64 index)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&book->mutex);

  vt_roster_add (book->held, index);
}

void
vt_memory_book_release (VtMemoryBook *book, guint64 index)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&book->mutex);

  vt_roster_remove (book->held, index);
}

void
vt_memory_book_release_all (VtMemoryBook *book)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&book->mutex);

  vt_roster_clear (book->held);
}

gboolean
vt_memory_book_is_held (guint64 index, gpointer data)
{
  VtMemoryBook *book = data;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&book->mutex);

  return vt_roster_contains (book->held, index);
}

void
vt_memory_book_save (VtMemoryBook *book)
{
  g_autofree char *text = NULL;

  g_mutex_lock (&book->mutex);
  text = vt_roster_take_text (book->held);
  g_mutex_unlock (&book->mutex);

  /* Events do not wait for the file. */
  if (text != NULL)
    vt_roster_write (book->held, text);
}

VtMeeting
vt_memory_book_meet (guint64 index, gpointer data)
{
  VtMemoryBook *book = data;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&book->mutex);
  gboolean known = vt_block_set_contains (book->known, index);
  gboolean plugged = vt_block_set_contains (book->plugged, index);

  if (!known)
    vt_block_set_add (book->known, index);
  if (!known && !plugged && book->looked)
    {
      vt_block_set_add (book->plugged, index);
      plugged = TRUE;
    }

  if (!plugged)
    return VT_MEETING_OLD;
  return known ? VT_MEETING_AGAIN : VT_MEETING_NEW;
}

void
vt_memory_book_looked (VtMemoryBook *book)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&book->mutex);

  book->looked = TRUE;
}

GArray *
vt_memory_book_list_late (VtMemoryBook *book)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&book->mutex);

  return g_array_copy (book->late);
}

void
vt_memory_book_note_late (VtMemoryBook *book, guint64 index, gboolean late)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&book->mutex);

  for (guint i = 0; i < book->late->len; i++)
    if (g_array_index (book->late, guint64, i) == index)
      g_array_remove_index (book->late, i--);
  if (late && book->late->len < LATE_MAX)
    g_array_append_val (book->late, index);
}
