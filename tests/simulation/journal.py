"""What happened in a history, for its invariants and its figures."""

from dataclasses import dataclass, field
from typing import Any

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
    """The finding's id; empty where the message posts none (the daily proof)."""
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
    """Each finding that asked for an answer, by its id."""
    ended_at: float = 0.0

    def calls(self, finding: str) -> list[SlackCall]:
        """Slack's calls about a finding."""
        return [each for each in self.slack if each.finding == finding]

    def executions(self, finding: str) -> list[Started]:
        """The executions of a finding."""
        return [each for each in self.started if each.finding == finding]
