"""What the stand-ins of AWS's services share: a server on loopback, its faults, and what it was asked.

boto3 is led there by the service's own variable (``AWS_ENDPOINT_URL_GUARDDUTY``, ``AWS_ENDPOINT_URL_SFN``), in
one process with moto too. Signatures are not checked.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

import json
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

from statemachine.local.loopback import Exchange, LoopbackServer


@dataclass(frozen=True)
class AwsFault:
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
class AwsRequest:
    """What came, without its signature."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any] = field(default_factory=dict)


class StandIn:
    """A server of one service; a service says in `operation` and `answer` what it speaks."""

    content_type = "application/json"

    def __init__(self, *faults: AwsFault) -> None:
        self.calls: Counter[str] = Counter()
        """How often each operation was asked for, refusals included."""
        self._faults = list(faults)
        self._lock = threading.RLock()

    def operation(self, request: AwsRequest) -> str:
        """Name the operation that is asked for; raises Refused where there is none such."""
        raise NotImplementedError

    def answer(self, operation: str, request: AwsRequest) -> dict[str, Any]:
        """Carry it out; raises Refused."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._server = LoopbackServer(self._respond)
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        """What the service's endpoint variable is to be."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def script(self, *faults: AwsFault) -> None:
        """Add faults behind those that are left; each call meets the first that is meant for it."""
        with self._lock:
            self._faults.extend(faults)

    def _respond(self, exchange: Exchange, body: bytes) -> None:
        headers = {"Content-Type": self.content_type}
        request = AwsRequest(
            exchange.command, exchange.path, dict(exchange.headers), json.loads(body or b"{}")
        )
        try:
            status, said = 200, self._answered(request)
        except Refused as refused:
            status, said = refused.status, {"message": str(refused), "__type": refused.code}
            headers["x-amzn-ErrorType"] = refused.code
        exchange.send(status, headers, json.dumps(said).encode())

    def _answered(self, request: AwsRequest) -> dict[str, Any]:
        with self._lock:
            operation = self.operation(request)
            self.calls[operation] += 1
            if fault := self._next_fault(operation):
                raise Refused(fault.code, "scripted", fault.status)
            return self.answer(operation, request)

    def _next_fault(self, operation: str) -> AwsFault | None:
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
