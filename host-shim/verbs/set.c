/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/change.h"
#include "host-shim/verbs/verbs.h"

static gboolean
run_set (VtRun *run, VtExit *ret_exit, GError **error)
{
  g_autoptr (VtSettings) settings = vt_settings_new ();

  if (*run->arguments == NULL)
    return vt_exit_set (error, VT_EXIT_USAGE,
                        "set needs KEY=VALUE, such as 'block/vda/scheduler=none'");
  return vt_change_add_assignments (settings, run->arguments, error)
         && vt_change_run (run, NULL, settings, ret_exit, error);
}

const VtVerb vt_verb_set = {
  .name = "set",
  .arguments = "KEY=VALUE…",
  .max_arguments = VT_SETTINGS_MAX,
  .option_sets = VT_OPTIONS_CHANGE,
  .summary = "set single values, in addition to the active settings",
  .details = "Merges the settings into the active settings, and applies everything or nothing.\n"
             "'KEY=' removes a setting: the agent restores the original value.\n"
             "\n"
             "  virt-tune set web1 block/vdb/scheduler=noop net/eth0/combined=2\n"
             "  virt-tune set web1 'block/*/scheduler=auto' sysctl/vm.swappiness=30",
  .run = run_set,
};
