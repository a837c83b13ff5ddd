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
  .summary = "check whether the wanted values are still in place",
  .details = "Compares the wanted values with those of the guest's kernel. Values that differ\n"
             "(drift) are listed first. If there are any, the exit status is 1.",
  .run = run_verify,
};
