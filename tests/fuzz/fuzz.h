/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The one function that a fuzz target is. Takes memory, returns 0, keeps
 * nothing between calls: what libFuzzer asks of it.
 */

#include <glib.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);
