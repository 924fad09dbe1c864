"""Making a resource of what identifies it and what a table of rows says of it."""

from collections.abc import Callable, Iterable, Iterator

from chalicelib.finding.arns import Place, arn_id, at_arn
from chalicelib.finding.fields import Members, Row, details, found, tags, text, unique
from chalicelib.finding.model import Detail, Resource

Read = Callable[[Members, Place], Iterator[Resource]]


def make(
    kind: str,
    ids: Iterable[str],
    place: Place,
    *,
    name: str = "",
    arn: str = "",
    tagged: object = None,
    described: tuple[Detail, ...] = (),
    listed: bool = False,
    person: str = "",
) -> Iterator[Resource]:
    """Make a resource, unless nothing in the finding identifies it."""
    known_as = unique([*ids, arn]) or [detail.value for detail in described[:1]]
    if known_as:
        yield Resource(
            kind=kind,
            ids=tuple(known_as),
            name=name,
            arn=arn,
            account_id=place.account_id,
            region=place.region,
            tags=tags(tagged),
            details=described,
            listed=listed,
            person=person,
        )


def named(kind: str, members: Members, place: Place, rows: tuple[Row, ...], *ids: str) -> Iterator[Resource]:
    """Make a resource that has tags, and its name, its ARN and perhaps more ids in the given members."""
    arn = text(members.get(ids[1]))
    return make(
        kind,
        [*found(members, *ids), arn_id(arn)],
        at_arn(arn, place),
        arn=arn,
        tagged=members.get("tags"),
        described=details(members, *rows),
    )


def by_arn(kind: str, member: str, *rows: Row, listed: bool = False) -> Read:
    """Make the reader of a resource that is known by its ARN."""

    def read(members: Members, place: Place) -> Iterator[Resource]:
        arn = text(members.get(member))
        described = details(members, *rows)
        return make(kind, [arn_id(arn), arn], at_arn(arn, place), arn=arn, described=described, listed=listed)

    return read


def name_tag(tagged: object) -> str:
    """Find the value of the ``Name`` tag."""
    return next((tag.value for tag in tags(tagged) if tag.key == "Name"), "")
