/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/state/state-log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/state/folder.h"
#include "agent/state/log-text.h"
#include "protocol/error.h"

struct VtStateLog
{
  char *folder;
  GString *text;    /* of the file as it was read; NULL once it has changed */
  VtLogText *valid; /* what of it is valid; NULL then, too */
  char *checksum;   /* of the last record; "" where there is none */
  gsize size;       /* bytes that are valid */
  gsize first_size; /* of them, the first record's */
  int fd;           /* to append; -1: not open */
  gboolean is_damaged;
  gboolean needs_replace;
};

/* Copies what follows the valid records to a damaged file. */
static void
keep_rest (VtStateLog *log, const char *why)
{
  g_autoptr (GString) rest
      = g_string_new_len (log->text->str + log->size, (gssize) (log->text->len - log->size));

  log->is_damaged = TRUE;
  vt_state_folder_keep_damaged (log->folder, VT_STATE_LOG_FILE, rest, why);
}

static gboolean
set_aside (VtStateLog *log, const char *why, GError **error)
{
  log->is_damaged = TRUE;

  return vt_state_folder_set_aside (log->folder, VT_STATE_LOG_FILE, why, error);
}

/* An unfinished last line is what a power cut or a kill leaves, and is no damage. */
static gboolean
read_file (VtStateLog *log, GError **error)
{
  g_autoptr (GError) fault = NULL;
  int result = vt_state_folder_read (log->folder, VT_STATE_LOG_FILE, log->text);

  log->needs_replace = TRUE;
  if (result == -ENOENT)
    return TRUE;
  if (result < 0)
    return set_aside (log, g_strerror (-result), error);

  log->valid = vt_log_text_parse (log->text, &fault);
  if (log->valid->records->len == 0)
    return set_aside (log, fault != NULL ? fault->message : "it holds no whole record", error);

  g_free (log->checksum);
  log->checksum = g_strdup (log->valid->checksum);
  log->size = vt_log_text_get_end (log->valid);
  log->first_size = g_array_index (log->valid->ends, gsize, 0);
  log->needs_replace = log->size < log->text->len;
  if (fault != NULL)
    keep_rest (log, fault->message);
  else if (log->needs_replace)
    g_message ("%s/%s: dropping an unfinished record at its end", log->folder, VT_STATE_LOG_FILE);
  return TRUE;
}

VtStateLog *
vt_state_log_open (const char *folder, GError **error)
{
  g_autoptr (VtStateLog) log = g_new0 (VtStateLog, 1);

  log->folder = g_strdup (folder);
  log->text = g_string_new (NULL);
  log->checksum = g_strdup ("");
  log->fd = -1;

  return read_file (log, error) ? g_steal_pointer (&log) : NULL;
}

static void
close_file (VtStateLog *log)
{
  if (log->fd >= 0)
    close (log->fd);
  log->fd = -1;
}

/* What was read is no longer needed once the file changes. */
static void
forget_text (VtStateLog *log)
{
  g_clear_pointer (&log->valid, vt_log_text_free);
  if (log->text != NULL)
    g_string_free (g_steal_pointer (&log->text), TRUE);
}

void
vt_state_log_free (VtStateLog *log)
{
  close_file (log);
  forget_text (log);
  g_free (log->checksum);
  g_free (log->folder);
  g_free (log);
}

const GPtrArray *
vt_state_log_get_records (const VtStateLog *log)
{
  return log->valid != NULL ? log->valid->records : NULL;
}

gboolean
vt_state_log_is_damaged (const VtStateLog *log)
{
  return log->is_damaged;
}

JsonObject *
vt_state_log_get_unfinished (const VtStateLog *log)
{
  return log->valid != NULL ? log->valid->unfinished : NULL;
}

gboolean
vt_state_log_reject (VtStateLog *log, guint index, const char *why, GError **error)
{
  log->needs_replace = TRUE;
  vt_log_text_cut (log->valid, index);
  log->size = vt_log_text_get_end (log->valid);
  if (index == 0)
    return set_aside (log, why, error);

  keep_rest (log, why);
  return TRUE;
}

gboolean
vt_state_log_needs_replace (const VtStateLog *log)
{
  return log->needs_replace;
}

gsize
vt_state_log_get_size (const VtStateLog *log)
{
  return log->size;
}

gsize
vt_state_log_get_first_size (const VtStateLog *log)
{
  return log->first_size;
}

