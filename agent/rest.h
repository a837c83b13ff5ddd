/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Gives back what work left behind, so that an agent at rest weighs little.
 * It knows nothing of what the work was.
 */

/* Any thread. Costs what comes next some minor faults. */
void vt_rest (void);
