/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A whole run of virt-tune with a guest that sends any bytes: session, shapes,
 * tables, escapes. The first byte chooses the verb and the format, the others
 * are the guest's replies.
 */

#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "host-shim/options.h"
#include "host-shim/session.h"
#include "host-shim/verb.h"
#include "protocol/json.h"

#define TIMEOUT  0.1  /* seconds for a call that the guest does not answer */
#define SAID_MAX 8192 /* bytes of the guest: fits into a socket's buffer, with all ids */

static const char *const verbs[]
    = { "info", "memory", "ping", "profiles", "rollback", "status", "verify", "apply", "raw" };

typedef struct
{
  int fd;
  const guint8 *data;
  gsize size;
} Guest;

/* Reads a request's id, the last member of its line; NULL: the shim has disconnected. */
static char *
read_id (int fd)
{
  g_autoptr (GString) line = g_string_new (NULL);
  const char *at;
  char c;

  while (read (fd, &c, 1) == 1)
    {
      g_string_append_c (line, c);
      if (c != '\n')
        continue;
      at = g_strrstr (line->str, "\"id\": ");
      g_assert_nonnull (at);
      at += strlen ("\"id\": ");
      return g_strndup (at, strspn (at, "0123456789"));
    }

  return NULL;
}

/* Sends the reply to one request: the bytes up to the next byte 2. Each byte 1 stands for the id.
 */
static void
answer (Guest *guest, const char *id)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (; guest->size > 0 && *guest->data != 2; guest->data++, guest->size--)
    {
      if (*guest->data == 1)
        g_string_append (text, id);
      else
        g_string_append_c (text, (char) *guest->data);
    }
  if (send (guest->fd, text->str, text->len, MSG_NOSIGNAL) < 0)
    return; /* the shim has closed the connection */
  if (guest->size == 0)
    {
      shutdown (guest->fd, SHUT_WR);
      return;
    }
  guest->data++;
  guest->size--;
}

static gpointer
be_guest (gpointer data)
{
  Guest *guest = data;
  g_autofree char *sync = read_id (guest->fd);
  g_autofree char *hello = g_strdup_printf ("\xff{\"return\": %s, \"id\": %s}\n", sync, sync);
  char *id;

  if (sync == NULL || send (guest->fd, hello, strlen (hello), MSG_NOSIGNAL) < 0)
    return NULL;
  while ((id = read_id (guest->fd)) != NULL)
    {
      answer (guest, id);
      g_free (id);
    }

  return NULL;
}

/* The output must not move a terminal's cursor or hide text. JSON output must be valid JSON. */
static void
check_output (const VtOutput *output, gboolean json)
{
  const VtScannerLimits limits = { 1 << 30, 64, 1 << 22 };
  const GString *text = output->text;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;

  g_assert_true (g_utf8_validate (text->str, (gssize) text->len, NULL));
  if (json)
    {
      g_autofree char *wrapped
          = g_strdup_printf ("{\"text\": %s}", text->len > 0 ? text->str : "0");

      node = vt_json_parse (wrapped, strlen (wrapped), &limits, &error);
      g_assert_no_error (error);
    }

  for (const char *p = text->str; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      g_assert_false ((c < 0x20 && c != '\n') || (c >= 0x7f && c < 0xa0));
      g_assert_false ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069));
    }
}

static void
run_verb (const VtVerb *verb, int fd, gboolean json)
{
  static const char *const no_arguments[] = { NULL };
  static const char *const raw_arguments[] = { "guest-get-vcpus", NULL };
  const gint64 deadline = g_get_monotonic_time () + (gint64) (TIMEOUT * G_USEC_PER_SEC);
  g_autoptr (VtOutput) output = vt_output_new (json);
  g_autoptr (GError) error = NULL;
  g_autoptr (VtSession) session
      = vt_session_new (vt_transport_new (fd, NULL, NULL), TIMEOUT, deadline, &error);
  VtOptions options = { .socket = (char *) "/run/fuzz.sock", .timeout = TIMEOUT, .json = json };
  VtExit code = VT_EXIT_OK;
  const gboolean raw = g_str_equal (verb->name, "raw");
  g_autoptr (JsonNode) done = NULL;
  VtRun run = { .options = &options,
                .arguments = raw ? raw_arguments : no_arguments,
                .output = output,
                .session = session };

  if (session == NULL)
    return; /* on a machine under load, the call has timed out */
  if (verb->run (&run, &code, &error))
    check_output (output, json || raw);
  else
    g_assert_nonnull (error);
  done = run.done;
  g_clear_pointer (&run.fault_data, json_node_unref);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const VtVerb *verb;
  GThread *thread;
  Guest guest;
  int fds[2];

  if (size < 1 || size > SAID_MAX)
    return 0;
  verb = vt_verb_find (verbs[(data[0] >> 1) % G_N_ELEMENTS (verbs)], NULL);
  g_assert_nonnull (verb);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  guest = (Guest){ fds[1], data + 1, size - 1 };
  thread = g_thread_new ("guest", be_guest, &guest);
  run_verb (verb, fds[0], data[0] & 1);
  g_thread_join (thread);
  close (fds[1]);

  return 0;
}
