# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measurements in guests, started by hand; see README.md."""
