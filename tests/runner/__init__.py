# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs every test of the project and counts them: what tests/run starts."""
