#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real virt-tune against a scripted agent that also misbehaves."""

import json
import os
import pathlib
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from fake_agent import Error, FakeAgent  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
VIRT_TUNE = os.environ.get("VIRT_TUNE", str(ROOT / "build" / "host-shim" / "virt-tune"))

OK, FAILED, USAGE, UNREACHABLE, TIMED_OUT, PROTOCOL = range(6)

# Characters that must not reach a terminal unescaped: C0 except newline, DEL, C1, bidi controls.
HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
NASTY = "a\x1b[31m\x07\x7f\x9b2J\u202eb\u2066\u200f\u061c\nc\td"

APPLIED = {
    "apply-id": 3,
    "dry-run": False,
    "attributes": [
        {"key": "block/vda/scheduler", "result": "applied", "from": "mq-deadline", "to": "none",
         "wanted": "auto", "source": "settings", "undo": True},
        {"key": "net/eth0/combined", "result": "unchanged", "from": 4, "to": 4, "wanted": "auto",
         "source": "settings", "undo": True},
        {"key": "block/sda/scheduler", "result": "left-alone", "wanted": "auto",
         "reason": "iSCSI", "source": "settings", "undo": True},
    ],
    "ignored": ["[cpu] governor: a guest has none"],
}
VERIFIED = {
    "drift": 1,
    "attributes": [
        {"key": "vm/transparent_hugepage", "result": "ok", "wanted": "always",
         "expected": "always", "actual": "always", "source": "settings"},
        {"key": "block/vda/scheduler", "result": "drift", "wanted": "auto", "expected": "none",
         "actual": "mq-deadline", "reason": "changed by others", "source": "settings"},
    ],
}
STATUS = {
    "version": "0.1.0",
    "active": {"profile": "virtual-guest", "settings": {"block": {"*": {"scheduler": "auto"}}}},
    "attributes": [
        {"key": "block/vda/scheduler", "value": "none", "wanted": "auto",
         "original": "mq-deadline", "allowed": "none mq-deadline kyber bfq", "source": "settings"},
        {"key": "net/eth0/combined", "value": 4, "allowed": "1..4"},
    ],
    "devices": [{"name": "vda", "section": "block", "kind": "virtio-blk", "detail": "virtio0"}],
    "memory": {"block-size": 134217728, "online": 16, "offline": 8},
    "changes": {"last": {"id": 3, "command": "tune-apply", "result": "done"}},
    "requests": {"dropped": 0},
    "warnings": ["tuned.service is active and sets: vm.swappiness"],
}


class Result:
    def __init__(self, process, seconds):
        self.code = process.returncode
        self.out = process.stdout.decode()
        self.err = process.stderr.decode()
        self.seconds = seconds

    @property
    def json(self):
        return json.loads(self.out)


def run(*args, stdin=b"", timeout=300, env=None):
    start = time.monotonic()
    process = subprocess.run([VIRT_TUNE, *args], input=stdin, capture_output=True,
                             timeout=timeout, check=False, env=env)
    return Result(process, time.monotonic() - start)


class ShimCase(unittest.TestCase):
    def ask(self, agent, *args, **kwargs):
        result = run("--socket", agent.path, *args, **kwargs)
        self.assertIsNone(HARMFUL.search(result.out + result.err), result.out + result.err)
        return result

    def check(self, result, code, *texts):
        said = result.out + result.err
        self.assertEqual(result.code, code, said)
        self.assertNotIn("CRITICAL", said)
        for text in texts:
            self.assertIn(text, said)
        if code not in (OK, FAILED):
            self.assertTrue(result.err.startswith("virt-tune: "), result.err)
        for line in result.out.splitlines():
            self.assertEqual(line, line.rstrip(), "blanks at a line's end")


