"""What goes wrong between the Slack stand-in and who asks it: a script of faults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from statemachine.local.slack_methods import WEBHOOK, Reply, as_webhook, too_fast


@dataclass(frozen=True)
class SlackFault:
    """What goes wrong instead of a usual answer, `times` times; at most one of reset, hang and an answer."""

    status: int = 200
    error: str = ""
    """Slack's word: `{"ok": false, "error": …}`, or bare from a webhook."""
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: int | None = None
    """Seconds: HTTP 429 with this header."""
    body: bytes | None = None
    """An answer that is not Slack's own."""
    reset: bool = False
    """The connection is reset in place of an answer."""
    hang: float = 0.0
    """Seconds of silence, after which the connection is reset."""
    taken: bool = False
    """Whether the request was carried out all the same."""
    times: int = 1
    method: str = ""
    """Only requests of this method (`chat.postMessage`, `webhook`, …); empty: every one."""
    when: Callable[[Mapping[str, Any]], bool] | None = None
    """Only requests whose body it accepts."""


def next_fault(script: list[SlackFault], method: str, arguments: Mapping[str, Any]) -> SlackFault | None:
    """Take the first fault that is meant for a request off the script."""
    for place, fault in enumerate(script):
        if fault.method in ("", method) and (fault.when is None or fault.when(arguments)):
            left = replace(fault, times=fault.times - 1)
            script[place : place + 1] = [left] if left.times > 0 else []
            return fault
    return None


def faulty(fault: SlackFault, method: str) -> Reply:
    """Answer a request of this method with the fault."""
    if fault.reset or fault.hang:
        return Reply(reset=True, hang=fault.hang)
    if fault.retry_after is not None:
        reply = too_fast(fault.retry_after)
    else:
        fields = {"ok": False, "error": fault.error} if fault.error else {}
        body = fault.body if fault.body is not None or fault.error else b""
        reply = Reply(fault.status, fields, fault.headers, body)
    if method == WEBHOOK and reply.fields:
        said = as_webhook(reply)
        return said if reply.status == 200 else replace(said, status=reply.status)
    return reply
