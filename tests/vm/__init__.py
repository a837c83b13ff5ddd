# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real guests for tests, the demo and benchmarks.

Builds two guests from Debian packages, boots them under QEMU with the devices
that a test wants, runs commands in them and talks QMP.  Knows nothing of the
tests, which read the guest's own /sys and /proc through this package.
"""
