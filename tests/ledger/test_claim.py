"""Who has claimed an update begins its post, and takes back its own attempt alone."""

from datetime import UTC, datetime

from chalicelib.finding.event import parse
from chalicelib.ledger import notifications
from chalicelib.ledger.claim import claim
from tests.machine import Machine, finding

ONE = f"{1:032x}"


def test_a_post_is_not_begun_on_an_outdated_reading(machine: Machine) -> None:
    now = datetime.now(UTC)
    before, newer = notifications.read(ONE), claim(parse(finding(1, 5)), now)
    machine.run(finding(1))
    assert newer is not None
    assert not notifications.begin_attempt(newer, "me", before, now), "it would be a second message"
    assert notifications.begin_attempt(newer, "me", notifications.read(ONE), now)
    assert notifications.begin_attempt(newer, "me", notifications.read(ONE), now), "a retry goes on"
    assert not notifications.begin_attempt(newer, "another", notifications.read(ONE), now)
    assert notifications.begin_attempt(newer, "me", notifications.UNREADABLE, now)


def test_an_attempt_takes_back_only_itself(machine: Machine) -> None:
    now = datetime.now(UTC)
    update, newer = (claim(parse(finding(1, minute)), now) for minute in (0, 5))
    assert update and newer
    nothing = notifications.read(ONE)
    assert notifications.begin_attempt(update, "me", nothing, now)
    notifications.withdraw_attempt(update, "me", nothing)
    assert notifications.read(ONE).attempted_by == ""
    assert notifications.begin_attempt(update, "me", nothing, now)
    for before in (notifications.read(ONE), notifications.UNREADABLE):
        assert notifications.begin_attempt(update, "me", before, now)
        notifications.withdraw_attempt(update, "me", before)
        assert notifications.read(ONE).attempted_by == "me", "the first one stands"
    assert notifications.begin_attempt(newer, "another", notifications.read(ONE), now), "nobody waits for it"
