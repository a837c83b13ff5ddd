/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reports the replies of apply, verify and rollback: a table with one row per
 * attribute, and one line with the total. Each function takes a reply and
 * adds text to the output. If the reply has the wrong shape, it fails with
 * VT_EXIT_PROTOCOL and adds nothing.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#include "host-shim/exit.h"
#include "host-shim/output.h"

gboolean vt_report_apply (VtOutput *output, JsonNode *ret, VtExit *ret_exit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* @data: the data of an error, which contains the rows of an apply that failed. */
gboolean
vt_report_failed_apply (VtOutput *output, JsonNode *data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vt_report_verify (VtOutput *output, JsonNode *ret, VtExit *ret_exit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean vt_report_rollback (VtOutput *output, JsonNode *ret, VtExit *ret_exit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
