"""``run --until-handled`` and ``--react``: an event's attention execution is followed to its end.

The functions that look for the answer and show it are stood for here: what is tested is who follows them, and when
that ends.
"""

import io
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import click
import pytest
import requests

from chalicelib import clock
from chalicelib.attention import schedule
from chalicelib.errors import SlackRejected
from chalicelib.ledger.claim import instant
from chalicelib.ledger.watch import Answer, Watch
from chalicelib.message import signs
from statemachine.local import local_aws
from statemachine.local.executions import SlackCall
from statemachine.local.reacting import USER, Reacting, TimedReaction, read_reactions
from statemachine.local.slack_stand_in import SlackStandIn
from statemachine.local.until_handled import Follower, attend, nothing_comes, started_by
from tests.local.test_run import EXAMPLE, LOW, Result, Run, run, written
from tests.machine import wait_until

__all__ = ["run"]

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


# --- when nothing more comes ---


def asked(seconds_ago: float = 100, **more: Any) -> Watch:
    """A Critical that was posted so long ago, and is to be answered within ten seconds: 10, 20 and 40."""
    posted = instant(NOW - timedelta(seconds=seconds_ago))
    made = {"within": 10, "severity": 9.5, "type": "Any", "account": "1", "account_name": "", "region": "r"}
    return Watch(**{"opening": posted, "posted_at": posted, "reminds": True, **made, **more})


BY_US = {"seen_by": (USER,), "shown": f" {USER} "}


