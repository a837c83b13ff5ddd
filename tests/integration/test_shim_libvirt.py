#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""virt-tune with a domain's name, against a real libvirtd.

The domains are type='qemu' and paused before their first instruction. Each
kind of failure has its own message. If no libvirtd runs, the tests start one
with its virtlogd, and end both afterwards.
"""

import contextlib
import ctypes
import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import uuid
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from fake_agent import FakeAgent  # noqa: E402
from test_shim import OK, UNREACHABLE, USAGE, run  # noqa: E402

URI = "qemu:///system"
RUN = pathlib.Path("/run")
CHANNEL = "org.virt_tune.agent.0"
DOMAIN_XML = """
<domain type='qemu'>
  <name>{name}</name>
  <uuid>{uuid}</uuid>
  <memory unit='MiB'>32</memory>
  <os><type arch='x86_64'>hvm</type></os>
  <devices>{devices}</devices>
</domain>
"""
CHANNEL_XML = f"""
<channel type='unix'><target type='virtio' name='{CHANNEL}'/></channel>
<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
"""
OTHER_XML = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"


def virsh(*args, check=True, stdin=None):
    return subprocess.run(["virsh", "-q", "-c", URI, *args], input=stdin, text=True,
                          capture_output=True, check=check, timeout=60)


def await_true(condition, what, seconds=30):
    """Polls, because libvirt's daemons send no event that one could wait for."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        select.select([], [], [], 0.05)


class Daemons:
    """Starts virtlogd and libvirtd if libvirt does not answer. Ends only what it started."""

    def __init__(self):
        self.started = []

    @staticmethod
    def answers():
        return virsh("uri", check=False).returncode == 0

    def _start(self, program):
        log = tempfile.TemporaryFile()  # closed when the test run ends
        process = subprocess.Popen([program], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.started.append((process, log))

    def start(self):
        if self.answers():
            return
        self._start("virtlogd")
        await_true((RUN / "libvirt/virtlogd-sock").is_socket, "virtlogd")
        self._start("libvirtd")
        await_true(self.answers, "libvirtd")

    def stop(self):
        for process, log in reversed(self.started):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            log.close()


@contextlib.contextmanager
def domain(devices, paused=True):
    """A domain with a unique name: started and paused, or only defined."""
    name = "vt-test-" + uuid.uuid4().hex[:8]
    xml = DOMAIN_XML.format(name=name, uuid=uuid.uuid4(), devices=devices)
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
        file.write(xml)
        file.flush()
        virsh(*(["create", "--paused"] if paused else ["define"]), file.name)
    try:
        yield name
    finally:
        virsh("destroy", name, check=False)
        virsh("undefine", name, check=False)


@contextlib.contextmanager
def channel_held(name):
    """Another client on the channel. It uses libvirt's library, because virsh can't open a channel."""
    lib = ctypes.CDLL("libvirt.so.0")
    for function in ("virConnectOpen", "virDomainLookupByName", "virStreamNew"):
        getattr(lib, function).restype = ctypes.c_void_p
    connection = ctypes.c_void_p(lib.virConnectOpen(URI.encode()))
    guest = ctypes.c_void_p(lib.virDomainLookupByName(connection, name.encode()))
    stream = ctypes.c_void_p(lib.virStreamNew(connection, 0))
    if lib.virDomainOpenChannel(guest, CHANNEL.encode(), stream, 0) != 0:
        raise AssertionError("the channel can't be opened")
    try:
        yield
    finally:
        lib.virStreamAbort(stream)
        lib.virStreamFree(stream)
        lib.virDomainFree(guest)
        lib.virConnectClose(connection)


class Libvirt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # LeakSanitizer crashes when a thread of libvirt ends during its check.
        options = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        patch = mock.patch.dict(os.environ, ASAN_OPTIONS=options)
        patch.start()
        cls.addClassCleanup(patch.stop)
        cls.daemons = Daemons()
        cls.addClassCleanup(cls.daemons.stop)
        cls.daemons.start()

    def refuse(self, name, *texts, code=UNREACHABLE, args=()):
        result = run("-c", URI, "--timeout", "20", "ping", name, *args)
        self.assertEqual(result.code, code, result.out + result.err)
        self.assertTrue(result.err.startswith("virt-tune: "), result.err)
        self.assertEqual(len(result.err.splitlines()), 1, "libvirt's own error was printed")
        for text in texts:
            self.assertIn(text, result.err)

    def test_no_such_domain(self):
        self.refuse("vt-test-none", "there is no domain 'vt-test-none'", "virsh list --all")
        self.refuse("4711", "there is no domain '4711'")
        self.refuse(str(uuid.uuid4()), "there is no domain")

    def test_shut_off(self):
        with domain(CHANNEL_XML, paused=False) as name:
            self.refuse(name, f"'{name}' is shut off", f"virsh start {name}")

    def test_no_channel(self):
        with domain(OTHER_XML) as name:
            self.refuse(name, "has no channel", CHANNEL, f"virsh edit {name}")

    def test_agent_not_connected(self):
        with domain(CHANNEL_XML) as name:
            ids = virsh("domid", name).stdout.strip(), virsh("domuuid", name).stdout.strip()
            for spelling in (name, *ids):
                self.refuse(spelling, "is paused", "not connected", "virsh resume")
            virsh("resume", name)
            for spelling in (name, *ids):
                self.refuse(spelling, "is not connected", "virt-tune-agent.service")

    def test_channel_is_free_again(self):
        with domain(CHANNEL_XML) as name:
            virsh("resume", name)
            for _ in range(20):
                self.refuse(name, "is not connected")

    def test_channel_in_use(self):
        with domain(CHANNEL_XML) as name:
            with channel_held(name):
                self.refuse(name, "in use by another")
            self.refuse(name, "not connected")

    def test_libvirt_does_not_answer(self):
        result = run("-c", "qemu+unix:///system?socket=/nonexistent/s", "ping", "x")
        self.assertEqual(result.code, UNREACHABLE, result.err)
        self.assertIn("virsh list", result.err)
        result = run("-c", "bogus:///", "ping", "x")
        self.assertEqual(result.code, UNREACHABLE, result.err)

    def test_usage(self):
        result = run("ping")
        self.assertEqual(result.code, USAGE)


class NoLibrary(unittest.TestCase):
    """libvirt's library is loaded only for a domain's name. If that fails, the message says so."""

    def test_without_the_library(self):
        with tempfile.TemporaryDirectory() as folder:
            # The loader takes the first file of that name (ld.so(8)), and an empty file is no library.
            (pathlib.Path(folder) / "libvirt.so.0").touch()
            path = ":".join(filter(None, [folder, os.environ.get("LD_LIBRARY_PATH")]))
            env = {**os.environ, "LD_LIBRARY_PATH": path}
            result = run("ping", "web1", env=env)
            self.assertEqual(result.code, UNREACHABLE, result.err)
            for text in ("library can't be loaded", "libvirt.so.0", "install it", "--socket PATH"):
                self.assertIn(text, result.err)
            self.assertEqual(len(result.err.splitlines()), 1, result.err)
            with FakeAgent({"guest-ping": {}}) as agent:
                result = run("--socket", agent.path, "ping", env=env)
                self.assertEqual(result.code, OK, result.err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
