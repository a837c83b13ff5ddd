/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The parts of the memory verb that need virt-tune-agent, because the QEMU
 * Guest Agent (qga) has no command for them: the map of blocks; and the work
 * before a plug, after a plug and before an unplug.
 */

#include "host-shim/verb.h"

/* VT_ERROR_COMMAND_NOT_FOUND: the agent is qga or an old virt-tune-agent; nothing was printed. */
gboolean vt_memory_run_map (VtRun *run, GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean vt_memory_run_wait (VtRun *run, guint64 bytes, VtExit *ret_exit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* @bytes: the size that will be plugged; 0: not given. */
gboolean vt_memory_run_prepare (VtRun *run, guint64 bytes, VtExit *ret_exit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean vt_memory_run_offline (VtRun *run, guint64 bytes, VtExit *ret_exit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
