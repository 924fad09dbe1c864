"""What a finding is to the rest of the program: frozen data in GuardDuty's terms, cleaned of its shapes.

Every text is a ``str`` (empty when GuardDuty did not say), every list a tuple, every time an aware UTC
``datetime`` (``None`` when GuardDuty did not say). Texts are as they came: hostile. Escaping and cutting
is the message's work.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """GuardDuty's names for its bands: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html."""

    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"
    CRITICAL = "Critical"

    @classmethod
    def of(cls, number: float) -> "Severity":
        """Name the band of a severity: Critical from 9.0, High from 7.0, Medium from 4.0, else Low."""
        if number >= 9.0:
            return cls.CRITICAL
        if number >= 7.0:
            return cls.HIGH
        if number >= 4.0:
            return cls.MEDIUM
        return cls.LOW


class Direction(StrEnum):
    """Who did what to whom, seen from our side: the words of the first sentence follow it."""

    UNKNOWN = ""
    TALKS_TO = "talks_to"  # our side opened a connection
    ASKED_FOR = "asked_for"  # our side asked for a domain
    ATTACKED_FROM = "attacked_from"
    PROBED_BY = "probed_by"
    CALLED_BY = "called_by"  # an API call, Kubernetes' too
    LOGGED_IN_FROM = "logged_in_from"
    RAN = "ran"  # a process ran; nobody else is known


Thing = tuple[str, ...]
"""A thing that a rule can name, by every name that may match; empty where it has none, so that no rule can."""

Things = tuple[Thing, ...]
"""All things of a kind that a finding names: a rule's condition must hold for each."""


class Tag(NamedTuple):
    """A resource's tag."""

    key: str
    value: str


class Account(NamedTuple):
    """What AWS Organizations calls the finding's account; empty where unknown."""

    name: str = ""
    ou_path: str = ""
    ou_names: str = ""
    """The organizational units above it by their names, the nearest last: ``Workloads/Payments``."""


class Form(StrEnum):
    """How a detail's value is to be shown."""

    TEXT = "text"  # words
    CODE = "code"  # an identifier, a name, a path: shown literally
    DOMAIN = "domain"  # a domain or URL: shown defanged
    TIME = "time"  # ISO 8601 in UTC: shown in the reader's time zone


class Detail(NamedTuple):
    """One line of what GuardDuty says: a label (a key of the words of our languages) and its value."""

    label: str
    value: str
    form: Form = Form.CODE


class Resource(NamedTuple):
    """One thing that the finding is about."""

    kind: str
    """A key of our words for kinds (``ec2_instance``), or GuardDuty's own word for one that we don't know."""
    ids: tuple[str, ...]
    """Every id, name and ARN by which the finding knows it, but none that a caller chose (a role session's name).
    The first is the one to show. Never empty. Rules ask the finding's ``members``."""
    name: str = ""
    """A name for people besides its id, where it has one (an instance's Name tag, a sequence resource's name)."""
    arn: str = ""
    """Its ARN, or empty where the finding neither has it nor lets it be built."""
    account_id: str = ""
    region: str = ""
    tags: tuple[Tag, ...] = ()
    details: tuple[Detail, ...] = ()
    person: str = ""
    """Who is behind it, as the caller chose to say it: a role session's name (of SSO, SAML: the person's)."""
    signals: int = 0
    """How many steps of an attack sequence name it."""
    facet: bool = False
    """Belongs to another resource of the finding (an instance's volume, a pod's cluster, the user of a database):
    not one more."""
    listed: bool = False
    """One of a list (buckets, volumes, a sequence's resources): a rule's condition must hold for each."""

    @property
    def public(self) -> bool:
        """Whether everybody may read or write it."""
        return any(detail.value.upper() in _OPEN.get(detail.label, ()) for detail in self.details)


_OPEN = {
    "public_access": frozenset(("PUBLIC",)),
    "public_read": frozenset(("YES", "ALLOWED", "TRUE")),
    "public_write": frozenset(("YES", "ALLOWED", "TRUE")),
}
"""By which values of which details a resource is open to everybody."""


