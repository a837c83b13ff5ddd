/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/verbs.h"

#include "host-shim/shape.h"

static gboolean
run_ping (VtRun *run, VtExit *ret_exit, GError **error)
{
  gint64 start = g_get_monotonic_time ();
  g_autoptr (JsonNode) ret = vt_run_call (run, "guest-ping", NULL, error);
  g_autoptr (VtShape) shape = vt_shape_new ("guest-ping");

  if (ret == NULL)
    return FALSE;
  (void) vt_shape_root_object (shape, ret);
  if (!vt_shape_check (shape, error))
    return FALSE;
  vt_run_print_json (run, ret);
  vt_output_line (run->output, "the agent answers (%.1f ms)",
                  (gdouble) (g_get_monotonic_time () - start) / 1000.0);
  return TRUE;
}

const VtVerb vt_verb_ping = {
  .name = "ping",
  .arguments = "",
  .summary = "check whether the agent answers",
  .run = run_ping,
};