class Verbs(ShimCase):
    def test_ping(self):
        with FakeAgent({"guest-ping": {}}) as agent:
            self.check(self.ask(agent, "ping"), OK, "the agent answers")

    def test_options_stand_anywhere(self):
        with FakeAgent({"guest-ping": {}}) as agent:
            result = run("ping", "--format", "json", "--socket", agent.path)
            self.check(result, OK)
            self.assertEqual(result.json, {})

    def test_quiet(self):
        with FakeAgent({"tune-verify": VERIFIED}) as agent:
            result = self.ask(agent, "verify", "-q")
            self.check(result, FAILED)
            self.assertEqual(result.out + result.err, "")

    def test_status(self):
        with FakeAgent({"tune-status": STATUS}) as agent:
            result = self.ask(agent, "status")
            self.check(result, OK, "agent     0.1.0", "profile   virtual-guest",
                       "16 blocks of 128 MiB online, 8 offline", "warning   tuned.service",
                       "last      tune-apply (3): done")
            self.assertRegex(result.out, r"(?m)^vda +block +virtio-blk +virtio0$")
            self.assertRegex(result.out, r"(?m)^KEY +VALUE +WANTED +BY +ORIGINAL +ALLOWED$")
            self.assertRegex(result.out, r"(?m)^block/vda/scheduler +none +auto +settings +mq-deadline +none mq")
            self.assertRegex(result.out, r"(?m)^net/eth0/combined +4 +1\.\.4$")
            columns = [line.index("none mq") for line in result.out.splitlines() if "none mq" in line]
            combined = [line.index("1..4") for line in result.out.splitlines() if "1..4" in line]
            self.assertEqual(columns, combined, "a column is not straight")

    def test_status_counts_quiet_sysctls(self):
        status = dict(STATUS, attributes=[
            {"key": "sysctl/vm.swappiness", "value": 30, "wanted": "30", "original": 60},
            {"key": "sysctl/vm.page-cluster", "value": 3}, {"key": "vm/transparent_hugepage", "value": "never"}])
        with FakeAgent({"tune-status": status}) as agent:
            result = self.ask(agent, "status")
            self.check(result, OK, "sysctl/vm.swappiness", "vm/transparent_hugepage",
                       "1 more sysctls can be set: --all lists them")
            self.assertNotIn("page-cluster", result.out)
        with FakeAgent({"tune-status": status}) as agent:
            result = self.ask(agent, "status", "--all")
            self.check(result, OK, "sysctl/vm.page-cluster")
            self.assertNotIn("--all", result.out)

    def test_status_without_values(self):
        for way, text in (({"command": "tune-apply"}, "tune-apply"),
                          ({"work": "hot-plug"}, "hot-plug, the agent's own work"),
                          ({"work": "start", "command": "tune-apply"},
                           "start, the agent's own work; tune-apply waits for it")):
            status = {**STATUS, "changes": {"under-way": way}}
            with FakeAgent({"tune-status": status}) as agent:
                self.check(self.ask(agent, "status"), OK, f"running   {text}\n")
            for values in ("attributes", "devices", "memory", "warnings"):
                del status[values]
            with FakeAgent({"tune-status": status}) as agent:
                self.check(self.ask(agent, "status"), OK, f"running   {text}; values are shown when it has finished\n")
        with FakeAgent({"tune-status": {**STATUS, "changes": {}}}) as agent:
            self.assertNotIn("running", self.ask(agent, "status").out)
        for way in ({}, {"work": 1}, {"command": []}, []):
            with FakeAgent({"tune-status": {**STATUS, "changes": {"under-way": way}}}) as agent:
                self.check(self.ask(agent, "status"), PROTOCOL, "wrong shape")

    def test_status_of_transient_settings(self):
        hints = [{"serial": "vblk", "backing": "iscsi"}]
        for active, line in (
                ({"transient-profile": "p1"}, "p1, until the guest's next boot"),
                ({"profile": "p0", "transient-profile": "p1"},
                 "p0, overridden by p1 until the guest's next boot"),
                ({"profile": "p0"}, "p0"), ({}, "none")):
            status = dict(STATUS, active={"settings": {}, **active})
            with FakeAgent({"tune-status": status}) as agent:
                result = self.ask(agent, "status")
                self.check(result, OK, f"profile   {line}\n")
                self.assertNotRegex(result.out, "(?m)^(settings|transient|hints)")
        active = {"settings": {}, "transient": {"vm": {"x": "1"}}, "hints": hints}
        with FakeAgent({"tune-status": dict(STATUS, active=active)}) as agent:
            self.check(self.ask(agent, "status"), OK, 'transient {"vm":{"x":"1"}}\n',
                       'hints     [{"serial":"vblk","backing":"iscsi"}]\n')

    def test_status_of_a_provisional_apply(self):
        provisional = {"apply-id": 9, "seconds-left": 27, "settings": {"vm": {"x": "1"}},
                 "transient-profile": "p1", "transient": {"vm": {"y": "2"}}, "hints": [{"serial": "d"}]}
        with FakeAgent({"tune-status": {**STATUS, "unconfirmed": provisional}}) as agent:
            self.check(self.ask(agent, "status"), OK,
                       "provisional apply 9: undone in 27 s unless it is confirmed: "
                       f"virt-tune confirm --socket {agent.path} 9\n",
                       "\n  profile   p1, until the guest's next boot\n", '\n  settings  {"vm":{"x":"1"}}\n',
                       '\n  transient {"vm":{"y":"2"}}\n', '\n  hints     [{"serial":"d"}]\n')

    def test_status_json_is_the_agents_reply(self):
        with FakeAgent({"tune-status": STATUS}) as agent:
            result = self.ask(agent, "status", "-o", "json")
            self.check(result, OK)
            self.assertEqual(result.json, STATUS)

    def test_apply_means_virtual_guest(self):
        with FakeAgent({"tune-apply": APPLIED}) as agent:
            result = self.ask(agent, "apply")
            self.check(result, OK, "1 applied, 1 unchanged, 1 left-alone",
                       "ignored: [cpu] governor: a guest has none")
            self.assertRegex(result.out, r"(?m)^KEY +RESULT +FROM +TO +REASON$")
            self.assertRegex(result.out, r"(?m)^block/vda/scheduler +applied +mq-deadline +none$")
            self.assertRegex(result.out, r"(?m)^block/sda/scheduler +left-alone +iSCSI$")
            self.assertEqual(agent.requests[0]["arguments"], {"profile": "virtual-guest"})

    def test_apply_sends_all_options(self):
        with FakeAgent({"tune-apply": APPLIED}) as agent, tempfile.NamedTemporaryFile() as file:
            file.write(b'{"vm": {"transparent_hugepage": "never"},'
                       b' "block": {"vdb": {"read_ahead_kb": 64}}}')
            file.flush()
            result = self.ask(agent, "apply", "--profile", "p", "--settings", file.name,
                              "block/vdb/read_ahead_kb=128", "sysctl/vm.swappiness=", "--dry-run",
                              "--force", "--allow-absent", "--transient")
            self.check(result, OK)
            self.assertEqual(agent.requests[0]["arguments"], {
                "profile": "p",
                "settings": {"vm": {"transparent_hugepage": "never"},
                             "block": {"vdb": {"read_ahead_kb": 128}},
                             "sysctl": {"vm.swappiness": None}},
                "dry-run": True, "force": True, "allow-absent": True, "transient": True})

    def test_apply_reads_stdin(self):
        with FakeAgent({"tune-apply": APPLIED}) as agent:
            result = self.ask(agent, "apply", "--settings", "-", stdin=b'{"memory": {}}')
            self.check(result, OK)
            self.assertEqual(list(agent.requests[0]["arguments"]), ["settings"])

    def test_dry_run_says_so(self):
        planned = {"dry-run": True, "attributes": [
            {"key": "block/vda/scheduler", "result": "planned", "from": "a", "to": "b"}]}
        with FakeAgent({"tune-apply": planned}) as agent:
            self.check(self.ask(agent, "apply", "-n"), OK, "1 planned", "nothing was written")

    provisional = {**APPLIED, "apply-id": 7, "confirm-within": 30}

    def test_confirm_within(self):
        with FakeAgent({"tune-apply": self.provisional, "tune-confirm": {"apply-id": 7}}) as agent:
            result = self.ask(agent, "set", "vm/x=1", "--confirm-within", "30")
            self.check(result, OK)
            self.assert_how_to_confirm(agent, result.out)
            self.assertEqual(agent.requests[0]["arguments"]["confirm-within"], 30)
            self.assertEqual(len(agent.requests), 1)

    def assert_how_to_confirm(self, agent, text):
        """Asserts that the text says when the apply is undone, and which command keeps it."""
        self.assertRegex(text, r"apply 7 is undone in \d+ s unless it is confirmed: "
                               rf"virt-tune confirm --socket {re.escape(agent.path)} 7\n")

    def test_confirm_line_can_be_pasted(self):
        with FakeAgent({"tune-apply": self.provisional}) as agent, tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "it's a socket")
            os.symlink(agent.path, path)
            result = run("--socket", path, "set", "vm/x=1", "--confirm-within", "30")
            self.check(result, OK)
            self.assertEqual(shlex.split(result.out.partition("virt-tune ")[2]),
                             ["confirm", "--socket", path, "7"])

    def test_check(self):
        for command, expected, text, n_requests in (
                ("true", OK, "apply 7 is confirmed", 2), ("false", FAILED, "the check failed; ", 1),
                ("sh -c 'test a = a'", OK, "is confirmed", 2)):
            with self.subTest(command=command), FakeAgent(
                    {"tune-apply": self.provisional, "tune-confirm": {"apply-id": 7}}) as agent:
                result = self.ask(agent, "apply", "--confirm-within=30", "--check", command)
                self.check(result, expected, text, "1 applied")
                self.assertEqual(len(agent.requests), n_requests)
                if expected == FAILED:
                    self.assert_how_to_confirm(agent, result.err)

    def test_check_that_is_no_program(self):
        """No shell reads the command: `;` is part of a name.  Without the program, nothing is sent."""
        with FakeAgent({"tune-apply": self.provisional}) as agent, tempfile.TemporaryDirectory() as folder:
            plain = os.path.join(folder, "plain")
            pathlib.Path(plain).touch(mode=0o644)
            for command in ("true; false", "/nonexistent/check", "nonexistent-check -x", plain, folder, "''", ""):
                with self.subTest(command=command):
                    self.check(self.ask(agent, "apply", "--confirm-within=30", "--check", command),
                               USAGE, "--check")
            self.assertEqual(agent.requests, [])

    def test_check_that_does_not_start(self):
        """The check turns out not to start only after the apply: the shim reports the rows and the error."""
        with FakeAgent({"tune-apply": self.provisional}) as agent, tempfile.TemporaryDirectory() as folder:
            check = os.path.join(folder, "check")
            pathlib.Path(check).write_text("#!/nonexistent/interpreter\n", encoding="utf-8")
            os.chmod(check, 0o755)
            result = self.ask(agent, "apply", "--confirm-within=30", "--check", check)
            self.check(result, FAILED, "--check")
            self.assertRegex(result.out, r"(?m)^block/vda/scheduler +applied +mq-deadline +none$")
            self.assert_how_to_confirm(agent, result.err)
            result = self.ask(agent, "apply", "--confirm-within=30", "--check", check, "-o", "json")
            self.check(result, FAILED)
            self.assert_how_to_confirm(agent, result.err)
            reply = result.json
            error = reply.pop("error")
            self.assertEqual((error["class"], error["exit"]), ("Failed", FAILED))
            self.assertIn("is undone", error["desc"])
            self.assertEqual(reply, self.provisional)

    def test_check_passed_and_confirmation_is_lost(self):
        def close(connection, request):
            connection.sock.close()
        for answer, code, says_how in ((close, UNREACHABLE, True), ({}, OK, False),
                                   (Error("InvalidArgument", "not in time, undone"), FAILED, False)):
            with FakeAgent({"tune-apply": self.provisional, "tune-confirm": answer}) as agent:
                result = self.ask(agent, "apply", "--confirm-within=30", "--check", "true")
                self.check(result, code, "1 applied")
                if says_how:
                    self.assert_how_to_confirm(agent, result.err)
                else:
                    self.assertNotIn("is undone", result.err)

    def test_check_too_slow(self):
        applied = {**APPLIED, "apply-id": 7, "confirm-within": 1}
        with FakeAgent({"tune-apply": applied}) as agent:
            result = self.ask(agent, "apply", "--confirm-within=1", "--check", "sleep 20")
            self.check(result, FAILED, "the check took too long; apply 7 is undone now", "1 applied")

    def test_confirm_usage(self):
        with FakeAgent({}) as agent:
            for words in (["--check", "true"], ["--confirm-within=0"], ["--confirm-within=3601"],
                          ["--confirm-within=x"], ["--confirm-within=5", "--dry-run"],
                          ["--confirm-within=5", "--check", "'"]):
                self.check(self.ask(agent, "apply", *words), USAGE)
            self.check(self.ask(agent, "confirm", "x"), USAGE)
            self.assertEqual(agent.requests, [])

    def test_confirm(self):
        status = {**STATUS, "unconfirmed": {"apply-id": 9, "seconds-left": 4, "settings": {}}}
        with FakeAgent({"tune-status": status, "tune-confirm": {"apply-id": 9}}) as agent:
            self.check(self.ask(agent, "confirm"), OK, "apply 9 is confirmed")
            self.assertEqual(agent.requests[1]["arguments"], {"apply-id": 9})
            self.check(self.ask(agent, "confirm", "9"), OK)
            self.assertEqual(len(agent.requests), 3)
        with FakeAgent({"tune-status": STATUS}) as agent:
            self.check(self.ask(agent, "confirm"), FAILED, "no apply waits")

    def test_apply_failed_row(self):
        failed = {"attributes": [{"key": "vm/x", "result": "failed", "reason": "EIO"}]}
        with FakeAgent({"tune-apply": failed}) as agent:
            self.check(self.ask(agent, "apply"), FAILED, "1 failed")

    def test_set(self):
        with FakeAgent({"tune-apply": APPLIED}) as agent:
            self.check(self.ask(agent, "set", "block/vdb/scheduler=noop", "net/eth0/combined=2",
                                "sysctl/vm.swappiness=30"), OK)
            self.assertEqual(agent.requests[0]["arguments"], {"settings": {
                "block": {"vdb": {"scheduler": "noop"}}, "net": {"eth0": {"combined": 2}},
                "sysctl": {"vm.swappiness": 30}}})

    def test_verify_drift_first(self):
        with FakeAgent({"tune-verify": VERIFIED}) as agent:
            result = self.ask(agent, "verify")
            self.check(result, FAILED, "1 drift, 1 ok")
            self.assertTrue(result.out.splitlines()[1].startswith("block/vda/scheduler"))

    def test_verify_json_drift(self):
        with FakeAgent({"tune-verify": VERIFIED}) as agent:
            result = self.ask(agent, "verify", "-o", "json")
            self.check(result, FAILED)
            self.assertEqual(result.json, VERIFIED)

    def test_verify_more(self):
        for drift in (1, 5):
            more = dict(VERIFIED, drift=drift, more=4)
            with FakeAgent({"tune-verify": more}) as agent:
                self.check(self.ask(agent, "verify"), FAILED,
                           "1 drift, 1 ok, and 4 more that the guest did not list")
        with FakeAgent({"tune-verify": dict(VERIFIED, drift=6, more=4)}) as agent:
            self.check(self.ask(agent, "verify"), PROTOCOL)

    def test_verify_clean(self):
        clean = {"drift": 0, "attributes": VERIFIED["attributes"][:1]}
        with FakeAgent({"tune-verify": clean}) as agent:
            self.check(self.ask(agent, "verify"), OK, "1 ok")

    def test_rollback(self):
        rows = {"attributes": [
            {"key": "block/vda/scheduler", "result": "restored", "from": "none", "to": "mq-deadline"},
            {"key": "vm/x", "result": "changed-by-others", "from": "1", "to": "2", "reason": "r"}]}
        with FakeAgent({"tune-rollback": rows}) as agent:
            self.check(self.ask(agent, "rollback"), OK, "1 restored, 1 changed-by-others")
        rows["attributes"][0]["result"] = "failed"
        with FakeAgent({"tune-rollback": rows}) as agent:
            self.check(self.ask(agent, "rollback"), FAILED)

    def test_profiles(self):
        profiles = [{"name": "virtual-guest", "path": "/p", "summary": "s", "active": True},
                    {"name": "other", "path": "/q", "summary": "t", "active": False}]
        with FakeAgent({"tune-profiles": profiles}) as agent:
            result = self.ask(agent, "profiles")
            self.check(result, OK)
            self.assertRegex(result.out, r"(?m)^\* +virtual-guest +s +/p$")
            self.assertRegex(result.out, r"(?m)^ +other +t +/q$")

    def test_info(self):
        info = {"version": "0.1.0", "supported_commands": [
            {"name": "guest-ping", "enabled": True, "success-response": True},
            {"name": "tune-apply", "enabled": False, "success-response": True}]}
        with FakeAgent({"guest-info": info}) as agent:
            result = self.ask(agent, "info")
            self.check(result, OK, "agent 0.1.0")
            self.assertRegex(result.out, r"(?m)^tune-apply +no$")

    def test_raw(self):
        with FakeAgent({"guest-get-vcpus": [{"logical-id": 0, "online": True}]}) as agent:
            for request in ("guest-get-vcpus", '{"execute": "guest-get-vcpus"}',
                            '{"execute": "guest-get-vcpus", "arguments": {"a": [1]}}'):
                result = self.ask(agent, "raw", request)
                self.check(result, OK)
                self.assertEqual(result.json, [{"logical-id": 0, "online": True}])
            self.assertEqual(agent.requests[2]["arguments"], {"a": [1]})


