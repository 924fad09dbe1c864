"""Once a week: the rules that would have kept most of what was posted out of Slack, proved on GuardDuty's list."""

import json
from collections.abc import Mapping
from html import unescape
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.client import BaseClient

from chalicelib import settings
from chalicelib.catch_up import posted_lately, quieter_week
from chalicelib.catch_up.posted_lately import NowHiding
from chalicelib.errors import AWSUnavailable
from chalicelib.finding.event import parse
from chalicelib.finding.model import Account
from chalicelib.ledger import watch
from chalicelib.ledger.claim import instant
from chalicelib.rules import suppressions
from statemachine.local.aws_stand_in import AwsFault
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.catch_up.test_daily_proof import make_parameter
from tests.catch_up.test_proof_message import MONDAY
from tests.catch_up.test_replay import HOUR, NOW, World, detail, world
from tests.test_policies import allowed, function_policy

Payload = Mapping[str, Any]


def posted(slack: SlackStandIn) -> list[Payload]:
    return [message.payload for message in slack.messages.get("#security", [])]


def rules(payload: Payload) -> list[dict[str, Any]]:
    """The rules in the message's blocks of code, as a person copies them."""
    texts = (block.get("text", {}).get("text", "") for block in payload["blocks"])
    return [json.loads(unescape(text.split("```")[1])) for text in texts if "```" in text]


def proofs(payload: Payload) -> list[str]:
    texts = (block.get("text", {}).get("text", "") for block in payload["blocks"])
    return [text.split("\n")[0] for text in texts if "```" in text]


def details(number: int, **changed: Any) -> list[dict[str, Any]]:
    """So many findings alike."""
    return [detail(each, **{"severity": 5, **changed}) for each in range(number)]


def monday(here: World) -> dict[str, Any]:
    """The proof of a Monday, where all from severity 1 on is delivered."""
    make_parameter()
    return here.at(MONDAY, proof=True, min_severity=1)


def test_the_rule_that_would_cut_most_follows_the_proof() -> None:
    with SlackStandIn() as slack, world(*details(7), slack=slack.url) as here:
        here.post_all(range(6))
        answer = monday(here)
        proof, offered = posted(slack)
    assert proof["text"].startswith("GuardDuty lists ")
    assert offered["blocks"][0]["text"]["text"] == "Quieter: the rule that would cut most"
    assert proofs(offered) == [
        "*6 of 6 posts, 100 %*, the highest Medium 5.0; would also have hidden 1 other finding."
    ]
    assert answer["quieter"] == "1 offered"
    [rule] = rules(offered)
    assert hidden([rule]) == [False] * 7
    assert hidden([rule | {"reason": "our own scanner"}]) == [True] * 7


def hidden(list_of_rules: list[dict[str, Any]]) -> list[bool]:
    """What the engine does to the seven with a suppression list."""
    found = (parse({"detail": each}) for each in details(7))
    return [suppressions.check(each, Account(), list_of_rules, MONDAY).suppressed for each in found]


def test_on_other_days_nothing_is_offered() -> None:
    with SlackStandIn() as slack, world(*details(6), slack=slack.url) as here:
        here.post_all(range(6))
        make_parameter()
        answer = here.run(proof=True, min_severity=1)
        assert (len(posted(slack)), "quieter" in answer) == (1, False)


def test_where_there_is_nothing_to_offer_nothing_is_posted() -> None:
    with SlackStandIn() as slack, world(*details(6), slack=slack.url) as here:
        here.post_all(range(4))
        assert monday(here)["quieter"] == "nothing to offer"
        assert len(posted(slack)) == 1


def test_no_rule_is_offered_for_what_somebody_is_still_to_answer() -> None:
    with SlackStandIn() as slack, world(*details(6), slack=slack.url) as here:
        here.post_all(range(6))
        here.notify(0, awaits=watch.ANSWER, awaits_since=instant(NOW))
        assert monday(here)["quieter"] == "nothing to offer"
        here.notify(0, awaits=watch.WITHDRAWAL, awaits_since=instant(NOW))
        assert monday(here)["quieter"] == "1 offered"


def test_what_was_hidden_since_or_is_hidden_by_now_is_no_noise() -> None:
    """The rule that was added last week is not offered again."""
    with SlackStandIn() as slack, world(*details(6), slack=slack.url) as here:
        here.post_all(range(6))
        here.put(0, {"notified_update": instant(NOW - 2 * HOUR), "suppressed_update": instant(NOW - HOUR)})
        monday(here)
        offered = posted(slack)[-1]
        assert proofs(offered)[0].startswith("*5 of 5 posts, 100 %*")
        [rule] = rules(offered)
        item = {**rule, "reason": "known", "max_severity": str(rule["max_severity"])}
        boto3.resource("dynamodb").Table(settings.suppressions_table()).put_item(Item=item)
        assert monday(here)["quieter"] == "nothing to offer"


