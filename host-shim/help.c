/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/help.h"

char *
vt_help_general (void)
{
  GString *out = g_string_new (
      "Usage: virt-tune [OPTION…] VERB DOMAIN [ARGUMENT…]\n"
      "       virt-tune [OPTION…] --socket PATH VERB [ARGUMENT…]\n"
      "\n"
      "Shows and changes the tuning of a running guest, through the agent in the guest.\n"
      "\n"
      "Verbs:\n");

  for (const VtVerb *const *verb = vt_verbs; *verb != NULL; verb++)
    g_string_append_printf (out, "  %-10s %s\n", (*verb)->name, (*verb)->summary);
  g_string_append (out, "\nOptions:\n");
  vt_options_append_help (out, VT_OPTIONS_GLOBAL);
  g_string_append (out, "\nExit status:\n");
  for (guint code = 0; code < VT_EXIT_N_CODES; code++)
    g_string_append_printf (out, "  %u  %s\n", code, vt_exit_meaning ((VtExit) code));
  g_string_append (out, "\n'virt-tune VERB --help' explains a verb; see also virt-tune(1).\n");
  return g_string_free (out, FALSE);
}

char *
vt_help_verb (const VtVerb *verb)
{
  const char *gap = *verb->arguments != '\0' ? " " : "";
  GString *out = g_string_new (NULL);

  g_string_append_printf (out,
                          "Usage: virt-tune %s DOMAIN%s%s\n"
                          "       virt-tune --socket PATH %s%s%s\n\n",
                          verb->name, gap, verb->arguments, verb->name, gap, verb->arguments);
  g_string_append_printf (out, "%s\n", verb->details != NULL ? verb->details : verb->summary);
  g_string_append (out, "\nOptions:\n");
  vt_options_append_help (out, VT_OPTIONS_GLOBAL);
  for (guint set = VT_OPTIONS_CHANGE; set <= VT_OPTIONS_STATUS; set <<= 1)
    if ((verb->option_sets & set) != 0)
      vt_options_append_help (out, (VtOptionSet) set);
  return g_string_free (out, FALSE);
}
