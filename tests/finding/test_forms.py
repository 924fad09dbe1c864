"""Whatever form a finding has, it is the one that GuardDuty sends."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from chalicelib.finding import getfindings
from chalicelib.finding.event import parse
from chalicelib.finding.forms import delivered
from tests.generate import Json, Pair, envelope, example, pairs

HOME = ("999988887777", "eu-north-1")


@given(pairs())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_form_is_the_same_finding(pair: Pair) -> None:
    sent = parse(getfindings.enveloped(pair.detail, *HOME))
    assert parse(delivered(pair.detail, *HOME)) == sent
    assert parse(delivered(pair.finding, *HOME)) == sent
    assert parse(delivered(envelope(pair.finding), *HOME)) == parse(envelope(pair.detail))


def test_a_bare_finding_comes_from_here() -> None:
    finding = parse(delivered(example("example")["detail"], *HOME))
    assert (finding.home_account, finding.home_region, finding.test) == (*HOME, False)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(example("example"), id="as-delivered"),
        pytest.param(
            example("example") | {"source": "guardduty-notifier.test", "via": "x"}, id="test-source"
        ),
        pytest.param(None, id="null"),
        pytest.param([example("example")["detail"]], id="list"),
        pytest.param({}, id="empty"),
        pytest.param({"detail": []}, id="detail-is-a-list"),
        pytest.param({"detail": {"Title": "x", "type": "y", "Severity": 1}}, id="both-spellings"),
        pytest.param({"detail-type": "GuardDuty Finding", "severity": 8}, id="envelope-without-detail"),
        pytest.param({"id": "x", "region": "eu-west-1", "account": "1"}, id="nothing-of-a-finding"),
    ],
)
def test_what_has_no_other_form_stays_as_it_is(event: Json) -> None:
    assert delivered(event, *HOME) == event


@pytest.mark.parametrize("name", ["type", "severity", "accountId", "Type", "Severity", "AccountId"])
def test_one_member_tells_a_bare_finding(name: str) -> None:
    made: Any = delivered({name: "x"}, *HOME)
    assert made["detail"] == {name[0].lower() + name[1:]: "x"}