def test_critical_findings_are_not_read() -> None:
    with SlackStandIn() as slack, world(*details(6, severity=9.5), slack=slack.url) as here:
        here.post_all(range(6))
        assert monday(here)["quieter"] == "nothing to offer"


def test_what_is_below_the_severity_of_delivery_is_not_counted() -> None:
    low = [detail(number, severity=3) for number in range(6, 9)]
    with SlackStandIn() as slack, world(*details(6), *low, slack=slack.url) as here:
        here.post_all(range(6))
        make_parameter()
        here.at(MONDAY, proof=True, min_severity=4)
        assert proofs(posted(slack)[-1])[0].endswith("would also have hidden nothing else.")


def test_the_newest_are_read_and_the_message_says_that_it_is_not_all(monkeypatch: pytest.MonkeyPatch) -> None:
    old = [detail(number, ago=48 * HOUR, severity=5) for number in range(50, 60)]
    with SlackStandIn() as slack, world(*details(50), *old, slack=slack.url) as here:
        monkeypatch.setattr(posted_lately, "MOST", 50)
        here.post_all(range(60))
        monday(here)
        offered = posted(slack)[-1]
    assert proofs(offered)[0].startswith("*50 of 50 posts")
    assert "there was no time to read all of them" in offered["blocks"][1]["text"]["text"]


def test_where_guardduty_throttles_what_was_read_is_offered() -> None:
    with SlackStandIn() as slack, world(*details(60), slack=slack.url) as here:
        here.post_all(range(60))
        here.guardduty.script(AwsFault("GetFindings", after=1))
        assert monday(here)["quieter"] == "1 offered"
        assert proofs(posted(slack)[-1])[0].startswith("*50 of 50 posts")


def test_near_the_time_limit_nothing_is_read() -> None:
    with SlackStandIn() as slack, world(*details(6), slack=slack.url) as here:
        here.post_all(range(6))
        here.remaining = 200_000
        assert monday(here)["quieter"] == "the time limit is near"
        assert len(posted(slack)) == 1


def _is_offer(body: Mapping[str, Any]) -> bool:
    return "blocks" in body


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(SlackFault(retry_after=30, when=_is_offer), id="throttled"),
        pytest.param(SlackFault(error="channel_not_found", when=_is_offer), id="no-channel"),
    ],
)
def test_what_slack_refuses_does_not_post_the_proof_again(fault: SlackFault) -> None:
    """Who raises is run again by Lambda, and the proof stands in Slack already."""
    with SlackStandIn(fault) as slack, world(*details(6), slack=slack.url) as here:
        here.post_all(range(6))
        answer = monday(here)
        assert len(posted(slack)) == 1
    assert answer["quieter"].startswith("Slack")


def test_a_list_of_rules_that_is_withheld_does_not_either(monkeypatch: pytest.MonkeyPatch) -> None:
    def withheld(*_: object) -> None:
        raise AWSUnavailable("dynamodb:Scan")

    monkeypatch.setattr(quieter_week, "NowHiding", withheld)
    with SlackStandIn() as slack, world(*details(6), slack=slack.url) as here:
        here.post_all(range(6))
        assert monday(here)["quieter"] == "AWSUnavailable: dynamodb:Scan"
        assert len(posted(slack)) == 1


def test_a_rule_of_account_names_asks_for_the_name() -> None:
    found = parse({"detail": detail(1)})
    rule = {"finding_type": found.type, "rule": "r", "reason": "known", "account_name": "payments"}
    assert NowHiding([rule], lambda _: Account("payments"), NOW).hides(found)
    assert not NowHiding([rule], lambda _: Account("shop"), NOW).hides(found)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param({"enabled": False}, id="off"),
        pytest.param({"acount_id": "1"}, id="faulty"),
        pytest.param({"finding_type": "Recon:EC2/Portscan"}, id="of-another-type"),
        pytest.param({"expires_at": "2026-11-01"}, id="expired"),
    ],
)
def test_a_rule_that_does_not_hold_hides_nothing(rule: dict[str, Any]) -> None:
    found = parse({"detail": detail(1)})
    usual = {"finding_type": found.type, "rule": "r", "reason": "known", "account_id": found.account_id}
    assert NowHiding([usual], lambda _: Account(), NOW).hides(found)
    assert not NowHiding([usual | rule], lambda _: Account(), NOW).hides(found)


def test_no_call_is_made_that_the_function_may_not_make() -> None:
    """Its policy has what the proof needs anyway."""
    made: set[str] = set()
    make_api_call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def recorded(client: Any, operation: str, arguments: Any) -> Any:
        made.add(f"{client.meta.service_model.service_name}:{operation}")
        return make_api_call(client, operation, arguments)

    with SlackStandIn() as slack, world(*details(6), slack=slack.url) as here:
        here.post_all(range(6))
        make_parameter()
        with patch.object(BaseClient, "_make_api_call", recorded):
            answer = here.at(MONDAY, proof=True, min_severity=1)
    assert answer["quieter"] == "1 offered"
    assert made <= allowed(function_policy("replay-findings"))