def blocks(offline, n=24):
    return [{"phys-index": i, "online": i not in offline, "can-offline": True} for i in range(n)]


class Memory(ShimCase):
    info = {"size": 134217728}

    def test_status(self):
        replies = {"guest-get-memory-block-info": self.info,
                   "guest-get-memory-blocks": blocks([3, 16, 17, 18])}
        with FakeAgent(replies) as agent:
            result = self.ask(agent, "memory")
            self.check(result, OK, "block size 128 MiB", "online     20 blocks, 2.5 GiB",
                       "offline    4 blocks, 512 MiB")
            self.assertRegex(result.out, r"(?m)^16-18 +3 +384 MiB$")
            result = self.ask(agent, "memory", "status", "-o", "json")
            self.assertEqual(result.json, {"block-size": 134217728, "online": 20, "offline": 4,
                                           "offline-blocks": [[3, 3], [16, 18]]})

    def online(self, offline, answer):
        def set_blocks(connection, request):
            asked = request["arguments"]["mem-blks"]
            connection.send_return([answer(entry) for entry in asked], request)
        replies = {"guest-get-memory-block-info": self.info,
                   "guest-get-memory-blocks": blocks(offline, 4096),
                   "guest-set-memory-blocks": set_blocks}
        with FakeAgent(replies) as agent:
            result = self.ask(agent, "memory", "online")
            asked = [entry for request in agent.requests if request["execute"].startswith("guest-set")
                     for entry in request["arguments"]["mem-blks"]]
            self.assertEqual(asked, [{"phys-index": i, "online": True} for i in offline])
            return result

    def test_online(self):
        result = self.online(list(range(5, 3005)),
                             lambda e: {"phys-index": e["phys-index"], "response": "success"})
        self.check(result, OK, "3000 of 3000 blocks brought online")

    def test_online_nothing(self):
        self.check(self.online([], None), OK, "no block is offline")

    def test_online_failure(self):
        def answer(entry):
            if entry["phys-index"] == 7:
                return {"phys-index": 7, "response": "operation-failed", "error-code": 12}
            return {"phys-index": entry["phys-index"], "response": "success"}
        result = self.online([6, 7], answer)
        self.check(result, FAILED, "1 of 2 blocks brought online")
        self.assertRegex(result.out, r"(?m)^7 +operation-failed +12$")

    span = {"first": 32, "last": 39, "state": "offline", "node": 1, "zones": "Normal Movable"}
    status = {"block-size": 134217728, "available": 320 << 20, "refused": 0, "movable-room": 12, "policy": "offline",
              "blocks": [{"first": 0, "last": 3, "state": "online"}, span]}

    def test_map(self):
        with FakeAgent({"tune-memory-status": dict(self.status, refused=2)}) as agent:
            result = self.ask(agent, "memory")
            self.check(result, OK, "online     4 blocks, 512 MiB", "offline    8 blocks, 1 GiB",
                       "refused    2 memory devices")
            self.assertRegex(result.out, r"(?m)^32-39 +1 GiB +offline +1 +Normal Movable$")
        for fault in ({"block-size": 0}, {"blocks": {}}, {"blocks": [dict(self.span, last=31)]},
                      {"blocks": [dict(self.span, last=2**62)]}, {"refused": -1}):
            with FakeAgent({"tune-memory-status": dict(self.status, **fault)}) as agent:
                self.check(self.ask(agent, "memory"), PROTOCOL, "wrong shape")

    def wait(self, *replies, timeout="30", exit_code=OK, texts=()):
        answers = list(replies)

        def online(connection, request):
            connection.send_return(answers.pop(0) if len(answers) > 1 else answers[0], request)
        with FakeAgent({"guest-get-memory-block-info": self.info, "tune-memory-online": online}) as agent:
            self.check(self.ask(agent, "memory", "wait", "1000M", "-t", timeout), exit_code, *texts)
            return [request["arguments"] for request in agent.requests
                    if request["execute"] == "tune-memory-online"]

    def test_wait(self):
        part = {"complete": False, "online": 6, "failed": 0, "refused": 0, "reason": "not yet"}
        asked = self.wait(part, part, dict(part, complete=True, online=8), texts=["8 of 8 blocks are online, 1 GiB"])
        self.assertEqual([arguments["blocks"] for arguments in asked], [8, 8, 8])
        self.wait(dict(part, complete=True, online=8, reason="in another zone"), texts=["8 of 8", "in another zone"])
        self.wait(part, timeout="1", exit_code=FAILED, texts=["6 of 8 blocks", "not yet"])
        self.wait(dict(part, online=-1), exit_code=PROTOCOL, texts=["wrong shape"])

    def test_prepare(self):
        replies = {"tune-memory-status": self.status, "tune-memory-online": {"complete": True}, "tune-apply": {}}
        with FakeAgent(replies) as agent:
            self.check(self.ask(agent, "memory", "prepare"), OK, "was told", "impossible to unplug")
            self.assertEqual(agent.requests[1]["arguments"], {"settings": {"memory": {"auto_online_blocks": "online"}}})
            self.check(self.ask(agent, "memory", "prepare", "10G"), OK, "takes 160 MiB; 320 MiB are free")
            self.check(self.ask(agent, "memory", "prepare", "11G"), FAILED, "may not fit", "no more than 10 GiB")
            self.check(self.ask(agent, "memory", "prepare", "32G"), FAILED, "does not fit")
        replies["tune-memory-status"] = dict(self.status, policy="online_movable")
        with FakeAgent(replies) as agent:
            self.assertNotIn("unplug", self.ask(agent, "memory", "prepare").out)
            self.check(self.ask(agent, "memory", "prepare", "1536M"), OK)
            self.check(self.ask(agent, "memory", "prepare", "1537M"), FAILED, "auto_movable_ratio, which allows 1.5 GiB more")

    def test_prepare_whole_blocks(self):
        status = dict(self.status, **{"block-size": 2 << 30, "policy": "online"})
        replies = {"tune-memory-status": status, "tune-memory-online": {"complete": True}}
        with FakeAgent(replies) as agent:
            for size in ("1G", "3G", "2049M"):
                self.check(self.ask(agent, "memory", "prepare", size), FAILED, "can't come online",
                           "the guest's memory blocks have 2 GiB", "plug a multiple of 2 GiB")
            for words in ([], ["2G"], ["4G"]):
                result = self.ask(agent, "memory", "prepare", *words)
                self.check(result, OK)
                self.assertNotIn("blocks have", result.out)

    def test_offline(self):
        answers = [{"offlined": 5, "refused": 0, "late": 1, "unfinished": 0},
                   {"offlined": 2, "refused": 1, "late": 0, "unfinished": 0},
                   {"offlined": 0, "refused": 1, "late": 0, "unfinished": 1}]

        def offline(connection, request):
            connection.send_return(answers.pop(0), request)
        movable = {"first": 40, "last": 42, "state": "online", "zones": "Movable"}
        status = dict(self.status, blocks=[*self.status["blocks"], movable])
        with FakeAgent({"guest-get-memory-block-info": self.info, "tune-memory-status": status,
                        "tune-memory-offline": offline}) as agent:
            self.check(self.ask(agent, "memory", "offline", "1G"), FAILED,
                       "3 blocks are movable; other blocks", "7 of 8 blocks taken offline",
                       "1 blocks contain memory that can't be moved", "1 blocks are still going offline")
            self.assertEqual([request["arguments"]["blocks"] for request in agent.requests[2:]], [8, 3, 1])

    def test_wrong_shapes(self):
        good = {"guest-get-memory-block-info": self.info, "guest-get-memory-blocks": blocks([1])}
        faults = [("guest-get-memory-block-info", {"size": 0}),
                  ("guest-get-memory-block-info", {"size": 2**62}),
                  ("guest-get-memory-block-info", {"size": "1"}),
                  ("guest-get-memory-blocks", {}),
                  ("guest-get-memory-blocks", [{"phys-index": -1, "online": True}]),
                  ("guest-get-memory-blocks", [{"phys-index": 1}]),
                  ("guest-get-memory-blocks", blocks([1]) + blocks([1])),
                  ("guest-get-memory-blocks", [{"phys-index": 0, "online": True}] * 65537),
                  ("guest-set-memory-blocks", []),
                  ("guest-set-memory-blocks", [{"phys-index": 1}])]
        for name, reply in faults:
            with self.subTest(name=name), FakeAgent(dict(good, **{name: reply})) as agent:
                self.check(self.ask(agent, "memory", "online"), PROTOCOL, "wrong shape")


