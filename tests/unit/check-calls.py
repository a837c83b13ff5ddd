#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""check-calls.py FOLDER=LIBRARY…: checks that no files of a folder call each other in a loop.

LIBRARY is a static library of objects that were compiled from the files below FOLDER. Which file
calls which is read from the objects' symbols with nm(1): one that an object needs and another one
defines. Only files of the same folder count; check-arrows.py looks at the folders.
"""

import collections
import re
import subprocess
import sys

# agent/libagent.a:agent/libagent.a.p/engine_plan.c.o:0000000000000000 T vt_plan_new
SYMBOL = re.compile(r"^[^:]*:(?:.*\.p/)?([^:/]+)\.o:[0-9a-f ]*([A-Za-z]) (\S+)$")


def read_symbols(folder, text):
    """{file: (defined symbols, needed symbols)} of nm's output; file names begin with the folder."""
    files = collections.defaultdict(lambda: (set(), set()))
    for line in text.splitlines():
        match = SYMBOL.match(line)
        if match is None:
            continue
        name, kind, symbol = match.groups()
        # Meson writes a_b.c.o for a/b.c; no file of ours has an underscore in its name.
        defined, needed = files[f"{folder}/{name.replace('_', '/')}"]
        if kind == "U":
            needed.add(symbol)
        elif kind.isupper():
            defined.add(symbol)
    return dict(files)


def find_calls(files):
    """{file: {other file of the same folder: a symbol of the other file that it uses}}."""
    owners = {symbol: name for name, (defined, _) in files.items() for symbol in defined}
    calls = {name: {} for name in files}
    for name, (_, needed) in files.items():
        for symbol in sorted(needed & owners.keys()):
            owner = owners[symbol]
            if owner != name and owner.rpartition("/")[0] == name.rpartition("/")[0]:
                calls[name].setdefault(owner, symbol)
    return calls


def find_loop(calls):
    """The files of one loop, with the first one again at the end; [] if there is no loop."""
    done, trail = set(), []

    def visit(name):
        if name in trail:
            return trail[trail.index(name):] + [name]
        if name in done:
            return []
        trail.append(name)
        for target in calls[name]:
            loop = visit(target)
            if loop:
                return loop
        trail.pop()
        done.add(name)
        return []

    for name in calls:
        loop = visit(name)
        if loop:
            return loop
    return []


def describe(calls, loop):
    """The loop as text: which file uses which symbol of which file."""
    steps = [f"{name} uses {calls[name][target]}() of {target}" for name, target in zip(loop, loop[1:])]
    return "files call each other in a loop: " + "; ".join(steps)


def main():
    count, faults = 0, 0
    for argument in sys.argv[1:]:
        folder, library = argument.split("=", 1)
        text = subprocess.run(["nm", "-A", library], check=True, capture_output=True, text=True).stdout
        files = read_symbols(folder, text)
        calls = find_calls(files)
        count += sum(map(len, calls.values()))
        loop = find_loop(calls)
        if loop:
            faults += 1
            print(describe(calls, loop), file=sys.stderr)
    print(f"{count} calls between files of one folder, {faults} loops")
    return 1 if faults or not count else 0


if __name__ == "__main__":
    sys.exit(main())
