/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/roster.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Two numbers of 64 bits and what is between them. */
#define LINE_MAX_ 44
#define FILE_MAX  (VT_ROSTER_MAX * LINE_MAX_)
#define PATH_MAX_ 512

typedef struct
{
  guint64 number;
  guint64 identity;
} Entry;

struct VtRoster
{
  char *path;
  char *devices;
  GArray *entries; /* of Entry, in no order */
  gboolean kept;
  gboolean changed;
};

/* 0: it is not there. Allocates nothing. */
static guint64
roster_identify (const VtRoster *roster, guint64 number)
{
  char path[PATH_MAX_];
  struct stat info;

  if (g_snprintf (path, sizeof path, "%s%" G_GUINT64_FORMAT, roster->devices, number)
      >= (int) sizeof path)
    return 0;
  return stat (path, &info) == 0 ? (guint64) info.st_ino : 0;
}

static gboolean
roster_find (const VtRoster *roster, guint64 number, guint *ret_at)
{
  for (guint i = 0; i < roster->entries->len; i++)
    {
      if (g_array_index (roster->entries, Entry, i).number != number)
        continue;
      *ret_at = i;
      return TRUE;
    }
  return FALSE;
}

/* "number identity"; whatever else stands there is left out. */
static void
roster_read_line (VtRoster *roster, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 3);
  Entry entry;
  guint at;

  if (g_strv_length (words) == 2 && roster->entries->len < VT_ROSTER_MAX
      && g_ascii_string_to_unsigned (words[0], 10, 0, G_MAXUINT64, &entry.number, NULL)
      && g_ascii_string_to_unsigned (words[1], 10, 1, G_MAXUINT64, &entry.identity, NULL)
      && !roster_find (roster, entry.number, &at))
    g_array_append_val (roster->entries, entry);
}

/* Only what is a file of our own making is believed. */
static char *
roster_read_from (int fd)
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
roster_read (const VtRoster *roster)
{
  int fd = open (roster->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  char *text;

  if (fd < 0)
    return NULL;

  text = roster_read_from (fd);
  close (fd);
  return text;
}

VtRoster *
vt_roster_new (const char *root, const char *file, const char *devices)
{
  VtRoster *roster = g_new0 (VtRoster, 1);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  roster->path = g_strconcat (root, file, NULL);
  roster->devices = g_strconcat (root, devices, NULL);
  roster->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  text = roster_read (roster);
  roster->kept = text != NULL;
  lines = g_strsplit (text != NULL ? text : "", "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    roster_read_line (roster, lines[i]);
  return roster;
}

void
vt_roster_free (VtRoster *roster)
{
  if (roster == NULL)
    return;

  g_array_unref (roster->entries);
  g_free (roster->devices);
  g_free (roster->path);
  g_free (roster);
}

gboolean
vt_roster_was_kept (const VtRoster *roster)
{
  return roster->kept;
}

gboolean
vt_roster_contains (const VtRoster *roster, guint64 number)
{
  guint at;

  return roster_find (roster, number, &at)
         && g_array_index (roster->entries, Entry, at).identity == roster_identify (roster, number);
}

/* Those whose device is not there any more. */
static void
roster_prune (VtRoster *roster)
{
  for (guint i = roster->entries->len; i > 0; i--)
    {
      const Entry *entry = &g_array_index (roster->entries, Entry, i - 1);

      if (entry->identity != roster_identify (roster, entry->number))
        g_array_remove_index_fast (roster->entries, i - 1);
    }
}

void
vt_roster_add (VtRoster *roster, guint64 number)
{
  Entry entry = { number, roster_identify (roster, number) };

  if (vt_roster_contains (roster, number))
    return;

  vt_roster_remove (roster, number); /* its predecessor */
  if (roster->entries->len >= VT_ROSTER_MAX)
    roster_prune (roster);
  if (entry.identity == 0 || roster->entries->len >= VT_ROSTER_MAX)
    return;

  g_array_append_val (roster->entries, entry);
  roster->changed = TRUE;
}

void
vt_roster_remove (VtRoster *roster, guint64 number)
{
  guint at;

  if (!roster_find (roster, number, &at))
    return;

  g_array_remove_index_fast (roster->entries, at);
  roster->changed = TRUE;
}

void
vt_roster_clear (VtRoster *roster)
{
  roster->changed = roster->changed || roster->entries->len > 0;
  g_array_set_size (roster->entries, 0);
}

gboolean
vt_roster_is_changed (const VtRoster *roster)
{
  return roster->changed;
}

static char *
roster_to_text (const VtRoster *roster)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < roster->entries->len; i++)
    {
      const Entry *entry = &g_array_index (roster->entries, Entry, i);

      g_string_append_printf (text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", entry->number,
                              entry->identity);
    }
  return g_string_free (text, FALSE);
}

char *
vt_roster_take_text (VtRoster *roster)
{
  if (!roster->changed)
    return NULL;

  roster->changed = FALSE;
  return roster_to_text (roster);
}

void
vt_roster_write (const VtRoster *roster, const char *text)
{
  g_autoptr (GError) error = NULL;

  if (!g_file_set_contents_full (roster->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644,
                                 &error))
    g_info ("%s", error->message);
}
