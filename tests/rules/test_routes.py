"""Routes: which channel and mention a finding gets, and which routes are refused."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import settings
from chalicelib.errors import InvalidSettings
from chalicelib.finding.model import Account, Finding, Resource, Tag
from chalicelib.rules import conditions, routes
from chalicelib.rules.conditions import RuleStanding
from chalicelib.rules.faults import RuleFault
from chalicelib.text import durations
from tests.rules.common import a_finding

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def an_item(**given: Any) -> dict[str, Any]:
    return {"finding_type": "*", "rule": "r", "channel": "#security"} | given


def choose(*items: dict[str, Any], finding: Finding | None = None) -> routes.Choice:
    return routes.choose(finding or a_finding(), Account("pay-dev", "Root/Payments"), items, NOW)


def chosen(*items: dict[str, Any], **given: Any) -> tuple[str, str, str | None]:
    choice = choose(*items, finding=a_finding(**given))
    return choice.channel, choice.mention, choice.route.rule if choice.route else None


CRITICAL = an_item(rule="critical", min_severity=9, mention="@channel", priority=1)
PAYMENTS = an_item(rule="payments", ou_path="Root/Payments*", channel="#payments")
DATA = an_item(rule="data", tag="Team=data", channel="C0DATA", priority=Decimal(50), max_severity="8.9")
DATA_BUCKET = Resource("s3_bucket", ("b",), tags=(Tag("Team", "data"),), listed=True)


def test_without_a_route_it_is_the_usual_channel() -> None:
    assert choose().to_json() == {
        "channel": "",
        "mention": "",
        "runbook": "",
        "answer_within": 0,
        "escalate_mention": "",
        "route": None,
        "faulty": [],
        "faulty_left_out": 0,
        "considered": 0,
    }


def test_the_lowest_priority_that_holds_wins() -> None:
    table = (PAYMENTS, DATA, CRITICAL)
    assert chosen(*table, severity=9.0) == ("#security", "<!channel>", "critical")
    assert chosen(*table, severity=8.9) == ("#payments", "", "payments")
    assert chosen(*table, resources=(DATA_BUCKET,)) == ("C0DATA", "", "data")


def test_at_the_same_priority_the_most_specific_wins_then_the_first_by_name() -> None:
    wide, narrow = an_item(rule="a"), an_item(rule="z", finding_type="Recon:*")
    assert chosen(wide, narrow)[2] == "z"
    assert chosen(an_item(rule="b"), wide)[2] == "a"
    assert chosen(narrow, wide | {"priority": Decimal("99.5")})[2] == "a"


@pytest.mark.parametrize(
    ("given", "severity", "held"),
    [
        pytest.param({}, 10.0, True, id="no-highest-severity-unless-said"),
        pytest.param({"min_severity": Decimal("7")}, 7.0, True, id="at-least"),
        pytest.param({"min_severity": "7"}, 6.9, False, id="below"),
        pytest.param({"max_severity": "3.9"}, 3.9, True, id="at-most"),
        pytest.param({"max_severity": "3.9"}, 4.0, False, id="above"),
        pytest.param({"enabled": False}, 5.0, False, id="switched-off"),
        pytest.param({"expires_at": "2026-11-21"}, 5.0, False, id="expired"),
        pytest.param({"account_id": "444455556666"}, 5.0, False, id="another-account"),
        pytest.param({"reason": "on call", "owner": "alice", "ticket": "SEC-1"}, 5.0, True, id="free-text"),
    ],
)
def test_when_a_route_holds(given: dict[str, object], severity: float, held: bool) -> None:
    assert (chosen(an_item(**given), severity=severity)[2] == "r") is held


@pytest.mark.parametrize(
    ("written", "markup"),
    [
        ("@here", "<!here>"),
        (" @channel ", "<!channel>"),
        ("<!here>", "<!here>"),
        ("<!channel|channel>", "<!channel>"),
        ("U012ABCDE", "<@U012ABCDE>"),
        ("@W012ABCDE", "<@W012ABCDE>"),
        ("<@U012ABCDE>", "<@U012ABCDE>"),
        ("<@U012ABCDE|alice>", "<@U012ABCDE>"),
        ("S012ABCDE", "<!subteam^S012ABCDE>"),
        ("@S012ABCDE", "<!subteam^S012ABCDE>"),
        ("<!subteam^S012ABCDE|@sec>", "<!subteam^S012ABCDE>"),
    ],
)
def test_a_mention_becomes_slack_markup(written: str, markup: str) -> None:
    assert chosen(an_item(mention=written)) == ("#security", markup, "r")


@pytest.mark.parametrize("state", [{"sample": True}, {"source": "guardduty-notifier.test"}])
def test_samples_and_tests_call_nobody(state: dict[str, Any]) -> None:
    assert chosen(an_item(mention="@channel"), **state) == ("#security", "", "r")


def test_a_route_may_only_mention() -> None:
    only = {"finding_type": "*", "rule": "r", "mention": "@here"}
    assert chosen(only) == ("", "<!here>", "r")


ADDRESSES = (
    "https://wiki.example.com",
    "https://wiki.example.com:8443/a/b?c=d&e=%E3%81%82#f",
    "https://wiki.example.com/guardduty/{type}",
    "https://wiki.example.com?type={type}",
)
NO_ADDRESSES = (
    "http://wiki.example.com",
    "https://",
    "wiki.example.com",
    "https:///path",
    "https://user:password@wiki.example.com/",
    "https://{type}.example.com/",
    "https://wiki.example.com/{account}",
    "https://wiki.example.com/a page",
    "https://wiki.example.com/a|text",
    "https://wiki.example.com/><!channel>",
    "https://wiki.example.com/`code`",
    "https://wiki.example.com/\\",
    "https://wiki.example.com/\nhttps://evil.example",
    "https://wiki.example.com/対応",
    "https://wiki.example.com/" + "x" * 500,
    "javascript:alert(1)//https://wiki.example.com",
)


@pytest.mark.parametrize("written", ADDRESSES)
def test_a_route_may_only_say_what_to_do(written: str) -> None:
    choice = choose({"finding_type": "*", "rule": "r", "runbook": f" {written} "})
    assert (choice.channel, choice.mention, choice.runbook) == ("", "", written)


@pytest.mark.parametrize("written", ADDRESSES)
def test_the_usual_runbook_has_the_same_form(written: str) -> None:
    assert settings.runbook_url({"RUNBOOK_URL": written}) == written


@pytest.mark.parametrize("written", NO_ADDRESSES)
def test_what_the_usual_runbook_may_not_be(written: str) -> None:
    with pytest.raises(InvalidSettings, match=r"^RUNBOOK_URL must be an https:// address"):
        settings.runbook_url({"RUNBOOK_URL": written})


def test_the_runbook_is_that_of_the_route_that_wins() -> None:
    other = an_item(rule="other", priority=200, runbook="https://wiki.example.com")
    assert choose(an_item(), other).runbook == ""
    assert choose(an_item(), other | {"priority": 1}).runbook == "https://wiki.example.com"


def test_a_misnamed_runbook_is_named() -> None:
    reading = routes.read(an_item(playbook="https://wiki.example.com"))
    assert isinstance(reading, RuleFault)
    assert dict(reading.values) == {"attribute": "playbook", "near": "runbook"}


ANSWERED = {"finding_type": "*", "rule": "r", "answer_within": "15m", "escalate_mention": "S012ABCDE"}


@pytest.mark.parametrize(
    ("without", "within", "escalate"),
    [
        ("", 900, "<!subteam^S012ABCDE>"),
        ("answer_within", 0, "<!subteam^S012ABCDE>"),
        ("escalate_mention", 900, ""),
    ],
)
def test_a_route_may_only_say_who_answers_and_when(without: str, within: int, escalate: str) -> None:
    choice = choose({name: ANSWERED[name] for name in ANSWERED if name != without})
    assert (choice.channel, choice.mention) == ("", "")
    assert (choice.answer_within, choice.escalate_mention) == (within, escalate)
    assert choice.asks
    assert (choice.to_json()["answer_within"], choice.to_json()["escalate_mention"]) == (within, escalate)


@pytest.mark.parametrize(
    ("does", "asks"),
    [
        ({"channel": "#security"}, False),
        ({"runbook": "https://wiki.example.com"}, False),
        ({"mention": "@here"}, True),
    ],
)
def test_who_calls_somebody_asks_for_an_answer(does: dict[str, str], asks: bool) -> None:
    assert choose({"finding_type": "*", "rule": "r"} | does).asks is asks
    assert not choose().asks


@pytest.mark.parametrize("state", [{"sample": True}, {"source": "guardduty-notifier.test"}])
def test_samples_and_tests_escalate_to_nobody(state: dict[str, Any]) -> None:
    choice = choose(ANSWERED, finding=a_finding(**state))
    assert choice.route is not None
    assert (choice.escalate_mention, choice.asks) == ("", False)


def test_who_answers_is_said_by_the_route_that_wins_alone() -> None:
    choice = choose(an_item(), ANSWERED | {"rule": "other", "priority": 200})
    assert (choice.answer_within, choice.escalate_mention, choice.asks) == (0, "", False)


@pytest.mark.parametrize(
    ("misnamed", "meant"),
    [
        ("sla", "answer_within"),
        ("within", "answer_within"),
        ("answer_in", "answer_within"),
        ("ack_within", "answer_within"),
        ("remind_after", "answer_within"),
        ("answer_withn", "answer_within"),
        ("escalate", "escalate_mention"),
        ("escalate_to", "escalate_mention"),
        ("escalation", "escalate_mention"),
        ("escalate_mentions", "escalate_mention"),
    ],
)
def test_a_misnamed_attribute_of_answers_is_named(misnamed: str, meant: str) -> None:
    reading = routes.read(an_item(**{misnamed: "15m"}))
    assert isinstance(reading, RuleFault)
    assert dict(reading.values) == {"attribute": misnamed, "near": meant}


FAULTS: dict[str, list[object]] = {
    "answer_within": ["", " ", None, 15, Decimal(900), "15", "0m", "31d", "off", "1h30m", ["15m"]],
    "escalate_mention": ["", None, "here", "@alice", "@everyone", "U1", ["@here"]],
    "runbook": ["", None, 5, ["https://wiki.example.com"], *NO_ADDRESSES],
    "channel": ["", " ", None, 5, "#", "two words", "<#C012>", "#a,b", "x" * 82, "@alice", ["#a"]],
    "mention": [
        "",
        None,
        "here",
        "@alice",
        "@everyone",
        "alice",
        "<!everyone>",
        "U1",
        "u012abcde",
        "<!here> hi",
        ["@here"],
    ],
    "priority": ["", "first", None, True, Decimal("NaN"), [1]],
    "min_severity": ["high", 11, -1, None],
    "max_severity": ["high", 11, -1, None],
    "reason": [None, 1],
    "match_count": [1],
    "chanel": ["#security"],
    "tag": ["*=data"],
}


@pytest.mark.parametrize(
    ("attribute", "value"),
    [(attribute, value) for attribute, values in FAULTS.items() for value in values],
    ids=lambda value: repr(value)[:30],
)
def test_a_faulty_route_is_named_and_not_followed(attribute: str, value: object) -> None:
    choice = choose(an_item(**{attribute: value}), an_item(rule="other", channel="#other"))
    assert choice.channel == "#other"
    assert [fault.rule for fault in choice.faulty] == ["r"]
    assert attribute in choice.faulty[0].why


@pytest.mark.parametrize(
    ("given", "key"),
    [
        pytest.param({"tag": "Team=data"}, "taken_away", id="by-tag"),
        pytest.param({"account_name": "pay-dev"}, "taken_away", id="by-account-name"),
        pytest.param({"region": "eu-west-1"}, "taken_away", id="by-region"),
        pytest.param({"actor_ip": "198.51.100.7"}, "taken_away", id="by-the-other-side"),
        pytest.param({"country": "NO", "principal": "alice"}, "taken_away", id="by-several"),
        pytest.param({"tag": "Team=data", "max_severity": 8.9}, "", id="up-to-a-severity-of-its-own"),
        pytest.param({"tag": "Team=data", "min_severity": 1}, "taken_away", id="from-a-severity-on"),
        pytest.param({"tag": "Team=data", "account_id": "111122223333"}, "", id="beside-an-account"),
        pytest.param({"ou_path": "Root/Payments/*"}, "", id="by-organisational-unit"),
        pytest.param({"remote_account_id": "444455556666"}, "", id="by-what-aws-says"),
        pytest.param({}, "", id="by-its-type-alone"),
        pytest.param({"tag": "*"}, "", id="by-no-condition"),
    ],
)
def test_account_owners_do_not_choose_what_the_usual_channel_does_not_get(
    given: dict[str, object], key: str
) -> None:
    reading = routes.read(an_item(**given))
    assert (reading.key if isinstance(reading, RuleFault) else "") == key


def test_account_owners_may_choose_who_is_called() -> None:
    mention = {"finding_type": "*", "rule": "r", "mention": "@here", "tag": "Team=data"}
    assert isinstance(routes.read(mention), routes.Route)


def test_a_span_that_can_not_be_read_says_how_it_is_written() -> None:
    reading = routes.read(an_item(answer_within="an hour"))
    assert isinstance(reading, RuleFault)
    assert reading.why == f"answer_within an hour is no time: write it like {durations.EXAMPLES}"


NO_DEED = {"min_severity", "priority"}


def test_a_route_that_does_nothing_is_faulty() -> None:
    reading = routes.read({"finding_type": "*", "rule": "r"})
    assert isinstance(reading, RuleFault)
    assert reading.key == "target"
    assert all(name in reading.why for name in routes.ATTRIBUTES - {*conditions.COMMON} - NO_DEED)


def test_a_route_whose_severities_are_the_wrong_way_round_can_never_match() -> None:
    reading = routes.read(an_item(min_severity=7, max_severity=4))
    standing, why = conditions.standing(reading, NOW)
    assert standing is RuleStanding.NEVER
    assert why is not None
    assert why.why == "min_severity 7 is above max_severity 4"


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text()
VALUES = SCALARS | st.lists(SCALARS, max_size=3)
ITEMS = st.builds(
    lambda item, key: an_item() | item | {"finding_type": key},
    st.dictionaries(st.sampled_from(sorted(routes.ATTRIBUTES)) | st.text(), VALUES, max_size=5),
    st.sampled_from(conditions.keys("Recon:EC2/Portscan")),
)


@given(st.lists(ITEMS, max_size=4), st.floats(0, 10))
def test_no_item_makes_the_choice_fail(items: list[dict[str, Any]], severity: float) -> None:
    choice = choose(*items, finding=a_finding(severity=severity))
    json.dumps(choice.to_json())
    assert choice.considered <= len(items)


@given(st.text("<>!@|^ hercanlsubtmUSW01\n", max_size=20))
def test_a_mention_is_markup_that_we_know_or_nothing(written: str) -> None:
    known = r"|<!here>|<!channel>|<@[UW][A-Z0-9]+>|<!subteam\^S[A-Z0-9]+>"
    assert re.fullmatch(known, routes.mention_markup(written))
