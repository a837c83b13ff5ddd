/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/reporting/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "protocol/error.h"

static const char *const message_ids[] = {
  [VT_LOG_READY] = "17dd23fe54224d98b87d703d41e3fb09",
  [VT_LOG_APPLIED] = "716217459b714b399eca5b583b9b55ce",
  [VT_LOG_ROLLED_BACK] = "556dc8d589d94ac69a97ce16e02b01cc",
  [VT_LOG_REFUSED] = "49492e90d4244ea2a0f7e01be676b246",
  [VT_LOG_ONLINED] = "ec10590ff6e540ba9f96fb31009d9447",
  [VT_LOG_DRIFT] = "be34cfe90a0843449492f18b0f3a195e",
  [VT_LOG_PORT_TAKEN] = "cf17f24432ef469a82554dc959e4d6d5",
  [VT_LOG_PORT_LOST] = "2579b44b234a445e8d7e37237e20aa77",
  [VT_LOG_DROPPED] = "b1c26148d57f4e128c9e3fe5b0ce6969",
};

G_STATIC_ASSERT (G_N_ELEMENTS (message_ids) == VT_LOG_N_EVENTS);

/* Never freed: GLib can't remove a log writer. */
typedef struct
{
  int fd; /* of the file or stderr; with the journal only used if that fails */
  gboolean journal;
  gboolean has_timestamps; /* for a file: the journal adds its own */
} Log;

/* Set before other threads start. */
static gboolean is_verbose;

gboolean
vt_log_is_verbose (void)
{
  return is_verbose;
}

void
vt_log_event (VtLogEvent event, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  g_return_if_fail (event < VT_LOG_N_EVENTS);

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);

  g_log_structured (VT_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "MESSAGE_ID", message_ids[event], "MESSAGE",
                    "%s", text);
}

static const char *
level_prefix (GLogLevelFlags level)
{
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    return "error: ";
  if (level & G_LOG_LEVEL_WARNING)
    return "warning: ";
  if (level & G_LOG_LEVEL_DEBUG)
    return "debug: ";

  return "";
}

/* Escapes control characters, so that each message is one line. */
static void
append_escaped (GString *line, const char *text, gsize len)
{
  for (gsize i = 0; i < len; i++)
    {
      guchar c = (guchar) text[i];

      if (c < 0x20 || c == 0x7f)
        g_string_append_printf (line, "\\x%02x", c);
      else
        g_string_append_c (line, (char) c);
    }
}

static void
append_message (GString *line, const GLogField *fields, gsize n_fields)
{
  for (gsize i = 0; i < n_fields; i++)
    {
      if (!g_str_equal (fields[i].key, "MESSAGE"))
        continue;
      append_escaped (line, fields[i].value,
                      fields[i].length < 0 ? strlen (fields[i].value) : (gsize) fields[i].length);
    }
}

static void
write_line (const Log *log, GLogLevelFlags level, const GLogField *fields, gsize n_fields)
{
  g_autoptr (GString) line = g_string_new (NULL);
  gssize written;

  if (log->has_timestamps)
    {
      g_autoptr (GDateTime) now = g_date_time_new_now_local ();
      g_autofree char *stamp = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S%z ");

      g_string_append (line, stamp);
    }
  g_string_append (line, "virt-tune-agent: ");
  g_string_append (line, level_prefix (level));
  append_message (line, fields, n_fields);
  g_string_append_c (line, '\n');

  /* A failure to write the log can't be reported anywhere. */
  written = write (log->fd, line->str, line->len);
  (void) written;
}

static GLogWriterOutput
write_entry (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  const Log *log = data;

  if (!is_verbose && (level & (G_LOG_LEVEL_DEBUG | G_LOG_LEVEL_INFO)) != 0)
    return G_LOG_WRITER_HANDLED;
  if (log->journal && g_log_writer_journald (level, fields, n_fields, NULL) == G_LOG_WRITER_HANDLED)
    return G_LOG_WRITER_HANDLED;

  write_line (log, level, fields, n_fields);

  return G_LOG_WRITER_HANDLED;
}

gboolean
vt_log_open (const char *path, gboolean verbose, GError **error)
{
  int fd = STDERR_FILENO;
  Log *log;

  if (path != NULL)
    {
      fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
      if (fd < 0)
        return vt_error_set_errno (error, errno, "opening the log file '%s'", path);
    }

  log = g_new (Log, 1);
  log->fd = fd;
  log->journal = path == NULL && g_log_writer_is_journald (STDERR_FILENO);
  is_verbose = verbose;
  log->has_timestamps = path != NULL;
  g_log_set_writer_func (write_entry, log, g_free);

  return TRUE;
}
