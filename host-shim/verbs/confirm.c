/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/change.h"
#include "host-shim/verbs/verbs.h"

#include "host-shim/shape.h"

/* The id of the apply that waits; 0: none does. FALSE with @error. */
static gboolean
ask_which (VtRun *run, gint64 *ret_id, GError **error)
{
  g_autoptr (JsonNode) ret = vt_run_call (run, "tune-status", NULL, error);
  g_autoptr (VtShape) shape = vt_shape_new ("tune-status");
  JsonObject *waits;
  gint64 id = 0;

  if (ret == NULL)
    return FALSE;
  waits = vt_shape_optional_object (shape, vt_shape_root_object (shape, ret), "unconfirmed");
  if (waits != NULL)
    id = vt_shape_count (shape, waits, "apply-id");
  if (!vt_shape_check (shape, error))
    return FALSE;
  *ret_id = id;
  return TRUE;
}

static gboolean
run_confirm (VtRun *run, VtExit *ret_exit, GError **error)
{
  const char *word = *run->arguments;
  g_autoptr (JsonNode) ret = NULL;
  guint64 number = 0;
  gint64 id = 0;

  if (word != NULL && !g_ascii_string_to_unsigned (word, 10, 1, G_MAXINT64, &number, NULL))
    return vt_exit_set (error, VT_EXIT_USAGE, "'%s' is no id of an apply", word);
  id = (gint64) number;
  if (word == NULL && !ask_which (run, &id, error))
    return FALSE;
  if (id == 0)
    return vt_exit_set (error, VT_EXIT_FAILED, "no apply waits to be confirmed");

  ret = vt_change_confirm (run, id, error);
  if (ret == NULL)
    return FALSE;
  vt_output_line (run->output, "apply %" G_GINT64_FORMAT " stays", id);
  vt_run_print_json (run, ret);
  return TRUE;
}

const VtVerb vt_verb_confirm = {
  .name = "confirm",
  .arguments = "[APPLY-ID]",
  .max_arguments = 1,
  .summary = "keep an apply that --confirm-within would undo",
  .details = "Keeps a provisional apply. Without confirmation the guest undoes it when its time\n"
             "is over. Without an id, the one that waits is kept.\n"
             "\n"
             "  virt-tune set web1 net/eth0/combined=2 --confirm-within 30\n"
             "  virt-tune confirm web1",
  .run = run_confirm,
};
