/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/change.h"
#include "host-shim/verbs/verbs.h"

#include "host-shim/shape.h"

/* *@ret_id: the id of the provisional apply; 0 if there is none. */
static gboolean
ask_id (VtRun *run, gint64 *ret_id, GError **error)
{
  g_autoptr (JsonNode) ret = vt_run_call (run, "tune-status", NULL, error);
  g_autoptr (VtShape) shape = vt_shape_new ("tune-status");
  JsonObject *unconfirmed;
  gint64 id = 0;

  if (ret == NULL)
    return FALSE;
  unconfirmed = vt_shape_optional_object (shape, vt_shape_root_object (shape, ret), "unconfirmed");
  if (unconfirmed != NULL)
    id = vt_shape_count (shape, unconfirmed, "apply-id");
  if (!vt_shape_check (shape, error))
    return FALSE;
  *ret_id = id;
  return TRUE;
}

static gboolean
run_confirm (VtRun *run, VtExit *ret_exit, GError **error)
{
  const char *argument = *run->arguments;
  g_autoptr (JsonNode) ret = NULL;
  guint64 number = 0;
  gint64 id = 0;

  if (argument != NULL && !g_ascii_string_to_unsigned (argument, 10, 1, G_MAXINT64, &number, NULL))
    return vt_exit_set (error, VT_EXIT_USAGE, "'%s' is not the id of an apply", argument);
  id = (gint64) number;
  if (argument == NULL && !ask_id (run, &id, error))
    return FALSE;
  if (id == 0)
    return vt_exit_set (error, VT_EXIT_FAILED, "no apply waits to be confirmed");

  ret = vt_change_confirm (run, id, error);
  if (ret == NULL)
    return FALSE;
  vt_output_line (run->output, "apply %" G_GINT64_FORMAT " is confirmed", id);
  vt_run_print_json (run, ret);
  return TRUE;
}

const VtVerb vt_verb_confirm = {
  .name = "confirm",
  .arguments = "[APPLY-ID]",
  .max_arguments = 1,
  .summary = "keep an apply that --confirm-within would undo",
  .details = "Confirms a provisional apply. If nobody confirms it in time, the guest undoes it.\n"
             "Without an id, the apply that waits to be confirmed is meant.\n"
             "\n"
             "  virt-tune set web1 net/eth0/combined=2 --confirm-within 30\n"
             "  virt-tune confirm web1",
  .run = run_confirm,
};