@pytest.mark.parametrize(
    ("found", "standing", "is_over"),
    [
        pytest.param(asked(5), set(), False, id="the-first-reminder-comes"),
        pytest.param(asked(45, reminded=2), set(), False, id="the-last-reminder-is-due"),
        pytest.param(asked(45, reminded=3, reminding=3), set(), False, id="it-is-being-posted"),
        pytest.param(asked(45, reminded=3), set(), True, id="after-the-last-reminder"),
        pytest.param(asked(5, reminds=False), set(), True, id="nobody-is-reminded"),
        pytest.param(asked(5, blind="scope"), {"eyes"}, True, id="nobody-can-be-seen"),
        pytest.param(asked(45, reminded=3), {"white_check_mark"}, False, id="handled-and-not-noticed"),
        pytest.param(asked(45, reminded=3), {"eyes"}, False, id="seen-and-not-noticed"),
        pytest.param(asked(45, reminded=3), {"tada"}, True, id="what-is-no-answer"),
        pytest.param(asked(45, **BY_US), {"eyes"}, False, id="seen-and-to-be-reminded-later"),
        pytest.param(asked(170, reminded=3, **BY_US), {"eyes"}, True, id="seen-and-reminded"),
        pytest.param(asked(170, reminded=3, seen_by=(USER,)), {"eyes"}, False, id="seen-and-not-shown"),
        pytest.param(asked(170, reminded=3, **BY_US), set(), False, id="taken-away-and-not-noticed"),
        pytest.param(asked(45, reminded=3, answer=Answer.HANDLED), set(), False, id="it-ends-by-itself"),
    ],
)
def test_nothing_comes(
    monkeypatch: pytest.MonkeyPatch, found: Watch, standing: set[str], is_over: bool
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert nothing_comes(found, standing) is is_over


def test_which_execution_was_started() -> None:
    other = {"taskSucceededEventDetails": {"resource": "updateItem", "output": "{}"}}
    start = {"taskSucceededEventDetails": {"resource": "startExecution", "output": '{"executionArn": "a"}'}}
    assert [started_by(history) for history in ([], [other, {}], [other, start])] == ["", "", "a"]


# --- reactions in time ---


def read(*texts: str) -> list[TimedReaction]:
    command = click.Command("run")
    return read_reactions(click.Context(command), click.Option(["--react"]), texts)


def test_reactions_stand_in_the_order_of_time() -> None:
    assert read("white_check_mark@2m", "-:eyes:@30s", "eyes@10s", "+1@1h") == [
        TimedReaction("eyes", 10),
        TimedReaction("eyes", 30, is_given=False),
        TimedReaction("white_check_mark", 120),
        TimedReaction("+1", 3600),
    ]


def reacting(slack: SlackStandIn, *reactions: TimedReaction, ago: float) -> Reacting:
    """React to a message of the stand-in that was posted so long ago."""
    posted = requests.post(
        f"{slack.url}/chat.postMessage",
        json={"channel": "#security", "text": "any"},
        headers={"Authorization": "Bearer xoxb-1"},
        timeout=60,
    ).json()
    return Reacting(
        slack, reactions, SlackCall("", "chat.postMessage", {}, 200, posted, time.monotonic() - ago)
    )


def test_a_person_reacts_in_time_and_what_has_not_come_does_not_come(stand_in: SlackStandIn) -> None:
    given = TimedReaction("eyes", 1), TimedReaction("tada", 1), TimedReaction("eyes", 3600, is_given=False)
    with reacting(stand_in, *given, ago=100) as somebody:
        wait_until(lambda: len(stand_in.messages["#security"][0].reactions) == 2)
        assert not somebody.is_done
        assert somebody.standing == {"tada"}, "once all have come"
    [message] = stand_in.messages["#security"]
    assert message.reactions == {"eyes": (USER,), "tada": (USER,)}
    assert somebody.is_done


def test_a_reaction_that_is_taken_away(stand_in: SlackStandIn) -> None:
    with reacting(stand_in, TimedReaction("eyes", 1), ago=100) as somebody:
        wait_until(lambda: somebody.is_done)
    [message] = stand_in.messages["#security"]
    channel = next(iter(stand_in._workspace.channels())).id
    stand_in.unreact(channel, message.ts, "eyes", USER)
    with Reacting(
        stand_in,
        [TimedReaction("eyes", 1, is_given=False)],
        SlackCall("", "", {}, 200, {"channel": channel, "ts": message.ts}, time.monotonic() - 100),
    ) as somebody:
        wait_until(lambda: somebody.is_done)
    assert stand_in.messages["#security"][0].reactions == {}


# --- the command ---

Handler = Callable[[Any, Any], Any]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Stand for the functions of attention: each look answers the next of these, or that it is looked again soon.

    What is to be shown or said is a message in the thread.
    """
    script: list[Any] = []
    real = local_aws.handlers

    def handlers() -> dict[str, Handler]:
        functions = real()
        return {
            **functions,
            "post-to-slack": lambda payload, context: (
                _said(payload)
                if "attention" in payload
                else _opened(functions["post-to-slack"](payload, context))
            ),
            "look-for-answer": lambda payload, context: _looked(payload, script),
        }

    monkeypatch.setattr(local_aws, "handlers", handlers)
    return script


def _opened(state: Any) -> Any:
    key = state["claim"]["finding_id"]
    _write(key, asked(0).with_(posted_at=instant(clock.now())))
    attention = {"name": "one", "finding_id": key, "opening": "any"}
    return {**state, "posted": {**state["posted"], "attention": attention}}


def _write(key: str, found: Watch) -> None:
    boto3.client("dynamodb", region_name=local_aws.REGION).update_item(
        TableName=f"guardduty-notifier-{local_aws.STAGE}-notifications",
        Key={"finding_id": {"S": key}},
        UpdateExpression="SET attention = :attention",
        ExpressionAttributeValues={":attention": {"S": found.to_text()}},
    )


def _item(key: str) -> dict[str, str]:
    found = boto3.client("dynamodb", region_name=local_aws.REGION).get_item(
        TableName=f"guardduty-notifier-{local_aws.STAGE}-notifications", Key={"finding_id": {"S": key}}
    )
    return {name: value.get("S", "") for name, value in found["Item"].items()}


def _looked(payload: Any, script: list[Any]) -> Any:
    step: Any = script.pop(0) if script else {"status": "wait", "seconds": 1}
    if isinstance(step, Exception):
        raise step
    if "watch" in step:
        _write(payload["finding_id"], step.pop("watch"))
    item = _item(payload["finding_id"])
    seen = _slack("reactions.get", data={"channel": item["channel"], "timestamp": item["ts"], "full": "true"})
    names = {each["name"] for each in seen["message"].get("reactions", [])}
    return {"status": "handled"} if "white_check_mark" in names else {"why": "", **step}


def _said(payload: Any) -> Any:
    item = _item(payload["attention"]["finding_id"])
    reply = {"channel": item["channel"], "thread_ts": item["ts"], "text": payload["attention"]["act"]}
    _slack("chat.postMessage", json=reply)
    return {"status": "wait", "seconds": 1, "why": ""}


def _slack(method: str, **sent: Any) -> Any:
    headers = {"Authorization": "Bearer xoxb-local-run"}
    return requests.post(
        f"{os.environ['SLACK_API_URL']}/{method}", headers=headers, timeout=60, **sent
    ).json()


def over(seconds: int) -> dict[str, Any]:
    """Say that the last reminder is over, and it is looked again after so many seconds."""
    posted = instant(clock.now() - timedelta(hours=1))
    return {"watch": asked(0, reminded=3, posted_at=posted), "status": "wait", "seconds": seconds}


REMIND = {"status": "remind"}
ONE_LOOK = ["LookForAnswer", "Answered?"]


def test_somebody_handles_it_after_a_reminder(run: Run, looks: list[Any]) -> None:
    looks += [REMIND]
    result = run("--json", "--until-handled", "--react", "white_check_mark@1s", EXAMPLE)
    assert (result.code, result.err) == (0, "")
    [line] = result.lines
    assert list(line)[-1] == "attention"
    assert line["attention"]["status"] == "SUCCEEDED"
    states = line["attention"]["states"]
    assert states[:5] == [*ONE_LOOK, "Remind", "Answered?", "AwaitAnswer"]
    assert states[-1] == "Handled"
    said = [(call["method"], call["body"].get("text")) for call in line["slack"]]
    assert [method for method, _ in said] == ["chat.postMessage"] * 2, "what only reads is not shown"
    assert said[1] == ("chat.postMessage", "remind")
    assert line["states"][-1] == "Notified"


def test_it_stops_waiting_when_nothing_more_comes(run: Run, looks: list[Any], tmp_path: Any) -> None:
    looks += [over(3600)]
    page = tmp_path / "page.html"
    result = run("--until-handled", "--react", "tada@1s", "--preview", str(page), EXAMPLE)
    assert (result.code, result.err) == (0, "")
    assert "\n  Attention " in result.out
    assert (
        result.out.index("LookForAnswer") < result.out.index("AwaitAnswer") < result.out.index("nobody has")
    )
    assert "nobody has answered, and no reminder is left\n  SUCCEEDED" in result.out
    assert '<span class="reaction">🎉 1</span>' in page.read_text("utf-8")


def test_what_is_given_up_is_aborted_and_no_fault(run: Run, looks: list[Any]) -> None:
    looks += [over(3600)]
    result = run("--json", "--until-handled", EXAMPLE, LOW)
    assert result.code == 0
    first, second = result.lines
    assert first["attention"] == {"status": "ABORTED", "states": [*ONE_LOOK, "AwaitAnswer"]}
    assert second["attention"] is None, "nothing was started"


def test_attention_that_fails_is_a_fault(run: Run, looks: list[Any]) -> None:
    looks += [SlackRejected("Slack refused it")]
    result = run("--until-handled", EXAMPLE)
    assert result.code == 1
    assert "attention: FAILED SlackRejected: Slack refused it" in result.out


def test_where_people_may_answer_elsewhere_it_waits_for_them(
    run: Run, looks: list[Any], slack: SlackStandIn
) -> None:
    """The last reminder is over, and somebody answers two seconds later."""
    looks += [over(2), {"status": "handled"}]
    [line] = run("--json", "--until-handled", EXAMPLE, SLACK_API_URL=slack.url).lines
    assert line["attention"]["states"] == [*ONE_LOOK, "AwaitAnswer", *ONE_LOOK, "Handled"]


@pytest.mark.parametrize("environment", ["critical=1s high=1s", ""])
def test_without_it_nobody_is_asked(run: Run, monkeypatch: pytest.MonkeyPatch, environment: str) -> None:
    said: list[str] = []
    entered = local_aws.LocalAWS.__enter__

    def noted(aws: local_aws.LocalAWS) -> local_aws.LocalAWS:
        said.append(aws.settings["ANSWER_WITHIN"])
        return entered(aws)

    monkeypatch.setattr(local_aws.LocalAWS, "__enter__", noted)
    [line] = run("--json", EXAMPLE, ANSWER_WITHIN=environment).lines
    assert (said, line["attention"]) == (["off"], None)
    assert "StartAttention" not in line["states"]


@pytest.mark.parametrize(
    ("options", "settings", "words"),
    [
        pytest.param(["--react", "eyes@5s"], {}, "--react needs --until-handled", id="nobody-waits"),
        *(
            pytest.param(
                ["--until-handled", "--react", wrong], {}, f"--react: {wrong!r} is no reaction", id=wrong
            )
            for wrong in ("eyes", "eyes@", "eyes@soon", "eyes@0s", "@5s", "eyes@31d", "Eyes@5s", "a b@5s")
        ),
        pytest.param(
            ["--until-handled", "--react", "eyes@5s"],
            {"SLACK_TOKEN": "xoxb-1"},
            "--react gives reactions at the run's own stand-in of Slack only",
            id="token",
        ),
        pytest.param(
            ["--until-handled", "--react", "eyes@5s"],
            {"SLACK_API_URL": "http://127.0.0.1:1/api"},
            "--react gives reactions at the run's own stand-in of Slack only",
            id="another-stand-in",
        ),
        pytest.param(
            ["--until-handled"],
            {"ANSWER_WITHIN": "off"},
            "--until-handled: ANSWER_WITHIN is off, so no finding asks for an answer",
            id="off",
        ),
    ],
)
def test_what_cannot_be_is_one_clear_line(
    run: Run, options: list[str], settings: dict[str, str], words: str
) -> None:
    result: Result = run(*options, EXAMPLE, **settings)
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert result.err.startswith(f"error: {words}")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("settings", "spans"),
    [({"ANSWER_WITHIN": "critical=10s"}, "critical=10s"), ({}, "critical=15m high=24h")],
)
def test_a_terminal_says_how_long_nothing_may_come(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], spans: str
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    attend(settings, None, [], is_asked=True)
    assert terminal.getvalue() == f"Waiting for answers (ANSWER_WITHIN: {spans}); Ctrl-C ends it.\n"


def test_who_stops_the_run_stops_what_waits_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day would outlast the test's time limit: that it ends at all is what is tested."""
    answer = {"status": "wait", "seconds": 86_400}
    functions = {**local_aws.handlers(), "look-for-answer": lambda payload, context: answer}
    monkeypatch.setattr(local_aws, "handlers", lambda: functions)
    stopped = threading.Event()
    with local_aws.LocalAWS() as aws:
        started = aws.client("stepfunctions").start_execution(
            stateMachineArn=local_aws.ATTENTION, name="one", input='{"finding_id": "a", "opening": "b"}'
        )
        arn = started["executionArn"]
        output = json.dumps({"executionArn": arn})
        history = [{"taskSucceededEventDetails": {"resource": "startExecution", "output": output}}]
        wait_until(lambda: any("AwaitAnswer" in str(event) for event in aws.history(arn)))
        stopped.set()
        ended = Follower(aws, None).follow(history, [], stopped)
    assert ended
    assert (ended.status, [step.state for step in ended.steps]) == ("ABORTED", [*ONE_LOOK, "AwaitAnswer"])


# --- with the real functions ---

HERE = [
    {
        "finding_type": "*",
        "rule": "all",
        "min_severity": 7,
        "mention": "@here",
        "escalate_mention": "S0123456789",
    }
]


def _handled_once_reminded(slack: SlackStandIn) -> None:
    """Somebody who sees a reminder and takes the finding."""
    wait_until(lambda: any(each.thread_ts for each in slack.messages.get("#security", [])))
    posted, *_ = slack.messages["#security"]
    channel = next(iter(slack._workspace.channels())).id
    slack.react(channel, posted.ts, "white_check_mark", USER)


def test_a_reminder_is_answered_and_the_message_shows_by_whom(
    run: Run, slack: SlackStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the machine's speed: who reacts waits for the reminder, and the run for the reaction."""
    monkeypatch.setattr(schedule, "_FIRST", timedelta(seconds=1))
    routes = written(tmp_path, "routes.json", HERE)
    somebody = threading.Thread(target=_handled_once_reminded, args=[slack], daemon=True)
    somebody.start()
    [line] = run(
        *("--json", "--until-handled", "--routes", routes, EXAMPLE),
        ANSWER_WITHIN="critical=2s high=2s",
        SLACK_API_URL=slack.url,
    ).lines
    somebody.join()
    states = line["attention"]["states"]
    assert line["attention"]["status"] == "SUCCEEDED"
    assert states.index("Remind") < states.index("ShowAnswer")
    assert states[-3:] == ["ShowAnswer", "Answered?", "Handled"]
    asked, *reminders, shown = line["slack"]
    assert "React to this message" in json.dumps(asked["body"])
    assert reminders
    for reminder in reminders:
        assert reminder["body"]["text"].startswith("<!here> ")
        assert reminder["body"]["thread_ts"] == slack.messages["#security"][0].ts
    assert shown["method"] == "chat.update"
    assert "⚪ Handled · High 8.0" in shown["body"]["text"]
    assert f"*Handled* by <@{USER}>" in json.dumps(shown["body"]["blocks"], ensure_ascii=False)
    assert {each["color"] for each in shown["body"]["attachments"]} == {signs.GREY}
