/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A pattern of the request means those attributes that can have the value. If no
 * attribute that it matches can have it, the request asks for something impossible: the host gets
 * an error instead of an apply that does nothing.
 */

#include <glib.h>

#include "agent/engine/item.h"

/* Makes faults of the items whose pattern no attribute can satisfy. */
void vt_misfits_refuse (const GPtrArray *items);

/* After the writing: the first item whose pattern every device refused; NULL: there is none. */
const VtItem *vt_misfits_find_refused (const GPtrArray *items);
