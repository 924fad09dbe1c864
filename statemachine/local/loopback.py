"""What the stand-ins of Slack and AWS share: a server on loopback."""

import socket
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any


class Exchange(BaseHTTPRequestHandler):
    """One client's connection; what is asked in it goes to the server's ``respond``, which sends or resets."""

    server: "LoopbackServer"
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        """Take a request that is its address."""
        self._respond()

    def do_POST(self) -> None:
        """Take a request with a body."""
        self._respond()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing."""

    def send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send an answer, at one go: a client that has heard its head need not wait for the rest."""
        said = {"Content-Length": str(len(body)), **headers}
        head = f"HTTP/1.1 {status} Stand-in\r\n" + "".join(f"{k}: {v}\r\n" for k, v in said.items())
        with suppress(OSError):  # a client that has gone
            self.wfile.write(head.encode("latin-1") + b"\r\n" + body)

    def reset(self) -> None:
        """Close at once with a TCP reset: lingering for no time at all."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()

    def _respond(self) -> None:
        length = self.headers.get("Content-Length", "")
        self.server.respond(self, self.rfile.read(int(length)) if length.isdigit() else b"")


class LoopbackServer(ThreadingHTTPServer):
    """Takes a storm of connections at once, and does not wait for those that hang."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(self, respond: Callable[[Exchange, bytes], None], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Exchange)
        self.respond = respond

    def start(self) -> None:
        """Serve, in a thread."""
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what is wrong with the stand-in; a client that left is nothing of the kind."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def server_bind(self) -> None:
        """Bind without asking DNS for our name, as HTTPServer would: that can take seconds offline."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
