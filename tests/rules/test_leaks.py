"""No member that a condition does not read can make it hold: whoever writes it there hides nothing by it."""

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.members.table import MEMBERS
from chalicelib.rules.table import CONDITIONS
from tests.rules.leaks import leaks
from tests.rules.places import events


@pytest.mark.parametrize("number", range(len(events())))
def test_what_a_condition_does_not_read_never_makes_it_hold(number: int) -> None:
    assert list(leaks(events()[number], list(CONDITIONS.values()))) == []


def test_every_condition_can_hold_for_a_shown_finding() -> None:
    """Else that none leaks would say nothing."""
    shown = [parse(event) for event in events()]
    for name in MEMBERS:
        named = [finding.members.get(name, ()) for finding in shown]
        assert any(things and all(things) for things in named), name
