"""The feed of rule changes: from the tables' streams to one message, once, whatever happens on the way."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

import app
from chalicelib.errors import SlackRejected, SlackUnanswered, SlackUnavailable
from chalicelib.functions.announce_rule_change import AnnouncementAnswer
from chalicelib.rule_feed import body
from chalicelib.rule_feed.change import RuleChange
from chalicelib.rules import conditions, sentences
from chalicelib.rules.faults import RuleFault
from statemachine.local import aws_stand_in, local_aws, slack_stand_in
from statemachine.local.guardduty_stand_in import GuardDutyStandIn
from statemachine.local.local_aws import Context, LocalAWS
from statemachine.local.slack_stand_in import SlackStandIn
from tests import slack_limits
from tests.bless_announcements import HOSTILE
from tests.rule_feed.test_stream_records import Item, _base64, image

RULES = [json.loads(path.read_text("utf-8")) for path in sorted(Path("tests/rules").glob("*.json"))]
EVENT = json.loads(Path("tests/events/example.json").read_text("utf-8"))


# ---- what a rule would have hidden ----


# ---- end to end ----


@dataclass
class Feed:
    """A local AWS with streams, a Slack and a GuardDuty, and what the event source mapping would do."""

    aws: LocalAWS
    slack: SlackStandIn
    guardduty: GuardDutyStandIn
    seen: dict[str, int] = field(default_factory=dict)

    def table(self, name: str) -> str:
        return f"guardduty-notifier-{local_aws.STAGE}-{name}"

    def put(self, item: Item, table: str = "suppressions") -> None:
        self.aws.client("dynamodb").put_item(TableName=self.table(table), Item=image(item))

    def delete(self, item: Item, table: str = "suppressions") -> None:
        key = image({name: item[name] for name in conditions.NAMES})
        self.aws.client("dynamodb").delete_item(TableName=self.table(table), Key=key)

    def open_the_channel(self) -> None:
        """Let the time pass for which Slack has closed it."""
        self.aws.client("dynamodb").update_item(
            TableName=self.table("notifications"),
            Key={"finding_id": {"S": "channel##security"}},
            ConditionExpression="attribute_exists(closed_until)",
            UpdateExpression="SET closed_until = :now",
            ExpressionAttributeValues={":now": {"N": str(int(time.time() * 1000))}},
        )

    def batch(self, table: str = "suppressions") -> dict[str, Any]:
        """What is new in the table's stream, as Lambda gets it."""
        # Moto does not know the endpoints that carry the account's id.
        config = Config(account_id_endpoint_mode="disabled")
        streams = boto3.client("dynamodbstreams", region_name=local_aws.REGION, config=config)
        arn = self.aws.client("dynamodb").describe_table(TableName=self.table(table))["Table"][
            "LatestStreamArn"
        ]
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]  # fmt: skip
        records = streams.get_records(ShardIterator=iterator)["Records"]
        new = records[self.seen.get(table, 0) :]
        self.seen[table] = len(records)
        return {"Records": [self._as_lambda_gets_it(each, arn) for each in new]}

    @staticmethod
    def _as_lambda_gets_it(found: Any, arn: str) -> dict[str, Any]:
        at = found["dynamodb"]["ApproximateCreationDateTime"].timestamp()
        data = {**found["dynamodb"], "ApproximateCreationDateTime": at}
        return json.loads(json.dumps({**found, "eventSourceARN": arn, "dynamodb": data}, default=_base64))  # type: ignore[no-any-return]

    def announce(self, batch: dict[str, Any]) -> AnnouncementAnswer:
        context = Context(local_aws.function_arn("announce-rule-change"), deadline_ms=90_000)
        answer: AnnouncementAnswer = app.announce_rule_change(batch, context)
        return answer

    def said(self) -> list[str]:
        """The messages so far, each as its texts."""
        posted = self.slack.messages.get("#security", [])
        return ["\n".join(slack_limits.texts({**each.shown})) for each in posted]


@pytest.fixture
def feed() -> Iterator[Feed]:
    now = datetime.now(UTC)
    detail = EVENT["detail"] | {"updatedAt": (now - timedelta(days=2)).isoformat()}
    detail["service"] = detail["service"] | {"archived": False}
    with SlackStandIn() as slack, GuardDutyStandIn([detail]) as guardduty:
        environment = {
            "SLACK_CHANNEL": "#security",
            "SLACK_API_URL": slack.url,
            "AWS_ENDPOINT_URL_GUARDDUTY": guardduty.url,
        }
        names = {EVENT["detail"]["accountId"]: "payments-prod"}
        with LocalAWS(settings=environment, accounts=names) as aws:
            for name in ("suppressions", "routes"):
                _turn_on_stream(aws.client("dynamodb"), f"guardduty-notifier-{local_aws.STAGE}-{name}")
            yield Feed(aws, slack, guardduty)


