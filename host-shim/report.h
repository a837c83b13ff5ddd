/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Rows of attributes, as apply, verify and rollback return them, into tables
 * and one line that sums them up. Pure: a reply in, text and an exit code
 * out. Replies of the wrong shape are VT_EXIT_PROTOCOL, and nothing is said.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#include "host-shim/exit.h"
#include "host-shim/output.h"

gboolean vt_report_apply (VtOutput *output, JsonNode *ret, VtExit *ret_exit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Of the data of an error, which holds the rows of an apply that failed. */
gboolean
vt_report_failed_apply (VtOutput *output, JsonNode *data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vt_report_verify (VtOutput *output, JsonNode *ret, VtExit *ret_exit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean vt_report_rollback (VtOutput *output, JsonNode *ret, VtExit *ret_exit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
