#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""check-arrows.py ROOT: who may include whom, and nobody in a circle.

The two sides know the protocol and never each other; inside the agent what
knows less never includes what knows more. The files in agent/ itself put the
parts together and may include all of them; of those, parts that run in the
daemon may include the few headers named in SHARED.
"""

import pathlib
import re
import sys

MAY = {
    "protocol": set(),
    "host-shim": {"protocol"},
    "agent/kernel": {"protocol"},
    "agent/tunables": {"protocol", "agent/kernel"},
    "agent/profiles": {"protocol"},
    "agent/engine": {"protocol", "agent/kernel", "agent/tunables", "agent/profiles"},
    "agent/hotplug": {"protocol", "agent/kernel", "agent/tunables", "agent/engine", "SHARED"},
    "agent/commands": {"protocol", "agent/kernel", "agent/tunables", "agent/profiles",
                       "agent/engine", "SHARED"},
    "agent/channel": {"protocol", "agent/hotplug", "SHARED"},
    "agent/session": {"protocol", "agent/commands", "agent/channel", "SHARED"},
    "agent": {"protocol", "agent/kernel", "agent/tunables", "agent/profiles", "agent/engine",
              "agent/hotplug", "agent/commands", "agent/channel", "agent/session"},
}

SHARED = {"agent/activity.h", "agent/agent.h", "agent/events.h", "agent/log.h", "agent/memory-book.h",
          "agent/memory-watch.h",
          "agent/tuned-active.h", "agent/worker.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def part_of(path):
    """The part of the table that a file belongs to; None: of no part."""
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
    """What is wrong with one include; None: nothing."""
    here, there = part_of(source), part_of(target)
    if here is None:
        return f"{source}: its folder stands in no table of check-arrows.py"
    if there is None:
        return f"{source}: \"{target}\" is not written from the root"
    allowed = MAY[here] | {here}
    if there in allowed or ("SHARED" in allowed and target in SHARED):
        return None
    return f"{source}: {here} must not include {target}"


def find_circle(graph):
    """The files of one circle of includes; [] where there is none."""
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


def main():
    root = pathlib.Path(sys.argv[1])
    graph = read_includes(root)
    faults = [fault for source, targets in graph.items() for target in targets
              if (fault := check_arrow(source, target))]
    faults += [f"{source}: {target} does not exist" for source, targets in graph.items()
               for target in targets if target not in graph]

    circle = find_circle(graph)
    if circle:
        faults.append("includes run in a circle: " + " → ".join(circle))

    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(graph)} files, {sum(map(len, graph.values()))} includes, {len(faults)} faults")
    return 1 if faults or not graph else 0


if __name__ == "__main__":
    sys.exit(main())
