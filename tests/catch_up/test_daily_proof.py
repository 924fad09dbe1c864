"""The daily proof: its words, what is behind its numbers, and that it is never silent."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from chalicelib import settings
from chalicelib.aws import parameter_store
from chalicelib.catch_up import proof_message
from chalicelib.catch_up.proof_message import Day, Review, Week
from chalicelib.errors import AWSUnavailable, SlackRejected, SlackUnavailable
from chalicelib.ledger import notifications, pace
from chalicelib.ledger.claim import instant
from statemachine.local.aws_stand_in import AwsFault
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests import slack_limits
from tests.catch_up.test_replay import HOUR, NOW, World, detail, finding, name, world

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TOKEN = "xoxb-made-up"


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        pytest.param(
            Day(214, 190, 24, 3, 0, 0),
            "GuardDuty lists 214 findings of the last 24 h at severity 7 and above:"
            " posted 190, suppressed 24 (by 3 rules), missing 0.",
            id="usual",
        ),
        pytest.param(
            Day(0, 0, 0, 0, 0, 0),
            "GuardDuty lists 0 findings of the last 24 h at severity 7 and above:"
            " posted 0, suppressed 0, missing 0.",
            id="nothing",
        ),
        pytest.param(
            Day(1_234, 1_231, 1, 1, 1, 0, 1),
            "GuardDuty lists 1,234 findings of the last 24 h at severity 7 and above:"
            " posted 1,231, suppressed 1 (by 1 rule), being posted 1, unreadable 1, missing 0.",
            id="everything",
        ),
        pytest.param(
            Day(1, 1, 0, 0, 0, 0),
            "GuardDuty lists 1 finding of the last 24 h at severity 7 and above:"
            " posted 1, suppressed 0, missing 0.",
            id="one",
        ),
    ],
)
def test_the_days_line(counts: Day, line: str) -> None:
    assert proof_message.day(counts, 24, 7.0, [], "en") == [line]


def test_the_days_line_in_japanese() -> None:
    assert proof_message.day(Day(214, 190, 24, 3, 0, 0), 24, 4.5, [], "ja") == [
        "GuardDuty の過去 24 時間の検出結果 (重大度 4.5 以上) は 214 件です:"
        " 通知済み 190、抑制 24 (ルール 3 件)、未通知 0。"
    ]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_missing_findings_are_named_as_far_as_there_is_room(language: str) -> None:
    missing = [finding(id=f"{number:032x}") for number in range(13)]
    lines = proof_message.day(Day(13, 0, 0, 0, 0, 13), 24, 7, missing, language)
    assert len(lines) == 13
    assert f"{0:032x}" in lines[2]
    assert "3" in lines[-1]
    assert f"{10:032x}" not in "".join(lines)


def test_hostile_names_call_nobody() -> None:
    hostile = finding(id="<!channel> `x`", type="<!here>|x> *b*", accountId="<!everyone>")
    [_, _, line] = proof_message.day(Day(1, 0, 0, 0, 0, 1), 24, 7, [hostile], "en")
    assert "<!" not in line
    rule = rule_item(rule="<!channel>`", expires_at="2026-11-24")
    found = proof_message.review([rule, {**rule, "rule": "<!here>", "max_severity": "<!here>"}], MONDAY)
    said = "\n".join(proof_message.week(Week({}, Counter({"<!here>": 1})), found, "en"))
    assert "<!" not in said


# --- the rules


def rule_item(**changed: Any) -> dict[str, Any]:
    usual = {"finding_type": "Recon:EC2/Portscan", "rule": "scanner", "reason": "known"}
    return usual | {"match_count": 1, "last_matched_at": "2026-11-20T08:00:00.000Z"} | changed


@pytest.mark.parametrize(
    ("changed", "groups"),
    [
        pytest.param({}, set(), id="in-order"),
        pytest.param({"expires_at": "2026-11-29"}, {"expiring"}, id="expires-in-six-days"),
        pytest.param({"expires_at": "2026-11-30T08:00Z"}, {"expiring"}, id="expires-in-seven-days"),
        pytest.param({"expires_at": "2026-11-30T08:01Z"}, set(), id="expires-later"),
        pytest.param({"expires_at": "2026-11-22"}, set(), id="has-expired"),
        pytest.param({"last_matched_at": "2026-08-25T08:00:00Z"}, set(), id="used-90-days-ago"),
        pytest.param({"last_matched_at": "2026-08-25T07:59:00Z"}, {"unused"}, id="unused-for-longer"),
        pytest.param({"last_matched_at": ""}, {"never_matched"}, id="never-matched"),
        pytest.param({"last_matched_at": "by hand"}, set(), id="unreadable-time"),
        pytest.param({"last_matched_at": "2026-08-25"}, set(), id="time-without-zone"),
        pytest.param({"enabled": False, "expires_at": "2026-11-29"}, set(), id="switched-off"),
        pytest.param({"reason": ""}, {"faulty"}, id="faulty"),
        pytest.param({"finding_type": "Recon"}, {"faulty"}, id="matches-no-type"),
        pytest.param({"account_id": "123"}, set(), id="padded-account"),
    ],
)
def test_what_asks_for_attention(changed: dict[str, Any], groups: set[str]) -> None:
    reviewed = proof_message.review([rule_item(**changed)], MONDAY)
    assert {each for each in Review.__dataclass_fields__ if getattr(reviewed, each)} == groups


def test_the_week() -> None:
    items = [
        rule_item(rule="soon", expires_at="2026-11-24"),
        rule_item(rule="old", last_matched_at="2026-01-01T00:00:00Z"),
        rule_item(rule="wrong", acount_id="1"),
        rule_item(rule="new", last_matched_at=""),
    ]
    found = Week({"Critical": 1, "High": 1_200, "Medium": 0}, Counter({"scanner": 40, "soon": 2}))
    assert proof_message.week(found, proof_message.review(items, MONDAY), "en") == [
        "The week: Critical 1, High 1,200.",
        "Rules that hid most: `scanner` 40, `soon` 2.",
        "Rules that expire within 7 days: `soon` `Recon:EC2/Portscan` 2026-11-24.",
        "Rules without a match for 90 days: `old` `Recon:EC2/Portscan`.",
        "Faulty rules, never applied: `wrong` (`unknown attribute acount_id, perhaps account_id`).",
        "Rules that have never matched: `new` `Recon:EC2/Portscan`.",
    ]


def test_a_week_of_nothing_says_so() -> None:
    assert proof_message.week(Week({}, Counter()), Review(), "en") == [
        "The week: no findings.",
        "Rules: none expires within 7 days, is unused for 90 or faulty.",
    ]


def test_a_long_list_is_cut_and_the_message_fits() -> None:
    items = [rule_item(rule=f"{number} " + "<&>" * 500, reason="") for number in range(1_000)]
    items += [rule_item(rule=f"{number} " + "<&>" * 500, expires_at="2026-11-24") for number in range(1_000)]
    missing = [finding(id="<" * 500, type="&" * 500) for _ in range(50)]
    hid = Counter({f"{number} {'>' * 500}": number for number in range(50)})
    lines = proof_message.day(Day(50, 0, 0, 0, 0, 50), 24, 7, missing, "ja")
    lines += proof_message.week(Week({"High": 1}, hid), proof_message.review(items, MONDAY), "ja")
    assert slack_limits.faults(proof_message.payload(lines, "ja")) == []


# --- the function


def make_parameter() -> None:
    parameter_store._kept.clear()
    boto3.client("ssm").put_parameter(
        Name="/guardduty-notifier/dev/slack", Value=TOKEN, Type="SecureString", Overwrite=True
    )


def prove(here: World, now: datetime = NOW, **payload: Any) -> dict[str, Any]:
    make_parameter()
    return here.at(now, proof=True, min_severity=7, **payload)


def said(slack: SlackStandIn) -> list[str]:
    return [str(message.payload["text"]) for message in slack.messages.get("#security", [])]


def test_the_proof_is_posted_and_what_is_missing_is_replayed() -> None:
    details = [detail(number) for number in range(5)]
    with SlackStandIn() as slack, world(*details, slack=slack.url) as here:
        here.notify(0)
        here.put(1, {"suppressed_update": instant(NOW - HOUR), "suppressed_by": "scanner"})
        here.notify(2, ago=2 * HOUR, posted=2 * HOUR)
        arn = here.executions.add("by-the-rule")
        here.put(3, {"claimed_update": instant(NOW - HOUR), "claimed_by": arn})
        answer = prove(here)
        [text] = said(slack)
        assert [each.name for each in here.executions.executions] == ["by-the-rule", name(4)]
    line, _, missing = text.splitlines()
    assert line.endswith("posted 2, suppressed 1 (by 1 rule), being posted 1, missing 1.")
    assert f"{4:032x}" in missing
    assert (answer["started"], answer["missing"]) == (1, 1)


def test_the_proof_is_posted_when_there_is_nothing() -> None:
    with SlackStandIn() as slack, world(slack=slack.url) as here:
        prove(here)
        assert said(slack) == [
            "GuardDuty lists 0 findings of the last 24 h at severity 7 and above:"
            " posted 0, suppressed 0, missing 0."
        ]


def test_what_has_just_come_is_not_missing_yet() -> None:
    with SlackStandIn() as slack, world(detail(1, ago=timedelta(minutes=1)), slack=slack.url) as here:
        prove(here)
        [text] = said(slack)
    assert text.endswith("being posted 1, missing 0.")


def test_on_mondays_the_week_is_posted_too() -> None:
    ages = {1: timedelta(days=4), 2: timedelta(days=5), 3: timedelta(days=6)}
    details = [detail(number, ago=age - timedelta(days=3)) for number, age in ages.items()]
    with SlackStandIn() as slack, world(*details, detail(4, severity=9.5), slack=slack.url) as here:
        here.put(1, {"suppressed_update": instant(NOW), "suppressed_by": "scanner"})
        rule = {"finding_type": {"S": "*"}, "rule": {"S": "too wide"}, "reason": {"S": "none"}}
        here.dynamodb.put_item(TableName=settings.suppressions_table(), Item=rule)
        prove(here, MONDAY)
        [text] = said(slack)
        assert here.guardduty.calls["GetFindings"] <= 1
    assert text.splitlines()[-3:] == [
        "The week: Critical 1, High 3.",
        "Rules that hid most: `scanner` 1.",
        "Faulty rules, never applied: `too wide`"
        " (`finding_type * needs a condition that narrows it (account_id, resource_id, …)`).",
    ]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param(SlackFault(retry_after=30), SlackUnavailable, id="throttled"),
        pytest.param(SlackFault(error="channel_not_found"), SlackRejected, id="no-channel"),
        pytest.param(SlackFault(error="invalid_auth"), SlackRejected, id="no-token"),
    ],
)
def test_a_proof_that_slack_refuses_is_an_error_and_nothing_is_lost(
    fault: SlackFault, error: type[Exception]
) -> None:
    with SlackStandIn(fault) as slack, world(detail(1), slack=slack.url) as here:
        with pytest.raises(error):
            prove(here)
        assert not here.executions.executions
        prove(here)
        [text] = said(slack)
        assert "missing 1." in text
        assert len(here.executions.executions) == 1


def test_a_secret_that_was_just_rotated_is_read_anew() -> None:
    with SlackStandIn(tokens=["xoxb-new"]) as slack, world(slack=slack.url) as here:
        prove_with_old = parameter_store._kept
        make_parameter()
        parameter_store.secret("/guardduty-notifier/dev/slack")
        boto3.client("ssm").put_parameter(
            Name="/guardduty-notifier/dev/slack", Value="xoxb-new", Type="SecureString", Overwrite=True
        )
        assert prove_with_old["/guardduty-notifier/dev/slack"][0] == TOKEN
        here.run(proof=True)
        assert len(said(slack)) == 1


def test_where_slack_wants_no_more_the_channel_is_closed_for_everybody() -> None:
    with SlackStandIn(SlackFault(retry_after=30)) as slack, world(slack=slack.url) as here:
        before = datetime.now(UTC).timestamp() * 1000
        with pytest.raises(SlackUnavailable, match="30 seconds"):
            prove(here)
        assert notifications.clock("#security").closed_until >= before + 29_999


def test_where_the_table_can_not_be_reached_the_proof_alone_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> None:
        raise AWSUnavailable("dynamodb:UpdateItem")

    monkeypatch.setattr(pace, "close", unreachable)
    with (
        SlackStandIn(SlackFault(retry_after=30)) as slack,
        world(slack=slack.url) as here,
        pytest.raises(SlackUnavailable, match="30 seconds"),
    ):
        prove(here)


def test_a_list_that_was_not_read_to_its_end_proves_nothing() -> None:
    with SlackStandIn() as slack, world(detail(1), slack=slack.url) as here:
        here.guardduty.script(AwsFault("GetFindings"))
        with pytest.raises(AWSUnavailable, match="guardduty:GetFindings"):
            prove(here)
        assert said(slack) == []
