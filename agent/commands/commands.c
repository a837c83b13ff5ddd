/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/commands/command.h"

static const VtCommand *const tables[] = {
  vt_commands_guest, vt_commands_guest_memory, vt_commands_guest_vcpus,
  vt_commands_tune,  vt_commands_tune_memory,
};

const VtCommand *
vt_command_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      for (const VtCommand *command = tables[i]; command->name != NULL; command++)
        {
          if (g_str_equal (command->name, name))
            return command;
        }
    }

  return NULL;
}
