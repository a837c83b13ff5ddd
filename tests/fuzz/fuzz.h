/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The function that each fuzz target defines. As libFuzzer requires, it reads
 * its input from memory, returns 0, and keeps no state between calls.
 */

#include <glib.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);
