/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Runs the main context until a condition is true, and fails if it does not become true in time. */

#include <glib.h>

#define LOOP_DEADLINE_SECONDS 60

static gboolean
loop_too_late (gpointer data)
{
  g_error ("the condition that the test waits for did not become true");
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

/* Runs everything that is ready now, without waiting. */
static inline void
loop_settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}
