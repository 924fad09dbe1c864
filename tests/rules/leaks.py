"""No leak: what a condition does not read cannot make it hold."""

from collections.abc import Iterator

from chalicelib.finding.model import Account, Finding
from chalicelib.rules import conditions
from chalicelib.rules.conditions import Conditions
from chalicelib.rules.table import Condition
from tests.generate import Json
from tests.rules.common import NOW
from tests.rules.places import is_under, of_each_member, path, texts, written

NAME, ADDRESS = "i-0fedcba9", "203.0.113.99"
"""Read as an id, and as a name of anything; and an address."""


def value_for(row: Condition) -> str:
    """What a rule would want of a condition."""
    return ADDRESS if row.name == "actor_ip" else NAME


def leaks(event: Json, rows: list[Condition]) -> Iterator[str]:
    """Name the conditions that a value holds which stands only where they do not read, and where it stands."""
    places = list(texts(event["detail"]))
    for value in (NAME, ADDRESS):
        alike = [row for row in rows if value_for(row) == value]
        for row in alike:
            elsewhere = [(place, value) for place in places if not is_under(path(place), row.reads)]
            if _holds(row, written(event, elsewhere), value):
                yield f"{row.name} by all"
        for place in of_each_member(places) if alike else ():
            finding = written(event, [(place, value)])
            unread = (row for row in alike if not is_under(path(place), row.reads))
            yield from (f"{row.name} by {place}" for row in unread if _holds(row, finding, value))


def _holds(row: Condition, finding: Finding | None, value: str) -> bool:
    wanted = Conditions(wanted={row.name: (value,)})
    return finding is not None and conditions.hold(wanted, finding, Account(), NOW)
