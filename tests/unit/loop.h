/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Runs the main context until something is so, and fails where it does not become so. */

#include <glib.h>

#define LOOP_DEADLINE_SECONDS 60

static gboolean
loop_too_late (gpointer data)
{
  g_error ("what the test waits for has not come");
  return G_SOURCE_REMOVE;
}

#define loop_until(condition)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    guint loop_guard = g_timeout_add_seconds (LOOP_DEADLINE_SECONDS, loop_too_late, NULL);         \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
    g_source_remove (loop_guard);                                                                  \
  }                                                                                                \
  G_STMT_END

/* All that is ready now, and nothing waits. */
static inline void
loop_settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}