def _turn_on_stream(dynamodb: Any, table: str) -> None:
    if "StreamSpecification" not in dynamodb.describe_table(TableName=table)["Table"]:
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        dynamodb.update_table(TableName=table, StreamSpecification=stream)


def rule(**given: Any) -> Item:
    return {"finding_type": EVENT["detail"]["type"], "rule": "r", "reason": "our scanner"} | given


def test_every_kind_of_rule_is_posted_with_its_sentence_and_verdict(feed: Feed) -> None:
    for case in RULES:
        item = json.loads(json.dumps(case["item"]), parse_float=Decimal)
        if not str(item["rule"]).strip():
            continue
        feed.put(item, case["table"])
        assert feed.announce(feed.batch(case["table"]))["status"] == "announced"
        now = datetime.now(UTC)
        change = RuleChange(case["table"], None, item)
        reading = change.read()
        wanted = body.verdict(change, now, "en")
        posted = feed.said()[-1].replace("&lt;", "<").replace("&gt;", ">")
        posted = posted.replace("[.]", ".").replace("hxxp", "http")
        assert wanted in posted
        if not isinstance(reading, RuleFault):
            assert sentences.sentence(reading, "en", end=False)[:60] in posted


def test_a_rules_life_is_posted_step_by_step(feed: Feed) -> None:
    added = rule(account_name="payments-*")
    steps: list[tuple[Item | None, str, str]] = [
        (
            added,
            "Suppression rule added",
            "It would have hidden 1 of the 1 findings in eu-west-1 of the last 7 days",
        ),
        (
            added | {"account_name": "shop-*"},
            "account_name: payments-* → shop-*",
            "It would have hidden none",
        ),
        (
            added | {"acount_name": "x"},
            "acount_name: none → x",
            "Not applied: unknown attribute",
        ),
        (
            added | {"expires_at": "2020-01-01"},
            "⚠ Suppression rule changed: can never match",
            "It expired <!date^1577923199^",
        ),
        (added | {"enabled": False}, "enabled: none → false", "Suppression rule changed: switched off"),
        (None, "Suppression rule deleted", "It was switched off."),
    ]
    for item, what, verdict in steps:
        feed.put(item) if item else feed.delete(added)
        assert feed.announce(feed.batch()) == {"status": "announced", "changes": 1}
        assert what in feed.said()[-1] and verdict in feed.said()[-1]
    assert len(feed.said()) == len(steps)


def test_several_edits_at_once_make_one_message(feed: Feed) -> None:
    for number in range(3):
        feed.put(rule(rule=f"rule {number}"))
    assert feed.announce(feed.batch()) == {"status": "announced", "changes": 3}
    assert len(feed.said()) == 1
    assert all(f"`rule {number}`" in feed.said()[0] for number in range(3))


def test_what_the_machine_counts_is_not_posted(feed: Feed) -> None:
    feed.put(rule())
    feed.announce(feed.batch())
    feed.put(rule(match_count=1, last_matched_at="2026-11-22T00:00:00Z"))
    assert feed.announce(feed.batch()) == {"status": "nothing to announce", "changes": 0}
    assert len(feed.said()) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param(slack_stand_in.SlackFault(status=503), SlackUnavailable, id="down"),
        pytest.param(slack_stand_in.SlackFault(error="channel_not_found"), SlackRejected, id="refused"),
    ],
)
def test_where_slack_clearly_took_nothing_the_batch_is_retried_unmarked(
    feed: Feed, fault: slack_stand_in.SlackFault, error: type[Exception]
) -> None:
    feed.put(rule())
    batch = feed.batch()
    feed.slack.script(fault)
    with pytest.raises(error):
        feed.announce(batch)
    assert feed.announce(batch)["status"] == "announced"
    assert len(feed.said()) == 1
    assert "Possibly repeated" not in feed.said()[0]


def test_a_channel_that_slack_has_closed_is_left_alone_until_it_opens(feed: Feed) -> None:
    feed.put(rule())
    batch = feed.batch()
    feed.slack.script(slack_stand_in.SlackFault(retry_after=3600))
    for _ in range(2):
        with pytest.raises(SlackUnavailable):
            feed.announce(batch)
    assert len(feed.slack.requests) == 1
    assert feed.guardduty.calls["ListFindings"] == 1
    feed.open_the_channel()
    assert feed.announce(batch)["status"] == "announced"
    assert len(feed.said()) == 1
    assert "Possibly repeated" not in feed.said()[0]


