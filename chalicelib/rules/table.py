"""The conditions, one row each. A new one is a row, the reader of its members in the finding, and words for it.

What matters is who can make a finding carry the value, not who made the value: AWS makes an image's id, but
whoever may launch an instance can start a miner from that image.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from chalicelib.finding.members.table import reads
from chalicelib.finding.model import Account, Finding, Things
from chalicelib.rules import comparing, narrow, values
from chalicelib.rules.comparing import Question
from chalicelib.rules.narrow import Narrow


class Chooser(StrEnum):
    """Who can make a finding carry a value."""

    IDENTITY = "identity"  # nobody: it is the thing itself, as AWS or the organisation knows it
    AWS = "aws"
    OWNER = "owner"  # whoever owns the account
    OTHER_SIDE = "other side"  # whom it talks to
    ANYONE = "anyone"
    ATTACKER = "attacker"
    NOTHING = "nothing"  # it narrows, and holds nothing


class Condition(NamedTuple):
    """All that is to know of one condition."""

    name: str
    read: Callable[[str, object], tuple[str, ...]]
    """Reads its values in a rule; raises ``Unreadable``."""
    chooser: Chooser
    narrow: Narrow
    """Whether its values are narrow by themselves."""
    question: Callable[[tuple[str, ...]], Question] = comparing.by_patterns
    things: Callable[[Finding, Account], Things] | None = None
    """The things it is compared with, where they are not the finding's ``members``."""
    beside: str = ""
    """A condition without which it says too little to stand alone."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The finding's members that it is compared with, by their paths."""
        return reads(self.name)


def compared_with(condition: Condition, finding: Finding, account: Account) -> Things:
    """Name the things of a finding that a condition must hold for; none where one of them is not known."""
    if (finding.shortened or finding.identifiers_only) and condition.name not in NEVER_CUT:
        return ()
    if condition.name in finding.unsaid:
        return ()
    if condition.things is not None:
        return condition.things(finding, account)
    return finding.members.get(condition.name, ())


NEVER_CUT: Final = frozenset({"finding_id"})
"""What every event has whole."""


def _finding_id(finding: Finding, _: Account) -> Things:
    return ((finding.id,),)


def _account_ids(finding: Finding, _: Account) -> Things:
    ids = dict.fromkeys(map(values.padded, (finding.account_id, *finding.accounts)))
    return tuple((account_id,) for account_id in ids)


def _account_name(finding: Finding, account: Account) -> Things:
    return _known(finding, account.name)


def _ou_path(finding: Finding, account: Account) -> Things:
    return _known(finding, account.ou_path)


def _known(finding: Finding, said: str) -> Things:
    # Of a sequence's other accounts neither name nor path is known: one of them may be another's.
    alone = len(_account_ids(finding, Account())) == 1 and "account_id" not in finding.unsaid
    return ((said,),) if said and alone else ()


def _regions(finding: Finding, _: Account) -> Things:
    return tuple((region.lower(),) for region in dict.fromkeys((finding.region, *finding.regions)))


def _domains(finding: Finding, _: Account) -> Things:
    return tuple((values.plain_domain(domain),) for domain in finding.domains)


def _tags(finding: Finding, _: Account) -> Things:
    """Read the tags of what the finding lists, each; else those of any facet of what it is about."""
    named = [(resource.listed, resource.tags) for resource in finding.resources]
    listed = [tags for is_listed, tags in named if is_listed]
    facets = [tag for _, tags in named for tag in tags]
    own = listed or [tuple(facets)]
    return tuple(tuple(name for tag in tags for name in (tag.key, f"{tag.key}={tag.value}")) for tags in own)


_string: Final = values.read(values.string)
_folded: Final = values.read(values.small_letters)
_account: Final = values.read(values.account_id)
_whole, _name = narrow.each(narrow.is_whole), narrow.each(narrow.is_name)
_full_hash: Final = narrow.each(narrow.is_hash)


def _owned(name: str) -> Condition:
    """Make the row of a name that the account's owner gives."""
    return Condition(name, _string, Chooser.OWNER, _name)


def _free(name: str, read: Callable[[str, object], tuple[str, ...]] = _string) -> Condition:
    """Make the row of what anyone can make a finding carry."""
    return Condition(name, read, Chooser.ANYONE, narrow.always)


_ROWS: Final = (
    Condition("finding_id", values.read(values.finding_id), Chooser.IDENTITY, _whole, things=_finding_id),
    Condition("account_id", _account, Chooser.IDENTITY, narrow.each(narrow.is_account), things=_account_ids),
    Condition("account_name", _string, Chooser.OWNER, _name, things=_account_name),
    Condition("ou_path", _string, Chooser.IDENTITY, narrow.each(narrow.is_ou_path), things=_ou_path),
    Condition("region", _folded, Chooser.NOTHING, narrow.not_at_all, things=_regions),
    Condition(
        "resource_id",
        values.read(values.resource_id),
        Chooser.IDENTITY,
        narrow.each(narrow.is_resource),
        question=comparing.by_ids,
    ),
    *map(_owned, ("image_id", "vpc_id", "subnet_id", "security_group_id", "instance_profile", "bucket")),
    Condition("object_key", _string, Chooser.ATTACKER, narrow.always, beside="bucket"),
    *map(_owned, ("function", "database", "cluster", "ecs_service", "task_definition", "namespace")),
    *map(_owned, ("workload", "service_account", "container", "image")),
    Condition("principal", values.read(values.principal), Chooser.OWNER, _name),
    Condition("session_name", _string, Chooser.ANYONE, narrow.always, beside="principal"),
    Condition("tag", values.read(values.tag), Chooser.OWNER, _name, things=_tags),
    Condition(
        "actor_ip",
        values.read(values.address),
        Chooser.OTHER_SIDE,
        narrow.are_few_addresses,
        question=comparing.by_networks,
    ),
    Condition("remote_account_id", _account, Chooser.AWS, narrow.each(narrow.is_account)),
    _free("asn", values.read(values.asn)),
    _free("country", _folded),
    Condition(
        "domain",
        values.read(values.domain),
        Chooser.OTHER_SIDE,
        narrow.each(narrow.is_domain),
        things=_domains,
    ),
    _free("local_port", values.read(values.port)),
    _free("api"),
    Condition("file_hash", _folded, Chooser.AWS, _full_hash),
    Condition("threat_name", _string, Chooser.OTHER_SIDE, _name),
    _free("process_path"),
    _free("process_hash", _folded),
)

CONDITIONS: Final[Mapping[str, Condition]] = {row.name: row for row in _ROWS}
"""Every condition by its name, in the order in which they are said."""

SSO_ROLE: Final = "AWSReservedSSO_"
"""How the roles begin whose sessions IAM Identity Center names."""


def chooser(name: str, wanted: Mapping[str, tuple[str, ...]]) -> Chooser:
    """Say who can make a finding carry what a rule wants of a condition."""
    if name == "session_name":
        roles = wanted.get("principal", ())
        by_identity_center = bool(roles) and all(role.startswith(SSO_ROLE) for role in roles)
        return Chooser.OWNER if by_identity_center else Chooser.ANYONE
    return CONDITIONS[name].chooser
