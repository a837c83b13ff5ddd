#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests that check-arrows.py and check-calls.py find the faults that they look for."""

import importlib.util
import pathlib
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent


def load(name):
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"), HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


calls = load("check-calls")
arrows = load("check-arrows")


def nm(*rows):
    """Output of nm(1): rows of file, kind, symbol."""
    return "".join(f"lib/libx.a:lib/libx.a.p/{name}.o:{'':16} {kind} {symbol}\n"
                   for name, kind, symbol in rows)


class Calls(unittest.TestCase):
    def find(self, *rows):
        found = calls.find_calls(calls.read_symbols("agent", nm(*rows)))
        return calls.find_loop(found), found

    def test_loop_of_two(self):
        loop, found = self.find(("engine_a.c", "T", "vt_a"), ("engine_a.c", "U", "vt_b"),
                                ("engine_b.c", "T", "vt_b"), ("engine_b.c", "U", "vt_a"))
        self.assertEqual(loop, ["agent/engine/a.c", "agent/engine/b.c", "agent/engine/a.c"])
        self.assertIn("agent/engine/a.c uses vt_b() of agent/engine/b.c",
                      calls.describe(found, loop))

    def test_loop_of_three(self):
        loop, _ = self.find(("a.c", "T", "vt_a"), ("a.c", "U", "vt_b"), ("b.c", "T", "vt_b"),
                            ("b.c", "U", "vt_c"), ("c.c", "T", "vt_c"), ("c.c", "U", "vt_a"))
        self.assertEqual(len(loop), 4)

    def test_no_loop(self):
        loop, found = self.find(("engine_a.c", "T", "vt_a"), ("engine_a.c", "U", "vt_b"),
                                ("engine_b.c", "T", "vt_b"), ("engine_b.c", "U", "g_free"))
        self.assertEqual(loop, [])
        self.assertEqual(found["agent/engine/a.c"], {"agent/engine/b.c": "vt_b"})

    def test_other_folders_do_not_count(self):
        loop, _ = self.find(("engine_a.c", "T", "vt_a"), ("engine_a.c", "U", "vt_b"),
                            ("state_b.c", "T", "vt_b"), ("state_b.c", "U", "vt_a"))
        self.assertEqual(loop, [])

    def test_static_functions_do_not_count(self):
        loop, _ = self.find(("a.c", "t", "helper"), ("a.c", "U", "vt_b"), ("b.c", "T", "vt_b"),
                            ("b.c", "U", "helper"))
        self.assertEqual(loop, [])


class Arrows(unittest.TestCase):
    def test_forbidden_include(self):
        self.assertIn("must not include", arrows.check_arrow("protocol/a.c", "agent/engine/plan.h"))
        self.assertIsNone(arrows.check_arrow("agent/engine/plan.c", "agent/state/state.h"))

    def test_circle(self):
        self.assertTrue(arrows.find_circle({"a.h": ["b.h"], "b.h": ["a.h"]}))
        self.assertFalse(arrows.find_circle({"a.h": ["b.h"], "b.h": []}))

    def test_long_file(self):
        with tempfile.TemporaryDirectory() as root:
            folder = pathlib.Path(root) / "agent"
            folder.mkdir()
            (folder / "short.c").write_text("\n" * arrows.MAX_LINES, encoding="utf-8")
            (folder / "long.c").write_text("\n" * (arrows.MAX_LINES + 1), encoding="utf-8")
            faults = arrows.check_lengths(pathlib.Path(root), ["agent/short.c", "agent/long.c"])
            self.assertEqual(len(faults), 1)
            self.assertIn("agent/long.c", faults[0])


if __name__ == "__main__":
    unittest.main()
