"""What every state behind ReadFinding has: the event as GuardDuty sends it, whole, not too large, and its claim."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

import app
from chalicelib.errors import AWSUnavailable, FindingNotListed, FindingWithheld, InvalidFinding
from chalicelib.finding.event import parse
from chalicelib.finding.getfindings import identifiers
from chalicelib.functions.read_finding import Home, read_by_identifiers, read_finding
from chalicelib.ledger.claim import claim
from statemachine.local.aws_stand_in import AwsFault
from statemachine.local.guardduty_stand_in import GuardDutyStandIn
from statemachine.local.local_aws import Context, LocalAWS, function_arn
from tests.generate import Json
from tests.machine import event

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
HOME = Home("123456789012", "eu-west-1")
SEQUENCE = event("attack-sequence")
SHORT = identifiers(SEQUENCE)
FAILURE = {"Error": "FindingNotListed", "Cause": '{"errorMessage": "GuardDuty lists no finding 1"}'}


@pytest.fixture
def guardduty() -> Iterator[GuardDutyStandIn]:
    with (
        GuardDutyStandIn([SEQUENCE["detail"]]) as stand_in,
        LocalAWS(settings={"AWS_ENDPOINT_URL_GUARDDUTY": stand_in.url}),
    ):
        yield stand_in


@pytest.fixture
def no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.aws.guardduty.client", lambda *_: pytest.fail("AWS is asked"))


@pytest.mark.usefixtures("no_aws")
class TestWhole:
    def test_an_event_is_passed_on_with_its_claim(self) -> None:
        assert read_finding(event(), HOME, NOW) == event() | {"claim": claim(parse(event()), NOW)}

    def test_without_an_update_there_is_no_claim(self) -> None:
        assert read_finding(event(updatedAt="2036-01-01T00:00:00Z"), HOME, NOW)["claim"] is None

    def test_a_bare_finding_comes_from_where_the_function_runs(self) -> None:
        read = read_finding(event()["detail"], HOME, NOW)
        assert (read["account"], read["region"], read["detail"]) == (*HOME, event()["detail"])
        assert read["claim"] == claim(parse(event()), NOW)

    def test_what_is_too_large_is_cut_and_says_so(self) -> None:
        read = read_finding(event(note="x" * 250_000), HOME, NOW)
        assert len(json.dumps(read)) < 110_000
        assert [each["path"] for each in read["left_out"]] == ["detail.note"]

    def test_what_states_add_is_found_out_anew(self) -> None:
        state = event() | {"claim": {"update": "9"}, "posted": {"slot": 1}, "verdict": {"suppressed": True}}
        state |= {"decision": "post", "suggested_rule": {"rule": "r"}}
        assert read_finding(state, HOME, NOW) == read_finding(event(), HOME, NOW)

    @pytest.mark.parametrize(
        ("given", "says"),
        [
            pytest.param({}, "detail is missing", id="empty"),
            pytest.param([event()], "The event is a list", id="list"),
            pytest.param("x", "The event is a string", id="text"),
            pytest.param({"type": "x"}, "detail.severity is missing", id="bare"),
            pytest.param({"Type": "x", "Severity": 5}, "detail.id is missing", id="fetched"),
            pytest.param({"detail": {"Severity": 5}}, "detail.type is missing", id="fetched-in-an-envelope"),
        ],
    )
    def test_what_is_no_finding_is_refused_in_one_sentence(self, given: Json, says: str) -> None:
        with pytest.raises(InvalidFinding) as refused:
            read_finding(given, HOME, NOW)
        assert says in str(refused.value)
        assert str(refused.value).count(".\n") == 0

    @pytest.mark.parametrize("member", ["note", "Type"])
    def test_what_is_nested_too_deep_is_refused(self, member: str) -> None:
        deep: Json = {}
        for _ in range(100_000):
            deep = {"a": [deep]}
        with pytest.raises(InvalidFinding, match="nested deeper"):
            read_finding(event(note=deep) if member == "note" else {"Type": deep}, HOME, NOW)


class TestIdentifiers:
    def test_the_rest_is_fetched_once(self, guardduty: GuardDutyStandIn) -> None:
        read = read_finding(SHORT | {"via": "replay", "source": "a.test"}, HOME, NOW)
        finding = parse(read)
        assert finding.signals == parse(SEQUENCE).signals != ()
        assert (finding.identifiers_only, finding.source, finding.via) == (False, "a.test", "replay")
        assert read["claim"] == claim(finding, NOW)
        assert guardduty.calls["GetFindings"] == 1

    @pytest.mark.parametrize(
        ("code", "status", "error"),
        [
            pytest.param("AccessDeniedException", 403, FindingWithheld, id="refused"),
            pytest.param("BadRequestException", 400, FindingWithheld, id="bad-request"),
            pytest.param("TooManyRequestsException", 429, AWSUnavailable, id="throttled"),
            pytest.param("InternalServerErrorException", 500, AWSUnavailable, id="failed"),
        ],
    )
    def test_a_fetch_that_fails_says_how(
        self, guardduty: GuardDutyStandIn, code: str, status: int, error: type[Exception]
    ) -> None:
        guardduty.script(AwsFault("GetFindings", code, status))
        with pytest.raises(error, match=code if error is FindingWithheld else "guardduty"):
            read_finding(SHORT, HOME, NOW)

    def test_what_is_not_listed(self, guardduty: GuardDutyStandIn) -> None:
        with pytest.raises(FindingNotListed):
            read_finding(SHORT | {"detail": SHORT["detail"] | {"id": "gone"}}, HOME, NOW)  # type: ignore[operator]

    @pytest.mark.usefixtures("no_aws")
    @pytest.mark.parametrize(
        ("failure", "why"),
        [
            pytest.param(FAILURE, "GuardDuty lists no finding 1", id="ours"),
            pytest.param({"Error": "Lambda.Unknown", "Cause": "x"}, "Lambda.Unknown", id="of-lambda"),
            pytest.param({"Error": "X", "Cause": json.dumps({"errorMessage": "y" * 9000})}, "y" * 500, id="long"),
            pytest.param({}, "", id="nothing"),
        ],
    )  # fmt: skip
    def test_without_the_rest_it_says_why(self, failure: dict[str, str], why: str) -> None:
        read = read_by_identifiers(SHORT | {"failure": failure}, failure, HOME, NOW)
        assert read == SHORT | {"claim": claim(parse(SHORT), NOW), "not_fetched": {"why": why}}

    @pytest.mark.usefixtures("no_aws")
    def test_a_whole_event_lacks_nothing(self) -> None:
        """Where it was the function that failed, not the fetch."""
        assert read_by_identifiers(event(), FAILURE, HOME, NOW) == read_finding(event(), HOME, NOW)


def handled(payload: Any) -> Any:
    return app.read_finding(payload, Context(function_arn("read-finding")))


@pytest.mark.usefixtures("no_aws")
def test_the_handler_knows_the_two_states() -> None:
    assert handled(event())["detail"] == event()["detail"]
    assert handled({"event": SHORT, "failure": FAILURE})["not_fetched"]["why"].startswith("GuardDuty lists")
    assert handled(event()["detail"])["region"] == "eu-west-1"


@pytest.mark.usefixtures("no_aws")
@pytest.mark.parametrize("payload", [None, [], "x", 7, {"event": {}}, {"failure": {}}])
def test_the_handler_refuses_anything_else(payload: Any) -> None:
    with pytest.raises(InvalidFinding):
        handled(payload)
