"""One run of who sees to a digest: what it knows as it begins, and what it comes to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.notify.opening import StartedWatch
from chalicelib.notify.turns import Gate


class Progress(NamedTuple):
    """How far it is: what an execution has found out, and carries in its state."""

    counted: int = 0
    """Findings of the last reading of the index."""
    readings: int = 0
    channel: str = ""
    """Where Slack took the message, which could not be recorded."""
    ts: str = ""

    def to_json(self, id_: str) -> dict[str, Any]:
        """Write it with the digest's id, as the state carries it."""
        return {"id": id_, **{name: value for name, value in self._asdict().items() if value}}


class DigestRun(NamedTuple):
    """One run of who sees to a digest."""

    id: str
    execution: str
    """Or what else does it."""
    nonce: str
    """Of this run alone."""
    now: datetime
    again: bool
    """Whether the run before has failed."""
    progress: Progress


class DigestStep(NamedTuple):
    """What a run came to."""

    status: str
    """``posted``, ``another's`` (who posts it), ``wait``, ``closed`` (Slack wants no more)."""
    why: str
    seconds: int = 0
    """After which to come again."""
    progress: Progress = Progress()
    gate: Gate = Gate(0)
    by: str = ""
    """The execution that has posted it, or is to."""
    channel: str = ""
    ts: str = ""
    attention: StartedWatch | None = None
    """The execution that is to wait for its answer."""


def progress(own: Mapping[str, Any]) -> Progress:
    """Read how far it is from the state."""
    found = Progress()
    said = {name: own[name] for name, usual in found._asdict().items() if type(own.get(name)) is type(usual)}
    return Progress(**said)


def wait(run: DigestRun, seconds: float, why: str, **found: Any) -> DigestStep:
    """Come again, with what was found out."""
    return DigestStep("wait", why, max(1, int(seconds)), run.progress._replace(**found))