class Usage(ShimCase):
    def refuse(self, *args, texts=(), stdin=b""):
        with FakeAgent({}) as agent:
            result = self.ask(agent, *args, stdin=stdin)
            self.check(result, USAGE, *texts)
            self.assertEqual(agent.requests, [])
            return result

    def test_verbs(self):
        self.refuse(texts=["no verb given"])
        self.refuse("stauts", texts=["'stauts'", "'status'"])
        self.refuse("verfy", texts=["'verify'"])
        self.refuse("xyzzy", texts=["--help"])
        self.refuse("ping", "web1", texts=["unexpected argument 'web1'", "replaces the domain"])

    def test_options(self):
        self.refuse("ping", "--bogus", texts=["--bogus"])
        self.refuse("ping", "--force", texts=["--force", "'ping'"])
        self.refuse("set", "vm/x=1", "--profile", "p", texts=["--profile"])
        self.refuse("ping", "--format", "xml", texts=["'xml'"])
        self.refuse("ping", "-c", "qemu:///system", texts=["exclude"])
        for timeout in ("0", "-1", "x", "3601", "nan", "inf", "1s", ""):
            self.refuse("ping", "--timeout=" + timeout, texts=["--timeout"])

    def test_double_dash(self):
        self.refuse("ping", "--", "--force", texts=["unexpected argument '--force'"])

    def test_no_guest(self):
        self.check(run("ping"), USAGE, "no guest given")

    def test_assignments(self):
        self.refuse("set", texts=["KEY=VALUE"])
        self.refuse("set", "block/vda/scheduler")
        self.refuse("set", "blokc/vda/scheduler=none", texts=["blokc"])
        self.refuse("set", "block/scheduler=none")
        self.refuse("set", "=1")
        self.refuse("apply", "x=1")

    def test_settings_file(self):
        self.refuse("apply", "--settings", "/nonexistent/f", texts=["/nonexistent/f"])
        self.refuse("apply", "--settings", "-", texts=["stdin"], stdin=b"x" * (1 << 20 | 1))
        self.refuse("apply", "--settings", "/dev/zero", texts=["larger"])
        for text in (b"", b"[]", b"{", b'{"a": {}}', b'{"vm": {"x": []}}', b'{"vm": {}} x',
                     b'{"vm": {}, "vm": {}}', b'{"vm": {"x": true}}'):
            self.refuse("apply", "--settings", "-", stdin=text)
        self.refuse("apply", "--profile", "")

    def test_raw(self):
        self.refuse("raw")
        self.refuse("raw", "{")
        self.refuse("raw", '{"foo": 1}')
        self.refuse("raw", '{"execute": "guest-ping", "id": 1}', texts=["id"])

    def test_memory(self):
        self.refuse("memory", "sometimes", texts=["'sometimes'"])
        self.refuse("memory", "offline", texts=["needs a size"])
        self.refuse("memory", "wait", texts=["needs a size"])
        self.refuse("memory", "status", "1G", texts=["no size"])
        for size in ("", "0", "G", "1X", "1.5G", "1GG", "99999999999E"):
            self.refuse("memory", "wait", size, texts=["a size is"])

    def test_not_utf8(self):
        with FakeAgent({}) as agent:
            process = subprocess.run([VIRT_TUNE, "--socket", agent.path, "set", b"vm/x=\xff"],
                                     capture_output=True, check=False)
            self.assertEqual(process.returncode, USAGE, process.stderr)

    def test_path_not_utf8(self):
        process = subprocess.run([VIRT_TUNE, "--socket", b"/nonexistent/\xff", "ping", "-o", "json"],
                                 capture_output=True, check=False)
        self.assertEqual(process.returncode, UNREACHABLE)
        self.assertIn(rb"/nonexistent/\xff", process.stderr)
        self.assertIn("/nonexistent/\ufffd", json.loads(process.stdout)["error"]["desc"])

    def test_help(self):
        general = run("--help")
        self.check(general, OK, "Usage: virt-tune", "Exit status:", "--socket")
        verbs = re.findall(r"(?m)^  ([a-z]+) +\S", general.out.partition("Verbs:")[2])
        self.assertEqual(verbs, sorted(verbs))
        self.assertIn("status", verbs)
        for verb in verbs:
            self.check(run(verb, "--help"), OK, f"virt-tune {verb} DOMAIN")
        self.check(run("apply", "-h"), OK, "--profile", "--dry-run")
        self.assertNotIn("--profile", run("set", "-h").out)
        self.check(run("--version"), OK, "virt-tune ")

    def test_full_disk(self):
        with open("/dev/full", "wb") as full:
            process = subprocess.run([VIRT_TUNE, "--help"], stdout=full, stderr=subprocess.PIPE,
                                     check=False)
        self.assertEqual(process.returncode, FAILED)
        self.assertIn(b"can't write", process.stderr)

    def test_closed_pipe(self):
        read, write = os.pipe()
        os.close(read)
        process = subprocess.run([VIRT_TUNE, "--help"], stdout=write, stderr=subprocess.PIPE,
                                 check=False)
        os.close(write)
        self.assertEqual(process.returncode, FAILED)


