/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/verbs.h"

#include "host-shim/report.h"

static gboolean
run_verify (VtRun *run, VtExit *ret_exit, GError **error)
{
  g_autoptr (JsonNode) ret = vt_run_call (run, "tune-verify", NULL, error);

  if (ret == NULL || !vt_report_verify (run->output, ret, ret_exit, error))
    return FALSE;
  vt_run_print_json (run, ret);
  return TRUE;
}

const VtVerb vt_verb_verify = {
  .name = "verify",
  .arguments = "",
  .summary = "whether all is still as it was applied",
  .details = "Compares what is wanted with what the guest's kernel says now. What has drifted\n"
             "stands on top, and makes the exit status 1.",
  .run = run_verify,
};
