/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/verbs.h"

#include "host-shim/report.h"

static gboolean
run_rollback (VtRun *run, VtExit *ret_exit, GError **error)
{
  g_autoptr (JsonNode) ret = vt_run_call (run, "tune-rollback", NULL, error);

  if (ret == NULL || !vt_report_rollback (run->output, ret, ret_exit, error))
    return FALSE;
  vt_run_print_json (run, ret);
  return TRUE;
}

const VtVerb vt_verb_rollback = {
  .name = "rollback",
  .arguments = "",
  .summary = "restore every value to what it was before the first apply",
  .details = "Restores the original of every attribute that was changed, and removes the profile\n"
             "and the settings permanently. A value that another program has changed since is\n"
             "left alone and reported. Memory that was brought online stays online.",
  .run = run_rollback,
};
