/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The constants of all verbs. Each is defined in the file with the name of the
 * verb. Only the table in verb.c uses them.
 */

#include "host-shim/verb.h"

extern const VtVerb vt_verb_apply;
extern const VtVerb vt_verb_confirm;
extern const VtVerb vt_verb_info;
extern const VtVerb vt_verb_memory;
extern const VtVerb vt_verb_ping;
extern const VtVerb vt_verb_profiles;
extern const VtVerb vt_verb_raw;
extern const VtVerb vt_verb_rollback;
extern const VtVerb vt_verb_set;
extern const VtVerb vt_verb_status;
extern const VtVerb vt_verb_verify;
