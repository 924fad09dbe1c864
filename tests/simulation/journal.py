"""What happened in a history, for its invariants and its figures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from chalicelib.ledger.watch import Watch
from tests.simulation.interpreter import Execution


@dataclass(eq=False)
class Invocation:
    """One run of a Lambda function."""

    function: str
    who: str
    """The execution's name, or what else invoked it."""
    began: float
    died: bool = False


@dataclass(eq=False)
class SlackCall:
    """One request that came to Slack. Times are seconds since the start."""

    at: float
    method: str
    channel: str
    invocation: Invocation
    finding: str
    """The finding's id, a digest's key; empty where the message posts none (the daily proof)."""
    update: int
    """Which of the finding's updates the message shows; 0 where it does not say."""
    reply: bool = False
    suppressed: bool = False
    """Whether it says that a rule hides the finding."""
    repeated: bool = False
    """Whether it says that it may be there twice."""
    points: bool = False
    """Whether it only says where the finding's message is."""
    unlisted: bool = False
    """Whether it says that the suppression list could not be read."""
    reminder: int = 0
    """Which deadline it reminds of; 0 where it is no reminder."""
    opening: str = ""
    """The update since which an answer is asked for, of a reminder."""
    escalates: bool = False
    """Whether it calls those who are called at last."""
    digest: str = ""
    """The digest that it posts, or of which it names some findings."""
    counts: int = 0
    """How many findings the digest says that it has; of a reply, which of the replies it is."""
    at_least: bool = False
    """Whether it says that there may be more."""
    closes: float = 0.0
    """For how many seconds Slack wants no more."""
    status: int = 0
    """0 where no answer was on its way."""
    error: str = ""
    ts: str = ""
    """The message's, where Slack took it."""
    answered: bool = False
    """Whether whoever asked heard the answer."""

    @property
    def taken(self) -> bool:
        """Whether Slack did what was asked."""
        return bool(self.ts)


@dataclass(eq=False)
class Started:
    """One execution of the state machine, and which update of which finding it posts."""

    execution: Execution
    finding: str
    update: int
    at: float
    redriven: list[float] = field(default_factory=list)
    aborted: bool = False
    machine: str = ""
    """Its state machine's ARN."""
    ended: list[tuple[float, str]] = field(default_factory=list)
    """Each end: when, and in which state or with which error."""

    @property
    def end(self) -> str:
        """The last end: a state's name, or an error's; empty while it runs."""
        return self.ended[-1][1] if self.ended and self.execution.status != "RUNNING" else ""


@dataclass(frozen=True)
class Reaction:
    """A reaction that somebody gave to a message, or took away."""

    at: float
    finding: str
    ts: str
    name: str
    user: str
    given: bool


@dataclass(frozen=True)
class Joined:
    """A finding's item that was written as a member of a digest."""

    at: float
    finding: str
    update: int
    digest: str


@dataclass(frozen=True)
class DigestLeft:
    """How a digest's item stands when the history is over."""

    owner: str
    """The ARN of the execution that owns it."""
    posted: bool
    members: frozenset[str]
    """The findings whose items name it."""


@dataclass(frozen=True)
class Left:
    """How a finding stands when the history is over."""

    watch: Watch | None
    """The answer that it asks for, as its item has it."""
    listed: str
    """Under what the index lists it; empty where it does not."""
    shown: tuple[str, ...] = ()
    """Its messages as people see them, as JSON."""
    known: bool = True
    """Whether it is known what its message shows: else nobody can change it before the next update."""
    standing: tuple[tuple[str, str, str], ...] = ()
    """What stands on its messages: the message's ts, the reaction's name, the user."""
    archived: bool = False


@dataclass
class Journal:
    """All of it."""

    started: list[Started] = field(default_factory=list)
    attention: list[Started] = field(default_factory=list)
    """The executions that wait for an answer."""
    slack: list[SlackCall] = field(default_factory=list)
    invocations: list[Invocation] = field(default_factory=list)
    rules: list[dict[str, Any]] = field(default_factory=list)
    """Each rule: ``name``, ``finding`` (id), ``max_severity``, ``begins``, ``ends``."""
    throttled: list[float] = field(default_factory=list)
    """When Lambda had no capacity for an invocation."""
    deleted: list[tuple[float, str]] = field(default_factory=list)
    """Messages that people deleted: when, and the finding's id."""
    reactions: list[Reaction] = field(default_factory=list)
    left: dict[str, Left] = field(default_factory=dict)
    """Each finding, and digest, that asked for an answer, by its key."""
    joined: list[Joined] = field(default_factory=list)
    digests: dict[str, DigestLeft] = field(default_factory=dict)
    """Each digest that a finding's item names or that has an item, by its id."""
    ended_at: float = 0.0

    def __post_init__(self) -> None:
        self._calls: _ByFinding[SlackCall] = _ByFinding()
        self._executions: _ByFinding[Started] = _ByFinding()

    def calls(self, finding: str) -> list[SlackCall]:
        """Slack's calls about a finding, or a digest by its key."""
        return self._calls.of(self.slack, finding)

    def executions(self, finding: str) -> list[Started]:
        """The executions of a finding."""
        return self._executions.of(self.started, finding)


class _HasFinding(Protocol):
    finding: str


T = TypeVar("T", bound=_HasFinding)


class _ByFinding(Generic[T]):
    """What a list that only grows has of each finding, looked up fast: a storm has ten thousand."""

    def __init__(self) -> None:
        self._all: Sequence[T] = ()
        self._known = 0
        self._found: dict[str, list[T]] = {}

    def of(self, all_: Sequence[T], finding: str) -> list[T]:
        """Give a finding's."""
        if all_ is not self._all:
            self._all, self._known, self._found = all_, 0, {}
        for each in all_[self._known :]:
            self._found.setdefault(each.finding, []).append(each)
        self._known = len(all_)
        return list(self._found.get(finding, ()))