/* Whether the open file is still the one of that name: somebody may have replaced the folder. */
static gboolean
is_in_place (int fd, const char *path)
{
  struct stat opened, named;

  return fstat (fd, &opened) == 0 && lstat (path, &named) == 0 && opened.st_dev == named.st_dev
         && opened.st_ino == named.st_ino;
}

/* Returns: 0 or a negative errno. */
static int
open_to_append (VtStateLog *log)
{
  g_autofree char *path = g_build_filename (log->folder, VT_STATE_LOG_FILE, NULL);

  if (log->fd < 0)
    log->fd = open (path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (log->fd < 0)
    return -errno;

  return is_in_place (log->fd, path) ? 0 : -ESTALE;
}

/* Returns: 0 or a negative errno. */
static int
write_all (int fd, const char *text, gsize len)
{
  for (gsize at = 0; at < len;)
    {
      ssize_t n = TEMP_FAILURE_RETRY (write (fd, text + at, len - at));

      if (n < 0)
        return -errno;
      at += (gsize) n;
    }

  return 0;
}

/* The same. The newline says that the record is on disk. */
static int
write_line (int fd, const GString *line, gboolean durable)
{
  const gsize len = line->len - 1;
  int result = write_all (fd, line->str, durable ? len : line->len);

  if (result < 0 || !durable)
    return result;
  if (fdatasync (fd) < 0)
    return -errno;

  return write_all (fd, line->str + len, 1);
}

/*
 * Takes back what a failed write has left. The caller is told that the record was not written; so
 * the file must not hold it. The next record replaces the file.
 */
static void
take_back (VtStateLog *log)
{
  log->needs_replace = TRUE;
  if (log->fd >= 0 && ftruncate (log->fd, (off_t) log->size) < 0)
    g_message ("shortening %s/%s: %s", log->folder, VT_STATE_LOG_FILE, g_strerror (errno));
  close_file (log);
}

static gboolean
check_size (const VtStateLog *log, gsize size, gsize max, GError **error)
{
  if (size <= max)
    return TRUE;

  return vt_error_set (error, VT_ERROR_STATE,
                       "writing %s/%s: it would be larger than %" G_GSIZE_FORMAT " bytes",
                       log->folder, VT_STATE_LOG_FILE, max);
}

static void
note_written (VtStateLog *log, gsize size, char *checksum)
{
  g_free (log->checksum);
  log->checksum = checksum;
  log->size = size;
  forget_text (log);
}

gboolean
vt_state_log_append (
    VtStateLog *log, JsonObject *record, gsize max, gboolean durable, GError **error)
{
  g_autoptr (GString) line = g_string_new (NULL);
  g_autofree char *checksum = vt_log_text_add (line, record, log->checksum);
  int result;

  g_return_val_if_fail (!log->needs_replace, FALSE);

  if (!check_size (log, log->size + line->len, max, error))
    return FALSE;

  result = open_to_append (log);
  if (result == 0)
    result = write_line (log->fd, line, durable);
  if (result < 0)
    {
      take_back (log);
      return vt_error_set (error, VT_ERROR_STATE, "writing %s/%s: %s", log->folder,
                           VT_STATE_LOG_FILE, g_strerror (-result));
    }

  note_written (log, log->size + line->len, g_steal_pointer (&checksum));
  return TRUE;
}

gboolean
vt_state_log_replace (VtStateLog *log, const GPtrArray *records, gsize max, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *checksum = g_strdup ("");
  gsize first_size = 0;
  int result;

  for (guint i = 0; i < records->len; i++)
    {
      char *next = vt_log_text_add (text, g_ptr_array_index (records, i), checksum);

      g_free (checksum);
      checksum = next;
      if (i == 0)
        first_size = text->len;
    }

  if (!check_size (log, text->len, max, error))
    return FALSE;

  close_file (log);
  log->needs_replace = TRUE;
  result = vt_state_folder_replace (log->folder, VT_STATE_LOG_FILE, text);
  if (result < 0)
    return vt_error_set (error, VT_ERROR_STATE, "writing %s/%s: %s", log->folder, VT_STATE_LOG_FILE,
                         g_strerror (-result));

  log->needs_replace = FALSE;
  log->first_size = first_size;
  note_written (log, text->len, g_steal_pointer (&checksum));
  return TRUE;
}
