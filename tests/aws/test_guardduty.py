"""What GuardDuty has of a finding whose event carries identifiers only."""

import json
from collections.abc import Iterator

import pytest

from chalicelib.aws import clients
from chalicelib.aws.guardduty import is_archived, whole
from chalicelib.errors import FindingNotListed
from chalicelib.finding.event import parse
from chalicelib.finding.getfindings import identifiers
from statemachine.local.guardduty_stand_in import GuardDutyStandIn
from tests.machine import Event, event


@pytest.fixture
def guardduty(monkeypatch: pytest.MonkeyPatch) -> Iterator[GuardDutyStandIn]:
    with GuardDutyStandIn() as stand_in:
        monkeypatch.setenv("AWS_ENDPOINT_URL_GUARDDUTY", stand_in.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
        clients.client.cache_clear()
        yield stand_in
    clients.client.cache_clear()


def sequence() -> Event:
    return event("attack-sequence")


def test_a_whole_finding_is_not_asked_for() -> None:
    event = sequence()
    assert whole(event) is event


def test_what_identifiers_name_is_fetched(guardduty: GuardDutyStandIn) -> None:
    guardduty.put(sequence()["detail"])
    short = identifiers(sequence())
    assert parse(short).identifiers_only
    fetched = parse(whole(short))
    assert not fetched.identifiers_only
    assert fetched.signals == parse(sequence()).signals != ()


def test_what_guardduty_does_not_list_says_so(guardduty: GuardDutyStandIn) -> None:
    with pytest.raises(FindingNotListed, match=sequence()["detail"]["id"]):
        whole(identifiers(sequence()))


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "yesterday"])
def test_a_time_that_nobody_can_read_is_not_listed(guardduty: GuardDutyStandIn, moment: str) -> None:
    detail = json.loads(json.dumps(sequence()["detail"]))
    detail["service"]["detection"]["sequence"]["signals"][0]["createdAt"] = moment
    guardduty.put(detail)
    with pytest.raises(FindingNotListed, match="can't be read"):
        whole(identifiers(sequence()))


@pytest.mark.parametrize("archived", [True, False])
def test_what_is_archived(guardduty: GuardDutyStandIn, archived: bool) -> None:
    guardduty.put(event(service={"archived": archived})["detail"])
    assert is_archived(event()["detail"]["id"], "eu-west-1") is archived


def test_what_guardduty_does_not_list_is_not_archived(guardduty: GuardDutyStandIn) -> None:
    assert not is_archived(event()["detail"]["id"], "eu-west-1")
    guardduty.detector = ""
    assert not is_archived(event()["detail"]["id"], "eu-west-1")
