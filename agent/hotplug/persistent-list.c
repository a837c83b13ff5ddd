/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/persistent-list.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Two 64-bit numbers, a space and a newline. */
#define LINE_MAX_ 44
#define FILE_MAX  (VT_PERSISTENT_LIST_MAX * LINE_MAX_)
#define PATH_MAX_ 512

typedef struct
{
  guint64 number;
  guint64 inode; /* of the device's folder */
} Entry;

struct VtPersistentList
{
  char *path;
  char *devices;
  GArray *entries;  /* of Entry, unsorted */
  gboolean loaded;  /* the file existed */
  gboolean changed; /* since the last vt_persistent_list_take_text() */
};

/* Returns: 0 if there is no such device. Allocates no memory. */
static guint64
list_read_inode (const VtPersistentList *list, guint64 number)
{
  char path[PATH_MAX_];
  struct stat info;

  if (g_snprintf (path, sizeof path, "%s%" G_GUINT64_FORMAT, list->devices, number)
      >= (int) sizeof path)
    return 0;
  return stat (path, &info) == 0 ? (guint64) info.st_ino : 0;
}

static gboolean
list_find (const VtPersistentList *list, guint64 number, guint *ret_at)
{
  for (guint i = 0; i < list->entries->len; i++)
    {
      if (g_array_index (list->entries, Entry, i).number != number)
        continue;
      *ret_at = i;
      return TRUE;
    }
  return FALSE;
}

/* A line is "NUMBER INODE". Other lines are ignored. */
static void
list_read_line (VtPersistentList *list, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 3);
  Entry entry;
  guint at;

  if (g_strv_length (words) == 2 && list->entries->len < VT_PERSISTENT_LIST_MAX
      && g_ascii_string_to_unsigned (words[0], 10, 0, G_MAXUINT64, &entry.number, NULL)
      && g_ascii_string_to_unsigned (words[1], 10, 1, G_MAXUINT64, &entry.inode, NULL)
      && !list_find (list, entry.number, &at))
    g_array_append_val (list->entries, entry);
}

/* Refuses a file that is not regular or belongs to another user. */
static char *
read_own_file (int fd)
{
  g_autofree char *text = NULL;
  struct stat info;
  gssize len;

  if (fstat (fd, &info) < 0 || !S_ISREG (info.st_mode) || info.st_uid != geteuid ())
    return NULL;

  text = g_malloc (MIN (info.st_size, FILE_MAX) + 1);
  len = read (fd, text, MIN (info.st_size, FILE_MAX));
  if (len < 0)
    return NULL;

  text[len] = '\0';
  return g_steal_pointer (&text);
}

static char *
list_read (const VtPersistentList *list)
{
  int fd = open (list->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  char *text;

  if (fd < 0)
    return NULL;

  text = read_own_file (fd);
  close (fd);
  return text;
}

VtPersistentList *
vt_persistent_list_new (const char *root, const char *file, const char *devices)
{
  VtPersistentList *list = g_new0 (VtPersistentList, 1);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  list->path = g_strconcat (root, file, NULL);
  list->devices = g_strconcat (root, devices, NULL);
  list->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  text = list_read (list);
  list->loaded = text != NULL;
  lines = g_strsplit (text != NULL ? text : "", "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    list_read_line (list, lines[i]);
  return list;
}

void
vt_persistent_list_free (VtPersistentList *list)
{
  if (list == NULL)
    return;

  g_array_unref (list->entries);
  g_free (list->devices);
  g_free (list->path);
  g_free (list);
}

gboolean
vt_persistent_list_was_loaded (const VtPersistentList *list)
{
  return list->loaded;
}

gboolean
vt_persistent_list_contains (const VtPersistentList *list, guint64 number)
{
  guint at;

  return list_find (list, number, &at)
         && g_array_index (list->entries, Entry, at).inode == list_read_inode (list, number);
}

/* Removes the entries whose device no longer exists. */
static void
list_prune (VtPersistentList *list)
{
  for (guint i = list->entries->len; i > 0; i--)
    {
      const Entry *entry = &g_array_index (list->entries, Entry, i - 1);

      if (entry->inode != list_read_inode (list, entry->number))
        g_array_remove_index_fast (list->entries, i - 1);
    }
}

void
vt_persistent_list_add (VtPersistentList *list, guint64 number)
{
  Entry entry = { number, list_read_inode (list, number) };

  if (vt_persistent_list_contains (list, number))
    return;

  vt_persistent_list_remove (list, number); /* an earlier device with this number */
  if (list->entries->len >= VT_PERSISTENT_LIST_MAX)
    list_prune (list);
  if (entry.inode == 0 || list->entries->len >= VT_PERSISTENT_LIST_MAX)
    return;

  g_array_append_val (list->entries, entry);
  list->changed = TRUE;
}

void
vt_persistent_list_remove (VtPersistentList *list, guint64 number)
{
  guint at;

  if (!list_find (list, number, &at))
    return;

  g_array_remove_index_fast (list->entries, at);
  list->changed = TRUE;
}

void
vt_persistent_list_clear (VtPersistentList *list)
{
  list->changed = list->changed || list->entries->len > 0;
  g_array_set_size (list->entries, 0);
}

gboolean
vt_persistent_list_is_changed (const VtPersistentList *list)
{
  return list->changed;
}

static char *
list_to_text (const VtPersistentList *list)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < list->entries->len; i++)
    {
      const Entry *entry = &g_array_index (list->entries, Entry, i);

      g_string_append_printf (text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", entry->number,
                              entry->inode);
    }
  return g_string_free (text, FALSE);
}

char *
vt_persistent_list_take_text (VtPersistentList *list)
{
  if (!list->changed)
    return NULL;

  list->changed = FALSE;
  return list_to_text (list);
}

void
vt_persistent_list_write (const VtPersistentList *list, const char *text)
{
  g_autoptr (GError) error = NULL;

  if (!g_file_set_contents_full (list->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644,
                                 &error))
    g_info ("%s", error->message);
}