class Reaching(ShimCase):
    def test_absent(self):
        self.check(run("--socket", "/nonexistent/s", "ping"), UNREACHABLE, "there is no socket")

    def test_nobody_listens(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "s")
            with socket.socket(socket.AF_UNIX) as sock:
                sock.bind(path)
            self.check(run("--socket", path, "ping"), UNREACHABLE, "nobody listens")

    def test_permission(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to become nobody")
        with FakeAgent({}) as agent, tempfile.TemporaryDirectory() as folder:
            program = shutil.copy(VIRT_TUNE, folder)  # where anybody may run it
            os.chmod(folder, 0o755)
            os.chmod(os.path.dirname(agent.path), 0o700)
            process = subprocess.run([program, "--socket", agent.path, "ping"], user=65534,
                                     group=65534, extra_groups=[], capture_output=True, check=False)
            self.assertEqual(process.returncode, UNREACHABLE, process.stderr)
            self.assertIn(b"no permission", process.stderr)

    def test_long_path(self):
        self.check(run("--socket", "/" + "x" * 200, "ping"), USAGE, "longer than")

    def test_full_backlog(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "s")
            clients = []
            with socket.socket(socket.AF_UNIX) as sock:
                sock.bind(path)
                sock.listen(0)
                for _ in range(2):
                    clients.append(socket.socket(socket.AF_UNIX))
                    clients[-1].setblocking(False)
                    clients[-1].connect_ex(path)
                result = run("--socket", path, "--timeout", "0.5", "ping")
                self.check(result, TIMED_OUT, "other programs wait")
                self.assertLess(result.seconds, 25)
                for client in clients:
                    client.close()

    def test_error_as_json(self):
        result = run("--socket", "/nonexistent/s", "ping", "-o", "json")
        self.check(result, UNREACHABLE)
        error = result.json["error"]
        self.assertEqual((error["class"], error["exit"]), ("NotReachable", UNREACHABLE))


class Session(ShimCase):
    def timed_out(self, agent, *texts):
        result = self.ask(agent, "--timeout", "2", "ping")
        self.check(result, TIMED_OUT, *texts)
        self.assertLess(result.seconds, 25)
        self.assertGreater(result.seconds, 1.9)

    def test_stale_lines(self):
        stale = (b'{"return": {}}\n{"return": 5}\nrubbish\x00\xff{"return": 7, "id": 7}\n'
                 b'{"error": {"class": "GenericError", "desc": "old"}}\n{"ha": "lf') * 1000
        with FakeAgent({"guest-ping": {}}, before_sync=stale) as agent:
            self.check(self.ask(agent, "ping"), OK)

    def test_stale_sync_of_another(self):
        def sync(connection, request):
            connection.send(b'\xff{"return": 1, "id": 1}\n\xff')
            connection.send_return(request["arguments"]["id"], request)
        with FakeAgent({"guest-ping": {}}, sync=sync) as agent:
            self.check(self.ask(agent, "ping"), OK)

    def test_sync_ids_differ(self):
        seen = []

        def sync(connection, request):
            seen.append(request["arguments"]["id"])
            connection.send(b"\xff")
            connection.send_return(seen[-1], request)
        with FakeAgent({"guest-ping": {}}, sync=sync) as agent:
            for _ in range(5):
                self.check(self.ask(agent, "ping"), OK)
        self.assertEqual(len(set(seen)), 5)

    def test_sync_refused(self):
        def sync(connection, request):
            connection.send_error(Error("CommandNotFound", "it is blocked"), request)
        with FakeAgent({}, sync=sync) as agent:
            self.check(self.ask(agent, "ping"), FAILED, "CommandNotFound: it is blocked")

    def test_silent(self):
        with FakeAgent({}, sync=False) as agent:
            self.timed_out(agent, "virt-tune-agent runs")

    def test_silent_after_sync(self):
        with FakeAgent({"guest-ping": lambda c, r: c.wait_for_end()}) as agent:
            self.timed_out(agent, "'guest-ping'")

    def test_half_a_reply(self):
        with FakeAgent({"guest-ping": b'{"return": {"a'}) as agent:
            self.timed_out(agent)

    def test_dripping_reply(self):
        def drip(connection, request):
            connection.send(b'{"return": {"a": "')
            while True:
                connection.send(b"x")
                time.sleep(0.05)  # the test is about a slow peer
        with FakeAgent({"guest-ping": drip}) as agent:
            self.timed_out(agent)

    def test_reads_nothing(self):
        def stop_reading(connection, request):
            connection.send(b"\xff")
            connection.send_return(request["arguments"]["id"], request)
            stopped.wait(100)
        stopped = threading.Event()
        settings = {"sysctl": {f"vm.x{i}": "y" * 900 for i in range(1000)}}
        with FakeAgent({}, sync=stop_reading) as agent:
            result = self.ask(agent, "--timeout", "4", "apply", "--settings", "-",
                              stdin=json.dumps(settings).encode())
            stopped.set()
            self.check(result, TIMED_OUT, "'tune-apply'")

    def test_reply_to_another(self):
        def both(connection, request):
            connection.send(b'{"return": {"not": "ours"}, "id": 5}\n{"return": {}}\n')
            connection.send_return({"ours": True}, request)
        with FakeAgent({"guest-ping": both}) as agent:
            result = self.ask(agent, "ping", "-o", "json")
            self.check(result, OK)
            self.assertEqual(result.json, {"ours": True})

    def test_reply_to_another_only(self):
        with FakeAgent({"guest-ping": b'{"return": {}, "id": 5}\n{"return": {}, "id": "x"}\n'}) as agent:
            self.timed_out(agent)

    def test_events_are_passed_over(self):
        def event_first(connection, request):
            connection.send(b'{"event": "TUNE_READY", "timestamp": {"seconds": 1, '
                            b'"microseconds": 2}, "data": {}}\n')
            connection.send_return({}, request)
        with FakeAgent({"guest-ping": event_first}) as agent:
            self.check(self.ask(agent, "ping"), OK)

    def flood(self, line):
        def pour(connection, request):
            while True:
                connection.send(line)
        return pour

    def test_floods(self):
        for line in (b'{"return": {}, "id": 5}\n' * 4096, b"\n" * 65536, b"\xff" * 65536,
                     b'{"event": "X", "timestamp": {"seconds": 1, "microseconds": 2}}\n' * 1024):
            with self.subTest(line=line[:20]):
                for fake in FakeAgent({"guest-ping": self.flood(line)}), FakeAgent({}, sync=self.flood(line)):
                    with fake as agent:
                        self.check(self.ask(agent, "--timeout", "250", "ping"), PROTOCOL, "floods")

    def test_flood_of_rubbish_before_sync(self):
        with FakeAgent({}, sync=self.flood(b"rubbish" * 9000)) as agent:
            self.check(self.ask(agent, "--timeout", "250", "ping"), PROTOCOL, "floods")

    def test_bad_replies(self):
        deep = b'{"return": ' + b"[" * 40 + b"]" * 40 + b"}\n"
        replies = (b"rubbish\n", deep, b'{"return": "\xff\xfe"}\n'.replace(b"\xff", b"\xc3"),
                   b'{"return": {"a": 1, "a": 2}}\n', b'{"return": "\\u0000"}\n',
                   b'{"return": 1e999}\n', b'{"return": 99999999999999999999}\n',
                   b'{"neither": 1}\n', b'{"return": 1, "error": {}}\n', b"[]\n", b"5\n",
                   b'{"error": "x"}\n', b'{"return": "\x1b"}\n', b"\xef\xbb\xbf{}\n")
        for reply in replies:
            with self.subTest(reply=reply[:30]), FakeAgent({"guest-ping": reply}) as agent:
                self.check(self.ask(agent, "ping"), PROTOCOL)

    def test_over_long_reply(self):
        reply = b'{"return": "' + b"x" * (9 << 20) + b'"}\n'
        with FakeAgent({"guest-ping": reply}) as agent:
            self.check(self.ask(agent, "ping"), PROTOCOL)

    def test_long_reply(self):
        text = "x" * (7 << 20)
        with FakeAgent({"cmd": {"text": text}}) as agent:
            result = self.ask(agent, "raw", "cmd")
            self.check(result, OK)
            self.assertEqual(result.json, {"text": text})

    def test_closed(self):
        def close(connection, request):
            connection.sock.close()

        def close_midway(connection, request):
            connection.send(b'{"return": {"a')
            connection.sock.close()
        for reply in (close, close_midway):
            with FakeAgent({"guest-ping": reply}) as agent:
                self.check(self.ask(agent, "ping"), UNREACHABLE)
            with FakeAgent({}, sync=reply) as agent:
                self.check(self.ask(agent, "ping"), UNREACHABLE)

    def test_error_classes(self):
        for name in ("GenericError", "CommandNotFound", "InvalidArgument", "NoSuchDevice",
                     "NotOffered", "Refused", "Busy", "ApplyFailed", "StateError"):
            with FakeAgent({"tune-apply": Error(name, "because")}) as agent:
                self.check(self.ask(agent, "apply"), FAILED, f"virt-tune: {name}: because")
                result = self.ask(agent, "apply", "-o", "json")
                self.check(result, FAILED)
                self.assertEqual(result.json["error"],
                                 {"class": name, "desc": "because", "exit": FAILED})

    def test_error_with_rows(self):
        """A failed apply shows its rows in the usual table, failures first, and the error."""
        data = {"attributes": [
            {"key": "vm/a", "result": "restored", "from": 1, "to": 1, "wanted": "2", "source": "settings"},
            {"key": "vm/b", "result": "failed", "from": 3, "to": 3, "wanted": "4", "source": "settings",
             "reason": "writing: Input/output error"}]}
        with FakeAgent({"tune-apply": Error("ApplyFailed", "because", data=data)}) as agent:
            for verb in (["apply"], ["set", "vm/b=4"]):
                result = self.ask(agent, *verb)
                self.check(result, FAILED, "virt-tune: ApplyFailed: because")
                self.assertRegex(result.out, r"^KEY +RESULT .*\nvm/b +failed +3 +3 +writing: Input/output error\n"
                                             r"vm/a +restored .*\n\n1 failed, 1 restored\n$")
                result = self.ask(agent, *verb, "-o", "json")
                self.check(result, FAILED)
                self.assertEqual(result.json["error"], {"class": "ApplyFailed", "desc": "because",
                                                        "exit": FAILED, "data": data})
                result = self.ask(agent, *verb, "-q")
                self.check(result, FAILED, "because")
                self.assertEqual(result.out, "")

    def test_error_with_a_value_that_stays(self):
        """A value that could not be put back is a change, and the sum does not deny it."""
        rows = [{"key": "vm/b", "result": "failed", "from": 3, "to": 4, "reason": "stuck"}]
        for more, nothing in (({"attributes": rows}, False), ({"attributes": rows[:1], "more": 2}, False),
                              ({"attributes": [{**rows[0], "to": 3}]}, True),
                              ({"attributes": [{**rows[0], "to": 3}], "more": 1}, False)):
            with self.subTest(more), FakeAgent({"tune-apply": Error("ApplyFailed", "because", data=more)}) as agent:
                result = self.ask(agent, "apply")
                self.check(result, FAILED, "1 failed")
                self.assertEqual("nothing was changed" in result.out, nothing, result.out)

    def test_data_of_other_errors(self):
        with FakeAgent({"tune-verify": Error("Busy", "because", data={"x": 1})}) as agent:
            result = self.ask(agent, "verify")
            self.check(result, FAILED, "because")
            self.assertEqual(result.out, "")
            self.assertEqual(self.ask(agent, "verify", "-o", "json").json["error"]["data"], {"x": 1})

    def test_error_class_unknown(self):
        with FakeAgent({"tune-apply": Error("Novel", "because")}) as agent:
            self.check(self.ask(agent, "apply"), FAILED, "Novel: because")

    def test_error_without_id_is_ours(self):
        reply = b'{"error": {"class": "GenericError", "desc": "not read"}}\n'
        with FakeAgent({"guest-ping": reply}) as agent:
            self.check(self.ask(agent, "ping"), FAILED, "not read")


def nasty(value):
    """Returns the reply with NASTY in place of every string, the protocol's own words included."""
    if isinstance(value, dict):
        return {key: nasty(member) for key, member in value.items()}
    if isinstance(value, list):
        return [nasty(member) for member in value]
    return NASTY if isinstance(value, str) else value


# A status with every part that it can have.
FULL_STATUS = {
    **STATUS,
    "active": {**STATUS["active"], "transient-profile": "p1", "transient": {"vm": {"x": "1"}},
               "hints": [{"serial": "vblk", "backing": "iscsi"}]},
    "unconfirmed": {"apply-id": 9, "seconds-left": 27, "profile": "p2", "settings": {},
                    "transient-profile": "p3", "transient": {"vm": {"x": "2"}}, "hints": [{"address": "a"}]},
    "changes": {"last": {"id": 3, "command": "tune-apply", "result": "failed", "desc": "d"},
                "under-way": {"work": "hot-plug", "command": "tune-apply"}},
}


class Hostile(ShimCase):
    replies = {"status": ("tune-status", FULL_STATUS), "apply": ("tune-apply", APPLIED),
               "profiles": ("tune-profiles", [{"name": "n", "path": "p", "summary": "s",
                                               "active": True}]),
               "info": ("guest-info", {"version": "v", "supported_commands": [
                   {"name": "n", "enabled": True, "success-response": True}]}),
               "rollback": ("tune-rollback", {"attributes": APPLIED["attributes"]})}

    def test_terminal_escapes(self):
        replies = {**self.replies, "verify": ("tune-verify", {**VERIFIED, "drift": 0}),
                   "memory": ("tune-memory-status", Memory.status)}
        for verb, (command, reply) in replies.items():
            with self.subTest(verb=verb), FakeAgent({command: nasty(reply)}) as agent:
                result = self.ask(agent, verb)  # fails on unescaped characters
                self.check(result, OK, r"a\x1b[31m\x07\x7f\x9b2J\u202eb\u2066\u200f\u061c\x0ac\x09d")
                result = self.ask(agent, verb, "-o", "json")
                self.assertEqual(result.json, nasty(reply))

    def test_terminal_escapes_in_what_is_passed_on(self):
        with FakeAgent({"cmd": {NASTY: [NASTY, {NASTY + "x": None}]}}) as agent:
            result = self.ask(agent, "raw", "cmd")
            self.check(result, OK, r"a\u001b[31m\u0007")
            self.assertEqual(result.json, {NASTY: [NASTY, {NASTY + "x": None}]})
        reason = {"complete": False, "online": 6, "failed": 0, "refused": 0, "reason": NASTY}
        with FakeAgent({"guest-get-memory-block-info": Memory.info, "tune-memory-online": reason}) as agent:
            self.check(self.ask(agent, "memory", "wait", "1000M", "-t", "1"), FAILED, r"a\x1b[31m")

    def test_terminal_escapes_in_errors(self):
        with FakeAgent({"tune-apply": Error(NASTY, NASTY)}) as agent:
            self.check(self.ask(agent, "apply"), FAILED, r"\x1b[31m")
            result = self.ask(agent, "apply", "-o", "json")
            self.assertTrue(result.json["error"]["desc"].endswith(NASTY))

    def test_endless_message(self):
        with FakeAgent({"tune-apply": Error("GenericError", "x" * (1 << 20))}) as agent:
            result = self.ask(agent, "apply")
            self.check(result, FAILED)
            self.assertLess(len(result.err), 10000)

    def test_one_wide_cell_in_a_long_table(self):
        rows = [{"key": "k", "result": "r", "to": "t"}] * 50000
        rows[0] = {"key": "k" * (1 << 21), "result": "r", "to": "t"}
        with FakeAgent({"tune-apply": {"attributes": rows}}) as agent:
            result = self.ask(agent, "apply")
            self.check(result, OK)
            self.assertLess(len(result.out), 10 << 20)

    def test_endless_message_cut_between_characters(self):
        with FakeAgent({"tune-apply": Error("GenericError", "x" + "漢" * 8192)}) as agent:
            result = self.ask(agent, "apply")  # fails when the output is not UTF-8
            self.check(result, FAILED)

    def test_wrong_types(self):
        """Every member of every reply, with a wrong type."""
        for verb, (command, reply) in dict(self.replies, verify=("tune-verify", VERIFIED)).items():
            for bad in mutations(reply):
                with self.subTest(verb=verb, bad=json.dumps(bad)[:80]):
                    with FakeAgent({command: bad}) as agent:
                        result = self.ask(agent, verb)
                        self.check(result, PROTOCOL, "wrong shape")
                        self.assertEqual(result.out, "")

    def test_wrong_types_in_errors(self):
        rows = {"attributes": APPLIED["attributes"], "more": 1}
        for bad in mutations(rows):
            with self.subTest(bad=json.dumps(bad)[:80]):
                with FakeAgent({"tune-apply": Error("Busy", "because", data=bad)}) as agent:
                    result = self.ask(agent, "apply")
                    self.check(result, PROTOCOL)
                    self.assertEqual(result.out, "")
        with FakeAgent({"tune-apply": Error("Busy", "because", data=nasty(rows))}) as agent:
            self.check(self.ask(agent, "apply"), FAILED, "because")

    def test_long_lists(self):
        row = {"key": "k", "result": "r"}
        with FakeAgent({"tune-apply": {"attributes": [row] * 65537}}) as agent:
            self.check(self.ask(agent, "apply"), PROTOCOL, "more than")

    def test_missing_members(self):
        for verb, command in (("apply", "tune-apply"), ("verify", "tune-verify"),
                              ("rollback", "tune-rollback"), ("info", "guest-info"),
                              ("status", "tune-status")):
            with FakeAgent({command: {}}) as agent:
                self.check(self.ask(agent, verb), PROTOCOL, "wrong shape")

    def test_drift_that_does_not_add_up(self):
        for drift in (0, 2, -1):
            with FakeAgent({"tune-verify": dict(VERIFIED, drift=drift)}) as agent:
                self.check(self.ask(agent, "verify"), PROTOCOL)


# Members that the shim passes on unchanged, or does not read.
UNREAD = {"apply-id", "wanted", "source", "undo", "success-response", "settings", "transient", "serial",
          "backing", "address"}


def mutations(value):
    """Yields copies of @value in which one member, at any depth, has a wrong type."""
    if isinstance(value, dict):
        for key, member in value.items():
            if key in UNREAD:
                continue
            for bad in mutations(member):
                yield dict(value, **{key: bad})
    elif isinstance(value, list):
        yield {}
        for i, member in enumerate(value):
            for bad in mutations(member):
                yield value[:i] + [bad] + value[i + 1:]
    yield [[]] if not isinstance(value, list) else "text"
    yield 1.5


if __name__ == "__main__":
    unittest.main(verbosity=2)
