/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The words of the memory verb that ask our own agent, where qga has no
 * command: the map of blocks; before, while and after a host plugs memory.
 */

#include "host-shim/verb.h"

/* VT_ERROR_COMMAND_NOT_FOUND where the agent is qga or an old one of ours; nothing was said then.
 */
gboolean vt_memory_run_map (VtRun *run, GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean vt_memory_run_wait (VtRun *run, guint64 bytes, VtExit *ret_exit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* @bytes 0: not said. */
gboolean vt_memory_run_prepare (VtRun *run, guint64 bytes, VtExit *ret_exit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean vt_memory_run_offline (VtRun *run, guint64 bytes, VtExit *ret_exit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
