# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs and counts every test of the project; tests/run starts it."""
