/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Carries bytes between a libvirt stream and a descriptor, by libvirt's own
 * event loop, until either end closes. One block each way is held, never
 * more. It knows nothing of what it carries.
 */

#include <libvirt/libvirt.h>

/* Runs in the calling thread until it is over. @fd: non-blocking stream socket; stays the caller's.
 */
void vt_libvirt_pump_run (virStreamPtr stream, int fd);
