"""No invention: what a caller, an attacker or the other side writes never becomes an identity."""

import re
from collections.abc import Iterator

from chalicelib.finding.model import Account, Finding
from chalicelib.rules.table import CONDITIONS, Chooser, Condition, compared_with
from tests.generate import Json
from tests.rules.places import Place, is_under, members, of_each_member, path, text_at, texts, written
from tests.rules.writers import MADE_BY_AWS, WRITTEN_BY_OTHERS, WRITTEN_IN_PART

IDENTITIES = [row for row in CONDITIONS.values() if row.chooser in (Chooser.IDENTITY, Chooser.AWS)]

INSTANCE = "i-0badcafe"
WORDS = (
    INSTANCE,
    f"arn:aws:ec2:eu-west-1:111122223333:instance/{INSTANCE}",
    "AROA0BADCAFE",
    "777766665555",
    "0badcafe" * 8,
)
"""What others may write: in the form of an instance's id and ARN, of a role's id, of an account, of a hash."""

TRACES = ("0badcafe", "777766665555")
"""What is in each of these words, in small letters, and in no finding."""

_SEQUENCE = "service.detection.sequence.resources"
_NAMED_BY_OTHERS = ("CONTAINER", "KUBERNETES_WORKLOAD", "container", "kubernetesWorkload")


def declared(reads: tuple[str, ...]) -> list[str]:
    """Name the members that others write among those that a condition says that it reads."""
    others = (*WRITTEN_BY_OTHERS, *(name for name in members() if is_under(name, WRITTEN_BY_OTHERS)))
    inside = [read for read in reads if is_under(read, WRITTEN_BY_OTHERS)]
    return [*inside, *(other for other in others if is_under(other, reads))]


def words(event: Json, word: str) -> Iterator[tuple[Place, str]]:
    """Write a word wherever others may write, and beside what AWS made where they write a part only."""
    for place in texts(event["detail"]):
        name = path(place)
        if is_under(name, WRITTEN_IN_PART):
            yield from ((place, said) for said in _in_part(event, place, name, word))
        elif not is_under(name, MADE_BY_AWS):
            yield place, word


def _in_part(event: Json, place: Place, name: str, word: str) -> Iterator[str]:
    own = text_at(event, place)
    if name.endswith(".principalId"):
        yield f"{own.partition(':')[0]}:{word}"
    elif name.endswith(".objectArn"):
        yield f"arn:aws:s3:::{own.removeprefix('arn:aws:s3:::').partition('/')[0]}/{word}"
    elif name.endswith(".key"):
        yield word
    else:
        yield from _uid(_holder(event, place), own, word)


def _holder(event: Json, place: Place) -> Json:
    node: Json = event["detail"]
    for step in place[:-1]:
        node = node[step]
    return node


def _uid(resource: Json, own: str, word: str) -> Iterator[str]:
    """Write what others can of a resource's uid: of an object its key, of a container or a pod all of it."""
    kinds = {resource.get("resourceType"), *resource.get("data", {})}
    if kinds & set(_NAMED_BY_OTHERS):
        yield word
    elif kinds & {"S3_OBJECT", "s3Object"}:
        yield f"arn:aws:s3:::{own.removeprefix('arn:aws:s3:::').partition('/')[0]}/{word}"
    elif kinds & {"ACCESS_KEY", "accessKey"}:
        yield f"{own.partition(':')[0]}:{word}"


def inventions(event: Json, rows: list[Condition]) -> Iterator[str]:
    """Name the identities in which a word of others stands: written at all places, then at one place after another."""
    for word in WORDS:
        yield from _invented(rows, written(event, words(event, word)), "all")
    said = dict(words(event, INSTANCE))
    for place in of_each_member(said):
        yield from _invented(rows, written(event, [(place, said[place])]), path(place))


def _invented(rows: list[Condition], finding: Finding | None, where: str) -> Iterator[str]:
    named = [(row.name, compared_with(row, finding, Account())) for row in rows] if finding else []
    names = ((row, name) for row, things in named for thing in things for name in thing)
    yield from (f"{row} by {where}: {name}" for row, name in names if _is_written(name))


def _is_written(name: str) -> bool:
    """Whether others wrote it; of an object's ARN its key, which is compared with nothing but a rule's key."""
    bucket = name.partition("/")[0] if re.match(r"arn:[^:]*:s3:", name) else name
    return any(trace in bucket.lower() for trace in TRACES)
