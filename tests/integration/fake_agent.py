# SPDX-License-Identifier: LGPL-2.1-or-later
"""A scripted agent on a Unix socket, which can also misbehave.

A FakeAgent listens in a thread and answers each request from a table of
replies. A reply is a JSON value (returned), an Error, raw bytes, or a
function of (connection, request) that answers by itself. `requests` keeps
what clients sent, except for syncs.
"""

import json
import os
import socket
import tempfile
import threading


class Error:
    """An error reply."""

    def __init__(self, error_class, desc, **more):
        self.body = {"class": error_class, "desc": desc, **more}


class Connection:
    """One client, as the agent sees it."""

    def __init__(self, sock):
        self.sock = sock
        self._text = ""

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode())

    def send_return(self, value, request):
        self.send(json.dumps({"return": value, "id": request.get("id")}) + "\n")

    def send_error(self, error, request):
        self.send(json.dumps({"error": error.body, "id": request.get("id")}) + "\n")

    def receive(self):
        """Returns the next request, or None when the client has closed the connection."""
        decoder = json.JSONDecoder()
        while True:
            self._text = self._text.lstrip()
            try:
                request, end = decoder.raw_decode(self._text)
                self._text = self._text[end:]
                return request
            except ValueError:
                pass
            data = self.sock.recv(65536)
            if not data:
                return None
            # 0xFF discards a request that is not complete.
            self._text = (self._text + data.decode("latin-1")).rpartition("\xff")[2]

    def wait_for_end(self):
        """Keeps the connection open without an answer, until the client closes it."""
        while self.sock.recv(65536):
            pass


class FakeAgent:
    """Use it as a context manager; `path` is the path of the socket."""

    def __init__(self, replies=None, before_sync=b"", sync=True):
        self.replies = dict(replies or {})
        self.before_sync = before_sync
        self.sync = sync
        self.requests = []
        self._folder = tempfile.TemporaryDirectory(prefix="vt-fake-")
        self.path = os.path.join(self._folder.name, "agent.sock")
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(self.path)
        self._listener.listen(8)
        self._threads = []
        self._sockets = []
        self._acceptor = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self):
        self._acceptor.start()
        return self

    def __exit__(self, *_):
        for sock in [self._listener] + self._sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()
        for thread in [self._acceptor] + self._threads:
            thread.join(10)
        self._folder.cleanup()

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock):
        connection = Connection(sock)
        try:
            with sock:
                if self.before_sync:
                    connection.send(self.before_sync)
                while (request := connection.receive()) is not None:
                    self._answer(connection, request)
        except OSError:
            pass  # the client, or the test, has closed the connection

    def _answer(self, connection, request):
        name = request.get("execute")
        if name == "guest-sync-delimited":
            if callable(self.sync):
                self.sync(connection, request)
            elif self.sync:
                connection.send(b"\xff")
                connection.send_return(request["arguments"]["id"], request)
            else:
                connection.wait_for_end()
            return
        self.requests.append(request)
        reply = self.replies.get(name, Error("CommandNotFound", f"no command {name}"))
        if callable(reply):
            reply(connection, request)
        elif isinstance(reply, Error):
            connection.send_error(reply, request)
        elif isinstance(reply, bytes):
            connection.send(reply)
        else:
            connection.send_return(reply, request)
