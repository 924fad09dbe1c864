"""What the stand-ins of AWS's services share: a server on loopback, its faults, and what it was asked.

boto3 is led there by the service's own variable (``AWS_ENDPOINT_URL_GUARDDUTY``, ``AWS_ENDPOINT_URL_SFN``), in
one process with moto too. Signatures are not checked.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

import json
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self

Json = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """What goes wrong in place of an operation's usual answers: `times` times, after so many that go well."""

    operation: str
    code: str = "TooManyRequestsException"
    status: int = 429
    after: int = 0
    times: int = 1


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True)
class Request:
    """What came, without its signature."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Json = field(default_factory=dict)


class StandIn:
    """A server of one service; a service says in `operation` and `answer` what it speaks."""

    content_type = "application/json"

    def __init__(self, *faults: Fault) -> None:
        self.calls: Counter[str] = Counter()
        """How often each operation was asked for, refusals included."""
        self._faults = list(faults)
        self._lock = threading.RLock()

    def operation(self, request: Request) -> str:
        """Name the operation that is asked for; raises Refused where there is none such."""
        raise NotImplementedError

    def answer(self, operation: str, request: Request) -> Json:
        """Carry it out; raises Refused."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), self)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """What the service's endpoint variable is to be."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def script(self, *faults: Fault) -> None:
        """Add faults behind those that are left; each call meets the first that is meant for it."""
        with self._lock:
            self._faults.extend(faults)

    def _answered(self, request: Request) -> Json:
        with self._lock:
            operation = self.operation(request)
            self.calls[operation] += 1
            if fault := self._next_fault(operation):
                raise Refused(fault.code, "scripted", fault.status)
            return self.answer(operation, request)

    def _next_fault(self, operation: str) -> Fault | None:
        for place, fault in enumerate(self._faults):
            if fault.operation != operation:
                continue
            if fault.after:
                self._faults[place] = replace(fault, after=fault.after - 1)
                return None
            left = replace(fault, times=fault.times - 1)
            self._faults[place : place + 1] = [left] if left.times > 0 else []
            return fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(self, address: tuple[str, int], stand_in: StandIn) -> None:
        super().__init__(address, _Handler)
        self.stand_in = stand_in

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what is wrong with the stand-in; a client that left is nothing of the kind."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def server_bind(self) -> None:
        """Bind without asking DNS for our name, as HTTPServer would: that can take seconds offline."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a call without a body."""
        self._answer()

    def do_POST(self) -> None:
        """Answer a call with JSON."""
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, self.path, dict(self.headers), json.loads(body or b"{}"))
        try:
            self._send(200, self.server.stand_in._answered(request))
        except Refused as refused:
            said = {"message": str(refused), "__type": refused.code}
            self._send(refused.status, said, {"x-amzn-ErrorType": refused.code})

    def _send(self, status: int, said: Json, headers: Mapping[str, str] | None = None) -> None:
        body = json.dumps(said).encode()
        about = {"Content-Type": self.server.stand_in.content_type, "Content-Length": str(len(body))}
        with suppress(OSError):  # a client that has gone
            self.send_response(status)
            for name, value in {**about, **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
