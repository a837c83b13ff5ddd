#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""check-arrows.py ROOT: checks which files include which, that no includes form a loop, and that
no file is longer than MAX_LINES.

The agent and the host shim both include protocol/ and never each other. Inside the agent a part
includes only the parts that MAY names for it. Every part may include agent/agent.h: it holds only
data and forward declarations.
"""

import pathlib
import re
import sys

LOW = {"protocol", "agent/kernel"}
TUNING = LOW | {"agent/profiles", "agent/neighbours", "agent/tunables", "agent/state", "agent/engine"}

MAY = {
    "protocol": set(),
    "host-shim": {"protocol"},
    "agent/kernel": {"protocol"},
    "agent/profiles": {"protocol"},
    "agent/neighbours": LOW | {"agent/profiles"},
    "agent/tunables": LOW | {"agent/neighbours"},
    "agent/state": LOW | {"agent/tunables"},
    "agent/engine": TUNING,
    "agent/reporting": {"protocol"},
    "agent/worker": {"protocol"},
    "agent/hotplug": TUNING | {"agent/reporting", "agent/worker"},
    "agent/commands": TUNING | {"agent/reporting", "agent/worker", "agent/hotplug"},
    "agent/channel": {"protocol", "agent/reporting", "agent/hotplug"},
    "agent/session": {"protocol", "agent/reporting", "agent/worker", "agent/commands",
                      "agent/channel"},
    "agent/configuration": {"protocol", "agent/channel"},
}
MAY["agent/daemon"] = set(MAY) - {"host-shim"}
MAY["agent"] = set(MAY) - {"host-shim"}

EVERYWHERE = {"agent/agent.h"}

MAX_LINES = 400

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def part_of(path):
    """The part of the table that a file belongs to, or None."""
    folder = path.rsplit("/", 1)[0] if "/" in path else ""
    while folder and folder not in MAY:
        # A sub-folder belongs to its folder, but agent/ has parts only.
        folder = folder.rsplit("/", 1)[0] if "/" in folder else ""
        if folder == "agent":
            return None
    return folder or None


def read_includes(root):
    """{file: [files it includes]}, both relative to the root."""
    graph = {}
    for side in ("agent", "host-shim", "protocol"):
        for path in sorted((root / side).rglob("*.[ch]")):
            name = path.relative_to(root).as_posix()
            graph[name] = [i for i in INCLUDE.findall(path.read_text(encoding="utf-8"))
                           if i != "config.h"]
    return graph


def check_arrow(source, target):
    """The fault of one include, or None."""
    here, there = part_of(source), part_of(target)
    if here is None:
        return f"{source}: its folder is in no table of check-arrows.py"
    if there is None:
        return f"{source}: \"{target}\" is not written from the root"
    allowed = MAY[here] | {here}
    if there in allowed or target in EVERYWHERE:
        return None
    return f"{source}: {here} must not include {target}"


def find_circle(graph):
    """The files of one loop of includes; [] if there is none."""
    done, trail = set(), []

    def visit(name):
        if name in trail:
            return trail[trail.index(name):] + [name]
        if name in done:
            return []
        trail.append(name)
        for target in graph.get(name, []):
            circle = visit(target)
            if circle:
                return circle
        trail.pop()
        done.add(name)
        return []

    for name in graph:
        circle = visit(name)
        if circle:
            return circle
    return []


def check_lengths(root, names):
    """The list of files that are too long."""
    lengths = {name: len((root / name).read_text(encoding="utf-8").splitlines()) for name in names}
    return [f"{name}: {length} lines; at most {MAX_LINES}" for name, length in lengths.items()
            if length > MAX_LINES]


def main():
    root = pathlib.Path(sys.argv[1])
    graph = read_includes(root)
    faults = [fault for source, targets in graph.items() for target in targets
              if (fault := check_arrow(source, target))]
    faults += [f"{source}: {target} does not exist" for source, targets in graph.items()
               for target in targets if target not in graph]

    faults += check_lengths(root, graph)

    circle = find_circle(graph)
    if circle:
        faults.append("includes form a loop: " + " → ".join(circle))

    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(graph)} files, {sum(map(len, graph.values()))} includes, {len(faults)} faults")
    return 1 if faults or not graph else 0


if __name__ == "__main__":
    sys.exit(main())