class Actor(NamedTuple):
    """Somebody or something on the other side: where from, and by what means."""

    address: str = ""
    port: str = ""
    country: str = ""
    city: str = ""
    organisation: str = ""
    isp: str = ""
    asn: str = ""
    user: str = ""
    """Who acted (attack sequences, Kubernetes, RDS)."""
    account: str = ""
    """The remote account, its id or name."""
    user_agent: str = ""
    ours: str = ""
    """Whether the remote account belongs to ours (``affiliated``): ``yes``, ``no`` or empty."""
    service: str = ""
    """The AWS service that called."""
    credential: str = ""
    """The id of the access key that was used (attack sequences)."""
    issuer: str = ""
    """The role or user that issued the session (attack sequences)."""
    mfa: str = ""
    """Whether the session was opened with a second factor (attack sequences): ``yes``, ``no`` or empty."""
    other_address: str = ""
    """Its IPv6 address, where ``address`` is IPv4."""
    domain: str = ""
    probed: tuple[str, ...] = ()
    """Our ports that this host probed."""
    direction: Direction = Direction.UNKNOWN
    """What this one did or had done to it; of a host in an attack sequence as its connection says."""
    person: str = ""
    """Who is behind the role that acted, as the caller chose to say it (attack sequences)."""


class Process(NamedTuple):
    """A process that Runtime Monitoring saw."""

    name: str = ""
    path: str = ""
    sha256: str = ""
    pid: str = ""
    user: str = ""
    parent: str = ""
    role: str = ""
    """Empty for the finding's own; ``target`` or ``modifying`` for one beside it, ``actor`` in a sequence."""


@dataclass(frozen=True)
class Signal:
    """One step of an attack sequence."""

    name: str
    description: str = ""
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    severity: float | None = None
    count: int = 1


@dataclass(frozen=True)
class Finding:
    """One GuardDuty finding and the event that brought it."""

    # What every finding has: an event without one of these is refused as InvalidFinding.
    id: str
    type: str
    severity: float
    account_id: str
    region: str

    # What GuardDuty says of it.
    arn: str = ""
    partition: str = "aws"
    title: str = ""
    description: str = ""
    resource_type: str = ""
    count: int = 1
    created_at: datetime | None = None
    updated_at: datetime | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    sample: bool = False
    archived: bool = False
    sequence_arn: str = ""
    """The attack sequence that a plain finding belongs to (``associatedAttackSequenceArn``)."""
    custom_rule: str = ""

    # To what, by whom, how.
    resources: tuple[Resource, ...] = ()
    accounts: tuple[str, ...] = ()
    """Every account it concerns; ``account_id`` first."""
    regions: tuple[str, ...] = ()
    """Every region it concerns; ``region`` first."""
    actor_ips: tuple[str, ...] = ()
    """Every remote address, without repetition, in the finding's order."""
    domains: tuple[str, ...] = ()
    """Every domain asked for or called from, lower case, without the closing dot."""
    actors: tuple[Actor, ...] = ()
    """Who acted first, then the hosts on the other side."""
    direction: Direction = Direction.UNKNOWN
    """What happened between our side and the first of ``actors``."""
    outbound: bool = False
    """Our side called: it opened a connection, or asked for a domain."""
    action: tuple[Detail, ...] = ()
    """What was done: the API call, connection, probe, DNS request, Kubernetes call or login."""
    processes: tuple[Process, ...] = ()
    details: tuple[Detail, ...] = ()
    """The rest worth reading: runtime context, malware, evidence, unusual behaviour."""
    signals: tuple[Signal, ...] = ()
    """An attack sequence's steps in order of time."""
    tactics: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()

    # What rules can name.
    members: Mapping[str, Things] = field(default_factory=dict, hash=False)
    """The things that each condition of a rule is compared with, by the condition's name."""

    lone_pod: bool = False
    """A pod whose name does not show which workload made it: the next one may be called anything."""

    # The event that brought it.
    source: str = "aws.guardduty"
    home_account: str = ""
    """The account of the bus that delivered the event (the envelope's ``account``)."""
    home_region: str = ""
    via: str = ""
    """``replay`` when not EventBridge but the replay brought it."""
    shortened: bool = False
    """Something of it was left out on its way (``left_out``): it was too large."""
    identifiers_only: bool = False
    """The event carries identifiers only (an attack sequence's rule): GetFindings has the rest."""
    unsaid: frozenset[str] = frozenset()
    """``account_id`` or ``region``, where a sequence does not say it of each of its resources."""

    @property
    def band(self) -> Severity:
        """The severity's name."""
        return Severity.of(self.severity)

    @property
    def test(self) -> bool:
        """Whether another source than GuardDuty sent it (the stack's test source)."""
        return self.source != "aws.guardduty"

    def tagged(self, tags: Mapping[str, Mapping[str, str]]) -> "Finding":
        """Add tags that were looked up, by resource id, to the resources that came without any."""
        return replace(self, resources=tuple(_tagged(resource, tags) for resource in self.resources))


def _tagged(resource: Resource, tags: Mapping[str, Mapping[str, str]]) -> Resource:
    found = next((tags[name] for name in resource.ids if name in tags), None)
    if resource.tags or not found:
        return resource
    return resource._replace(tags=tuple(Tag(key, value) for key, value in found.items()))