def test_where_slack_did_not_answer_the_second_says_so_and_there_is_no_third(feed: Feed) -> None:
    feed.put(rule())
    batch = feed.batch()
    feed.slack.script(slack_stand_in.SlackFault(reset=True, taken=True))
    with pytest.raises(SlackUnanswered):
        feed.announce(batch)
    assert feed.announce(batch)["status"] == "announced"
    assert feed.announce(batch) == {"status": "announced before", "changes": 1}
    assert ["Possibly repeated" in said for said in feed.said()] == [False, True]


def test_the_next_batch_is_not_held_for_a_repetition(feed: Feed) -> None:
    for number in range(2):
        feed.put(rule(rule=f"rule {number}"))
        feed.announce(feed.batch())
    assert len(feed.said()) == 2
    assert not any("Possibly repeated" in said for said in feed.said())


def test_what_slack_refuses_as_blocks_goes_as_text(feed: Feed) -> None:
    feed.put(HOSTILE)
    feed.slack.script(slack_stand_in.SlackFault(error="invalid_blocks"))
    feed.announce(feed.batch())
    (message,) = feed.slack.messages["#security"]
    assert "blocks" not in message.shown
    assert "Suppression rule added" in message.shown["text"]
    assert "<!" not in message.shown["text"]


def test_the_announcement_comes_without_the_past_where_guardduty_can_not_be_asked(feed: Feed) -> None:
    feed.put(rule())
    feed.guardduty.script(aws_stand_in.AwsFault("ListFindings", "AccessDeniedException", 403))
    feed.announce(feed.batch())
    assert (
        "What it would have hidden is not known: An error occurred (AccessDeniedException)" in feed.said()[0]
    )


def test_a_finding_that_can_not_be_read_does_not_keep_the_announcement_back(feed: Feed) -> None:
    bad = EVENT["detail"] | {"id": "f2", "updatedAt": datetime.now(UTC).isoformat(), "severity": None}
    bad["service"] = {"archived": False, "eventFirstSeen": "x"}
    feed.guardduty.put(bad | {"severity": 5, "type": ""})
    feed.put(rule())
    feed.announce(feed.batch())
    assert "What it would have hidden is not known" in feed.said()[0]


def test_where_time_is_short_it_is_said_that_not_all_was_looked_at(feed: Feed) -> None:
    feed.put(rule())
    context = Context(local_aws.function_arn("announce-rule-change"), deadline_ms=30_000)
    app.announce_rule_change(feed.batch(), context)
    assert "There was no time to look at all of them." in feed.said()[0]


def test_a_feed_that_was_down_says_what_it_missed_and_when(feed: Feed) -> None:
    feed.put(rule())
    batch = feed.batch()
    at = datetime.now(UTC) - timedelta(hours=5)
    batch["Records"][0]["dynamodb"]["ApproximateCreationDateTime"] = at.timestamp()
    feed.announce(batch)
    assert f"Changed <!date^{int(at.timestamp())}^" in feed.said()[0]
    assert "announced late." in feed.said()[0]


def test_without_the_notifications_table_it_is_announced_all_the_same(feed: Feed) -> None:
    feed.put(rule())
    batch = feed.batch()
    feed.aws.client("dynamodb").delete_table(TableName=feed.table("notifications"))
    feed.announce(batch)
    assert "The notifications table could not be reached" in feed.said()[0]


def test_a_changed_token_is_read_anew(feed: Feed) -> None:
    feed.put(rule())
    feed.announce(feed.batch())
    feed.slack.tokens = ["xoxb-new"]
    feed.aws.client("ssm").put_parameter(
        Name=f"/guardduty-notifier/{local_aws.STAGE}/slack",
        Value="xoxb-new",
        Type="SecureString",
        Overwrite=True,
    )
    feed.put(rule(owner="alice"))
    assert feed.announce(feed.batch())["status"] == "announced"
    feed.slack.tokens = ["xoxb-other"]
    feed.put(rule(owner="bob"))
    with pytest.raises(SlackRejected):
        feed.announce(feed.batch())
    assert len(feed.said()) == 2


def test_the_rules_can_not_suppress_or_route_their_own_announcement(feed: Feed) -> None:
    feed.put({"finding_type": "*", "rule": "all", "channel": "#elsewhere"}, "routes")
    feed.announce(feed.batch("routes"))
    feed.put({"finding_type": "*", "rule": "all", "reason": "x", "account_id": "111122223333"})
    feed.announce(feed.batch())
    assert set(feed.slack.messages) == {"#security"}
    assert len(feed.said()) == 2
