/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Copies bytes between a libvirt stream and a descriptor in both directions,
 * in libvirt's own event loop, until either of them is closed. It buffers at
 * most one block for each direction. It does not interpret the bytes.
 */

#include <libvirt/libvirt.h>

/* Returns when the stream or @fd is closed. @fd: (transfer none): a non-blocking stream socket.
 */
void vt_libvirt_pump_run (virStreamPtr stream, int fd);
