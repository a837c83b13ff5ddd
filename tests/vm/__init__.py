# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real guests for tests, the demo and benchmarks.

Builds two guests from Debian packages, boots them under QEMU with wanted
devices, runs commands in them and talks QMP.  It knows nothing of what is
tested in them: tests read the guest's own /sys and /proc through it.
"""
