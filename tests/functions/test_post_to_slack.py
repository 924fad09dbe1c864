"""A finding's way to Slack, through the real definition on a real interpreter: posted once, kept current."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto.core.exceptions import JsonRESTError
from moto.organizations.models import OrganizationsBackend
from moto.ssm.models import SimpleSystemManagerBackend

from chalicelib.finding.getfindings import identifiers
from chalicelib.finding.model import Finding
from chalicelib.ledger import resources
from chalicelib.ledger.claim import instant
from chalicelib.message.context import MessageContext
from chalicelib.message.render import render
from chalicelib.notify.attempt import CLAIM_MARGIN, LIVES
from statemachine.local.local_aws import STAGE
from statemachine.local.slack_stand_in import Message, SlackFault, SlackStandIn
from tests.machine import Machine, breaking, event, finding, shown, wait_until
from tests.promises.common import NOON

ONE = f"{1:032x}"


@pytest.fixture
def patient(slack: SlackStandIn) -> Iterator[Machine]:
    """A machine in which waits cost nothing, and executions overlap while Slack's answers are on the way."""
    with Machine(slack, at=NOON, slack_takes=0.1) as local:
        yield local


def test_a_finding_is_posted(machine: Machine) -> None:
    outcome = machine.run(finding(1))
    assert outcome.states == [
        "ReadFinding", "Enrich", "LookUpAccount", "LookUpResourceTags", "CheckSuppressionList", "Suppressed?",
        "PostToSlack", "Posted?", "Notified",
    ]  # fmt: skip
    assert len(machine.posts(ONE)) == 1
    assert machine.item(ONE)["notified_update"] == "2026-11-20T10:00:00.000Z"
    assert machine.count("post-to-slack") == 1


def test_the_same_event_twice_is_posted_once(machine: Machine) -> None:
    assert machine.run(finding(1)).end == "Notified"
    assert machine.run(finding(1)).end == "AlreadyNotified"
    assert len(machine.messages()) == 1


def test_two_executions_race_for_one_claim(machine: Machine) -> None:
    ends = sorted(outcome.end for outcome in machine.run_all([finding(1)] * 6))
    assert ends == ["AlreadyNotified"] * 5 + ["Notified"]
    assert len(machine.messages()) == 1


def test_a_recurrence_without_news_updates_the_message_silently(machine: Machine) -> None:
    machine.run(finding(1, service={"count": 3}))
    machine.run(finding(1, 5, service={"count": 4}))
    [message] = machine.messages()
    assert len(message.updates) == 1
    assert "4 times since" in shown(message)


@pytest.mark.parametrize(
    ("change", "sentence", "broadcast"),
    [
        pytest.param({"severity": 8.5}, "Severity rose from High 8.0 to High 8.5", True, id="severity-rises"),
        pytest.param({"service": {"count": 120}}, "Seen 120 times by now", False, id="count-ten-times"),
        pytest.param(
            {"service": {"eventLastSeen": "2026-11-22T09:00:00Z"}},
            "quiet hours",
            False,
            id="back-after-a-day",
        ),
    ],
)
def test_news_is_a_reply(machine: Machine, change: dict[str, object], sentence: str, broadcast: bool) -> None:
    machine.run(finding(1))
    machine.run(finding(1, 5, **change))
    first, reply = machine.messages()
    assert len(first.updates) == 1
    assert (reply.thread_ts, reply.broadcast) == (first.ts, broadcast)
    assert sentence in shown(reply)


def test_a_new_address_and_a_new_resource_are_news(machine: Machine) -> None:
    machine.run(finding(1))
    changed = finding(1, 5)
    changed["detail"]["service"]["action"]["networkConnectionAction"]["remoteIpDetails"]["ipAddressV4"] = (
        "203.0.113.200"
    )
    changed["detail"]["resource"]["instanceDetails"]["instanceId"] = "i-0fedcba9876543210"
    machine.run(changed)
    reply = machine.messages()[1]
    assert "203.0.113.200" in shown(reply)
    assert "i-0fedcba9876543210" in shown(reply)
    machine.run(changed | {"detail": changed["detail"] | {"updatedAt": "2026-11-20T10:06:00.000Z"}})
    assert len(machine.messages()) == 2, "what was said is not said again"


def test_older_news_never_overwrites_newer(machine: Machine) -> None:
    machine.run(finding(1, 10, service={"count": 9}))
    assert machine.run(finding(1, 5, service={"count": 5})).end == "Superseded"
    assert machine.item(ONE)["notified_update"] == "2026-11-20T10:10:00.000Z"
    assert "9 times since" in shown(machine.messages()[0])


def test_a_waiting_execution_is_superseded_by_a_newer_update(patient: Machine, slack: SlackStandIn) -> None:
    slack.script(SlackFault(retry_after=1))
    older = patient.start(finding(1, 5))
    patient.pass_time(seconds=0.5)
    newer = patient.start(finding(1, 10, service={"count": 99}))
    assert patient.item(ONE)["claimed_by"] == newer
    assert patient.wait(older).end == "Superseded"
    assert patient.wait(newer).end == "Notified"
    [message] = patient.messages()
    assert "99 times since" in shown(message)


def test_a_message_that_is_gone_is_replaced(machine: Machine, slack: SlackStandIn) -> None:
    machine.run(finding(1))
    slack.script(SlackFault(error="message_not_found", method="chat.update"))
    machine.run(finding(1, 5))
    first, second = machine.messages()
    assert machine.item(ONE)["ts"] == second.ts != first.ts


def test_an_update_from_the_future_is_posted_and_claims_nothing(machine: Machine) -> None:
    ahead = instant(datetime.now(UTC) + timedelta(days=400))
    assert machine.run(event(id=ONE, updatedAt=ahead)).end == "Notified"
    assert machine.item(ONE) == {}
    assert machine.run(finding(1)).end == "Notified"


def test_a_test_event_touches_nothing_of_the_real_finding(machine: Machine) -> None:
    machine.run(finding(1))
    posted = machine.item(ONE)
    assert machine.run(finding(1) | {"source": "guardduty-notifier.test"}).end == "Notified"
    assert machine.item(ONE) == posted
    assert "TEST" in shown(machine.messages()[1])


def test_with_a_webhook_news_is_a_short_message_and_the_rest_is_silence(slack: SlackStandIn) -> None:
    with Machine(slack, secret=slack.webhook_url) as machine:
        machine.run(finding(1))
        assert machine.run(finding(1, 5)).end == "Notified"
        machine.run(finding(1, 10, severity=8.9))
        first, news = machine.messages("#webhook")
        assert "Severity rose" in shown(news)
        assert len(str(news.payload)) < len(str(first.payload)) / 2


POST = "chat.postMessage"
UNANSWERED = SlackFault(reset=True, taken=True)
LONG_AGO = "2026-01-01T00:00:00.000Z"
CLEAR_REFUSALS = [
    pytest.param(SlackFault(status=503), id="503"),
    pytest.param(SlackFault(retry_after=1), id="429"),
    pytest.param(SlackFault(error="service_unavailable"), id="word"),
]


OF_ATTEMPTS = {"attempt", "attempt_until", "attempted_update", "unanswered"}
"""What an item says of posts that have not ended well."""


def repeated(message: Message) -> bool:
    """Whether a message says that it may be a repetition."""
    return "ossibly repeated" in shown(message)


class TestFailing:
    def test_what_gave_up_comes_back_with_a_redrive(self, machine: Machine, slack: SlackStandIn) -> None:
        slack.script(SlackFault(error="channel_not_found"))
        failed = machine.run(finding(1))
        assert (failed.status, failed.error, failed.end) == ("FAILED", "SlackRejected", "PostToSlack")
        assert "Invite the app to #security or correct SLACK_CHANNEL" in failed.cause
        assert len(slack.requests) == 1
        assert machine.redrive(failed).end == "Notified"
        assert "ossibly repeated" not in shown(machine.messages()[0])
        assert machine.run(finding(1)).end == "AlreadyNotified"

    def test_a_recurrence_meanwhile_makes_the_redrive_superfluous(
        self, machine: Machine, slack: SlackStandIn
    ) -> None:
        slack.script(SlackFault(error="channel_not_found"))
        failed = machine.run(finding(1))
        assert machine.run(finding(1, 5)).end == "Notified"
        assert machine.redrive(failed).end == "Superseded"
        assert len(machine.messages()) == 1

    def test_a_duplicate_of_what_failed_waits_until_its_claim_is_over(
        self, patient: Machine, slack: SlackStandIn
    ) -> None:
        slack.script(SlackFault(error="channel_not_found"))
        failed = patient.run(finding(1))
        assert patient.run(finding(1)).end == "AlreadyNotified", "its owner may be redriven"
        assert not patient.messages()
        patient.pass_time(seconds=CLAIM_MARGIN.total_seconds())
        posted = patient.run(finding(1))
        assert posted.end == "Notified"
        redriven = patient.redrive(failed)
        assert (redriven.end, redriven.output["posted"]["by"]) == ("AlreadyNotified", posted.arn)
        assert len(patient.messages()) == 1

    def test_an_ambiguous_answer_is_posted_again_and_says_so(
        self, machine: Machine, slack: SlackStandIn
    ) -> None:
        slack.script(SlackFault(reset=True, taken=True))
        assert machine.run(finding(1)).end == "Notified"
        first, second = machine.messages()
        assert "ossibly repeated" not in shown(first)
        assert "ossibly repeated" in shown(second)

    @pytest.mark.parametrize("refusal", CLEAR_REFUSALS)
    def test_a_clear_refusal_does_not_undo_an_unanswered_post(
        self, machine: Machine, slack: SlackStandIn, refusal: SlackFault
    ) -> None:
        slack.script(UNANSWERED, replace(refusal, times=2))
        assert machine.run(finding(1)).end == "Notified"
        assert [repeated(message) for message in machine.posts(ONE)] == [False, True]
        assert not OF_ATTEMPTS & machine.item(ONE).keys()

    @pytest.mark.parametrize("refusal", CLEAR_REFUSALS)
    def test_a_clear_refusal_alone_marks_nothing(
        self, machine: Machine, slack: SlackStandIn, refusal: SlackFault
    ) -> None:
        slack.script(replace(refusal, times=2))
        assert machine.run(finding(1)).end == "Notified"
        assert [repeated(message) for message in machine.posts(ONE)] == [False]

    def test_a_post_that_is_refused_for_good_after_an_unanswered_one_is_marked_when_redriven(
        self, machine: Machine, slack: SlackStandIn
    ) -> None:
        slack.script(UNANSWERED, SlackFault(error="channel_not_found", method="chat.postMessage"))
        failed = machine.run(finding(1))
        assert failed.error == "SlackRejected"
        assert machine.redrive(failed).end == "Notified"
        assert [repeated(message) for message in machine.posts(ONE)] == [False, True]

    def test_a_newer_update_is_marked_too_and_waits_for_nobody_who_has_failed(
        self, machine: Machine, slack: SlackStandIn
    ) -> None:
        slack.script(UNANSWERED, SlackFault(error="channel_not_found", method="chat.postMessage"))
        assert machine.run(finding(1)).status == "FAILED"
        newer = machine.run(finding(1, 5))
        assert (newer.end, newer.states.count("PostToSlack")) == ("Notified", 1)
        assert [repeated(message) for message in machine.posts(ONE)] == [False, True]

    def test_news_that_slack_refuses_after_an_unanswered_reply_is_marked(
        self, machine: Machine, slack: SlackStandIn
    ) -> None:
        machine.run(finding(1))
        for fault in (UNANSWERED, SlackFault(status=503)):
            slack.script(replace(fault, when=lambda body: "thread_ts" in body))
        assert machine.run(finding(1, 5, severity=8.5)).end == "Notified"
        assert [repeated(message) for message in machine.messages()] == [False, False, True]

    @pytest.mark.parametrize(
        "refusals",
        [(), (SlackFault(status=503, method=POST),), (SlackFault(retry_after=1, method=POST),)],
    )
    def test_a_newer_update_takes_over_an_unanswered_post(
        self, patient: Machine, slack: SlackStandIn, refusals: tuple[SlackFault, ...]
    ) -> None:
        """The older one hears no answer; before it tries again, the newer one claims, and posts."""
        slack.script(UNANSWERED, *refusals)
        older = patient.start(finding(1))
        patient.pass_time(seconds=0.5)
        newer = patient.wait(patient.start(finding(1, 5)))
        assert newer.end == "Notified"
        assert patient.now - NOON < LIVES, "it waits for no attempt's time to be over"
        assert patient.wait(older).end == "Superseded"
        assert [repeated(message) for message in patient.posts(ONE)] == [False, True]

    @pytest.mark.parametrize(
        "crashed",
        [
            pytest.param(
                {"v": 2, "claimed_until": LONG_AGO, "attempt": "gone", "attempt_until": LONG_AGO}, id="now"
            ),
            pytest.param(
                {"claimed_at": LONG_AGO, "attempted_by": "gone", "attempted_at": LONG_AGO}, id="before"
            ),
        ],
    )
    def test_a_crash_after_the_post_is_known_at_the_next_try(
        self, machine: Machine, crashed: dict[str, Any]
    ) -> None:
        """As an item says it now, and as it said it before attempts had an end."""
        claimed = {"claimed_update": "2026-11-20T10:00:00.000Z", "claimed_by": "x"}
        machine.put("notifications", finding_id=ONE, **claimed, **crashed)
        assert machine.run(finding(1)).end == "Notified"
        assert [repeated(message) for message in machine.posts(ONE)] == [True]
        assert not (OF_ATTEMPTS | {"attempted_by", "attempted_at"}) & machine.item(ONE).keys()

    def test_the_table_is_down_for_good(self, patient: Machine) -> None:
        with patient.dynamodb_down():
            arn = patient.start(finding(1))
            patient.pass_time(minutes=10)
            assert len(patient.messages()) == 1
        outcome = patient.wait(arn)
        assert outcome.states[-3:] == ["RecordNotification", "Posted?", "Notified"]
        [message] = patient.messages()
        assert "may have been posted before" in shown(message)
        assert patient.item(ONE)["notified_update"] == "2026-11-20T10:00:00.000Z"
        assert patient.run(finding(1)).end == "AlreadyNotified"

    @pytest.mark.parametrize(
        ("operation", "word", "state", "says"),
        [
            pytest.param("query", "routes", "RoutesUnreadable", "routes could not be read", id="routes"),
            pytest.param(
                "update_item", ONE, "LedgerUnreadable", "may have been posted before", id="written-to"
            ),
        ],
    )
    def test_what_fails_for_good_is_done_without(
        self, patient: Machine, operation: str, word: str, state: str, says: str
    ) -> None:
        patient.break_dynamodb(
            lambda name, arguments: name == operation and word in repr(arguments),
            "InternalServerError",
            times=10_000,
        )
        arn = patient.start(finding(1))
        patient.pass_time(minutes=10)
        assert state in patient.outcome(arn).states
        [message] = patient.messages()
        assert says in shown(message)


SLACK_FAULTS = {
    "429": SlackFault(retry_after=1),
    "500": SlackFault(status=500),
    "502": SlackFault(status=502),
    "503": SlackFault(status=503),
    "reset before the answer": SlackFault(reset=True),
    "ratelimited": SlackFault(error="ratelimited"),
    "internal_error": SlackFault(error="internal_error"),
    "service_unavailable": SlackFault(error="service_unavailable"),
}


def _posts(finding_id: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda body: finding_id in json.dumps(body)


@pytest.mark.parametrize("times", [1, 3])
def test_whatever_slack_does_the_finding_is_posted_once(
    machine: Machine, slack: SlackStandIn, times: int
) -> None:
    """All faults at once, each on a finding of its own in a channel of its own."""
    events = []
    for number, fault in enumerate(SLACK_FAULTS.values(), 1):
        machine.put(
            "routes",
            finding_type="*",
            rule=f"{number}",
            region=f"eu-test-{number}",
            max_severity=8.9,
            channel=f"#channel-{number}",
        )
        events.append(finding(number, region=f"eu-test-{number}"))
        slack.script(replace(fault, times=times, when=_posts(f"{number:032x}")))
    ends = {outcome.end for outcome in machine.run_all(events)}
    assert ends == {"Notified"}
    posted = {
        name: len(machine.posts(f"{number:032x}", f"#channel-{number}"))
        for number, name in enumerate(SLACK_FAULTS, 1)
    }
    assert posted == dict.fromkeys(SLACK_FAULTS, 1)
    posts = [each for each in slack.requests if each.method == "chat.postMessage"]
    assert len(posts) == len(SLACK_FAULTS) * (times + 1)


def test_slack_is_not_there_for_a_while(machine: Machine, slack: SlackStandIn) -> None:
    slack.stop()
    arn = machine.start(finding(1))
    wait_until(lambda: machine.count("post-to-slack") >= 3)
    slack.start()
    assert machine.wait(arn).end == "Notified"
    assert "ossibly repeated" not in shown(machine.messages()[0])


DYNAMODB_CALLS = [
    # (operation, a word of the call's arguments): each use of DynamoDB on a finding's way
    pytest.param("get_item", "account#", id="account-cache-read"),
    pytest.param("put_item", "account#", id="account-cache-write"),
    pytest.param("query", "suppressions", id="suppression-list"),
    pytest.param("get_item", f"{1:032x}", id="read-before-post"),
    pytest.param("update_item", "expires_at = :expires_at, claimed_update", id="claim"),
    pytest.param("query", "routes", id="routes"),
    pytest.param("update_item", "channel#", id="turn-and-gate"),
    pytest.param("update_item", "attempt_until = :attempt_until", id="attempt"),
    pytest.param("update_item", "notified_by = :notified_by", id="record"),
]


@pytest.mark.parametrize(
    ("error", "times"), [("ProvisionedThroughputExceededException", 1), ("InternalServerError", 3)]
)
@pytest.mark.parametrize(("operation", "word"), DYNAMODB_CALLS)
def test_whatever_dynamodb_does_the_finding_is_posted_once(
    patient: Machine, operation: str, word: str, error: str, times: int
) -> None:
    patient.break_dynamodb(
        lambda name, arguments: name == operation and word in repr(arguments), error, times
    )
    started = [patient.start(finding(1)) for _ in range(2)]
    assert sorted(patient.wait(arn).end for arn in started) == ["AlreadyNotified", "Notified"]
    assert 1 <= patient.broken <= times
    assert [repeated(message) for message in patient.posts(ONE)] == [False]
    assert patient.item(ONE)["notified_update"] == "2026-11-20T10:00:00.000Z"


@pytest.mark.parametrize("times", [1, 3])
def test_the_secret_is_throttled(machine: Machine, times: int) -> None:
    left = iter(range(times))

    def throttle(backend: object, *_: object, **__: object) -> None:
        if next(left, None) is not None:
            raise JsonRESTError("ThrottlingException", "Rate exceeded")

    with breaking(SimpleSystemManagerBackend, "get_parameter", throttle):
        assert machine.run(finding(1)).end == "Notified"
    assert machine.count("post-to-slack") == times + 1
    assert len(machine.messages()) == 1


class TestPace:
    def test_a_burst_costs_two_invocations_at_most_and_no_refusal(self, slack: SlackStandIn) -> None:
        """All start at once, at a Slack that takes five a second and no two at once."""
        slack.rate, slack.burst = 5, 1
        with Machine(slack, at=NOON, slack_takes=0.1, SLACK_MESSAGES_PER_SECOND="5") as machine:
            started = [machine.start(finding(number)) for number in range(1, 21)]
            outcomes = [machine.wait(execution) for execution in started]
            assert machine.count("post-to-slack") <= 2 * 20
        assert {outcome.end for outcome in outcomes} == {"Notified"}
        assert [request.status for request in slack.requests] == [200] * 20

    def test_critical_findings_go_before_those_that_wait_in_turn(self, slack: SlackStandIn) -> None:
        severities = {1: 8.0, 2: 8.0, 3: 8.0, 4: 9.5, 5: 9.5}
        with Machine(slack, at=NOON, SLACK_MESSAGES_PER_SECOND="0.1") as machine:
            started = [
                machine.start(finding(each, severity=severity)) for each, severity in severities.items()
            ]
            for execution in started:
                machine.wait(execution)
            shown = [str(message.payload) for message in machine.messages()]
        posted = [number for text in shown for number in severities if f"{number:032x}" in text]
        assert posted == [1, 4, 5, 2, 3]

    def test_a_429_closes_the_channel_for_everybody(self, slack: SlackStandIn) -> None:
        slack.script(SlackFault(retry_after=3))
        with Machine(slack) as machine:
            first = machine.start(finding(1))
            wait_until(lambda: "closed_until" in machine.item("channel##security"))
            outcomes = machine.run_all([finding(number) for number in range(2, 5)])
            assert {outcome.end for outcome in (machine.wait(first), *outcomes)} == {"Notified"}
            assert len(machine.messages()) == 4
        refused, *taken = slack.requests
        assert [request.status for request in (refused, *taken)] == [429, 200, 200, 200, 200]
        assert min(request.at for request in taken) - refused.at > 2.9


class TestSuppressedAfterwards:
    def rule(self, machine: Machine, **more: str) -> None:
        machine.suppress(finding_type="Backdoor:EC2/*", rule="known", reason="a test", **more)

    def test_the_message_says_so_once_and_again_when_it_comes_back(
        self, machine: Machine, slack: SlackStandIn
    ) -> None:
        machine.run(finding(1))
        self.rule(machine, expires_at="2099-12-31")
        hidden = machine.run(finding(1, 5))
        assert hidden.states[-4:] == ["ShowSuppression", "Posted?", "RecordSuppression", "Suppressed"]
        [message] = machine.messages()
        assert "Suppressed since" in shown(message)
        asked = len(slack.requests)
        assert machine.run(finding(1, 10)).end == "Suppressed"
        assert len(slack.requests) == asked, "the message says so already"
        machine.delete("suppressions", finding_type="Backdoor:EC2/*", rule="known")
        assert machine.run(finding(1, 15)).end == "Notified"
        [message] = machine.messages()
        assert "No longer suppressed" in shown(message)
        assert "Suppressed since" not in shown(message)
        assert machine.run(finding(1, 20)).end == "Notified"
        assert "No longer suppressed" not in shown(machine.messages()[0])

    def test_what_was_never_posted_stays_silent(self, machine: Machine) -> None:
        self.rule(machine)
        assert machine.run(finding(1)).end == "Suppressed"
        assert machine.messages() == []
        assert machine.item(ONE)["suppressed_by"] == "Backdoor:EC2/* known"

    def test_a_message_that_was_deleted_stays_deleted_until_the_rule_is_gone(
        self, machine: Machine, slack: SlackStandIn
    ) -> None:
        machine.run(finding(1))
        self.rule(machine)
        slack.delete(machine.messages()[0])
        for minute in (5, 10):
            outcome = machine.run(finding(1, minute))
            assert (outcome.end, outcome.output["posted"]["how"]) == ("Suppressed", "gone")
        assert machine.messages() == []
        machine.delete("suppressions", finding_type="Backdoor:EC2/*", rule="known")
        for minute in (15, 20):
            assert machine.run(finding(1, minute)).end == "Notified"
        [message] = machine.messages()
        assert len(message.updates) == 1
        assert "uppressed" not in shown(message), "it never said so"

    def test_a_suppressed_finding_does_not_move_to_a_new_channel(
        self, machine: Machine, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        machine.run(finding(1))
        self.rule(machine)
        slack.archived = ("#security",)
        with monkeypatch.context() as stage:
            stage.setenv("SLACK_CHANNEL", "#new")
            outcome = machine.run(finding(1, 5))
            assert (outcome.end, "ShowSuppression" in outcome.states) == ("Suppressed", True)
            assert machine.messages("#new") == []
            machine.delete("suppressions", finding_type="Backdoor:EC2/*", rule="known")
            for minute in (10, 15):
                assert machine.run(finding(1, minute)).end == "Notified"
        [message] = machine.messages("#new")
        assert len(message.updates) == 1
        assert len(machine.messages()) == 1

    def test_slack_refusing_the_update_changes_nothing(self, machine: Machine, slack: SlackStandIn) -> None:
        machine.run(finding(1))
        self.rule(machine)
        slack.script(SlackFault(error="invalid_auth", times=9))
        assert machine.run(finding(1, 5)).end == "Suppressed"


def test_how_long_the_queue_is_is_counted_in_seconds(
    slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Machine(slack, at=NOON, SLACK_MESSAGES_PER_SECOND="0.1") as machine:
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "guardduty-notifier-local-post-to-slack")
        for execution in [machine.start(finding(number)) for number in (1, 2, 3)]:
            machine.wait(execution)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "QueueSeconds" in line]
    assert [line["QueueSeconds"] for line in lines] == [10, 21]
    assert lines[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [
        {"Name": "QueueSeconds", "Unit": "Seconds"}
    ]


@pytest.mark.parametrize(
    ("source", "counted"),
    [pytest.param("aws.guardduty", 1, id="guardduty"), pytest.param("acme.test", 0, id="test")],
)
def test_a_test_waits_like_the_others_and_counts_nowhere(
    slack: SlackStandIn,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    source: str,
    counted: int,
) -> None:
    with Machine(slack, at=NOON, SLACK_MESSAGES_PER_SECOND="0.1") as machine:
        machine.run(finding(1))
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "guardduty-notifier-local-post-to-slack")
        waited = machine.run(finding(2) | {"source": source})
    assert (waited.end, "WaitForSlack" in waited.states) == ("Notified", True)
    assert capsys.readouterr().out.count("CloudWatchMetrics") == counted


class TestCountingWhatIsHidden:
    """A metric for each finding that a rule hides; it names nothing of finding or rule."""

    def printed(self, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
        lines = capsys.readouterr().out.splitlines()
        return [json.loads(line) for line in lines if "CloudWatchMetrics" in line]

    def test_once_although_its_message_waits_for_a_turn(
        self,
        patient: Machine,
        slack: SlackStandIn,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        patient.run(finding(1))
        patient.suppress(finding_type="Backdoor:EC2/*", rule="secret-project", reason="known")
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "guardduty-notifier-local-post-to-slack")
        slack.script(SlackFault(retry_after=30))
        hidden = patient.run(finding(1, 5))
        assert (hidden.end, "WaitForSlack" in hidden.states) == ("Suppressed", True)
        [metric] = self.printed(capsys)
        assert metric["Suppressed"] == 1
        assert not [text for text in ("secret-project", ONE, "Backdoor") if text in json.dumps(metric)]

    @pytest.mark.parametrize(
        ("source", "counted"),
        [pytest.param("aws.guardduty", 1, id="guardduty"), pytest.param("acme.test", 0, id="test")],
    )
    @pytest.mark.parametrize("fails", [False, True], ids=["shown", "not-shown"])
    def test_not_a_test_neither_as_metric_nor_at_the_rule(
        self,
        patient: Machine,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        source: str,
        counted: int,
        fails: bool,
    ) -> None:
        patient.run(finding(1) | {"source": source})
        patient.suppress(finding_type="Backdoor:EC2/*", rule="known", reason="a test")
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "guardduty-notifier-local-post-to-slack")
        monkeypatch.setenv("MESSAGE_LANGUAGE", "xx" if fails else "en")
        hidden = patient.run(finding(1, 5) | {"source": source})
        assert (hidden.end, "Error" in hidden.output["posted"]) == ("Suppressed", fails)
        assert ("RecordSuppression" in hidden.states) is bool(counted)
        [rule] = patient.aws.client("dynamodb").scan(TableName=f"guardduty-notifier-{STAGE}-suppressions")[
            "Items"
        ]
        assert int(rule.get("match_count", {"N": "0"})["N"]) == counted
        assert len(self.printed(capsys)) == (0 if fails else counted)

    def test_not_what_is_posted(
        self, patient: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "guardduty-notifier-local-post-to-slack")
        assert patient.run(finding(1)).end == "Notified"
        assert self.printed(capsys) == []

    def test_not_in_a_local_run(self, patient: Machine, capsys: pytest.CaptureFixture[str]) -> None:
        patient.suppress(finding_type="Backdoor:EC2/*", rule="secret-project", reason="known")
        assert patient.run(finding(1)).end == "Suppressed"
        assert self.printed(capsys) == []


def test_nothing_older_goes_over_a_stamp_with_its_own_content_that_slack_did_not_answer(
    patient: Machine, slack: SlackStandIn
) -> None:
    """Of a message whose content is not known: it may show the hidden update by now."""
    patient.run(finding(1))
    patient.aws.client("dynamodb").update_item(
        TableName=f"guardduty-notifier-{STAGE}-notifications",
        Key={"finding_id": {"S": ONE}},
        UpdateExpression="REMOVE content",
    )
    patient.suppress(finding_type="Backdoor:EC2/*", rule="known", reason="a test")
    slack.script(UNANSWERED, SlackFault(error="is_archived"))
    assert patient.run(finding(1, 10, service={"count": 9})).end == "Suppressed"
    assert patient.item(ONE)["attempted_update"] == "2026-11-20T10:10:00.000Z"
    patient.delete("suppressions", finding_type="Backdoor:EC2/*", rule="known")
    assert patient.run(finding(1, 5)).end == "Superseded"
    [message] = patient.messages()
    assert "9 times since" in shown(message)


@pytest.fixture
def on_resource(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of findings on its resource that each new message was told."""
    told: list[int] = []

    def heard(finding: Finding, context: MessageContext) -> dict[str, Any]:
        told.append(context.on_resource)
        return render(finding, context)

    monkeypatch.setattr("chalicelib.notify.delivery.render", heard)
    return told


def test_the_third_finding_on_a_resource_is_known_as_such(machine: Machine, on_resource: list[int]) -> None:
    for number in (1, 2, 3):
        machine.run(finding(number))
    assert on_resource == [1, 2, 3]


def test_a_test_is_no_finding_on_the_resource_that_it_names(machine: Machine, on_resource: list[int]) -> None:
    for number, source in ((1, "aws.guardduty"), (2, "acme.test"), (3, "aws.guardduty")):
        assert machine.run(finding(number) | {"source": source}).end == "Notified"
    assert on_resource == [1, 0, 2]


def test_of_very_many_findings_on_a_resource_as_many_are_counted(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, on_resource: list[int]
) -> None:
    monkeypatch.setattr(resources, "MOST", 3)
    for number in (1, 2, 3, 4):
        machine.run(finding(number))
    assert on_resource == [1, 2, 3, 3]


def test_a_resource_of_the_same_name_elsewhere_is_another(machine: Machine, on_resource: list[int]) -> None:
    for number, region in ((1, "eu-west-1"), (2, "us-east-1"), (3, "us-east-1")):
        machine.run(finding(number, region=region))
    assert on_resource == [1, 1, 2]


def test_a_count_that_can_not_be_had_costs_the_number_alone(machine: Machine, on_resource: list[int]) -> None:
    machine.break_dynamodb(lambda _, arguments: "resource#" in str(arguments), "InternalServerError")
    assert machine.run(finding(1)).end == "Notified"
    assert on_resource == [0]


class TestWithoutTheAccountsName:
    """What can't be looked up costs the name, never the claim: else a duplicate would be posted twice."""

    def test_refused(self, slack: SlackStandIn) -> None:
        with Machine(slack, accounts={}) as machine:
            assert machine.run(finding(1)).end == "Notified"
            assert machine.run(finding(1)).end == "AlreadyNotified"

    def test_throttled_for_good(self, machine: Machine) -> None:
        def throttle(*_: object, **__: object) -> None:
            raise JsonRESTError("TooManyRequestsException", "Rate exceeded")

        with (
            breaking(OrganizationsBackend, "describe_account", throttle),
            breaking(OrganizationsBackend, "list_accounts", throttle),
        ):
            outcome = machine.run(finding(1))
            assert "AccountUnknown" in outcome.states
            assert outcome.end == "Notified"
            assert machine.run(finding(1)).end == "AlreadyNotified"


# --- executions that began with an older definition ---


def test_an_event_that_was_never_shortened_is_checked_and_posted(machine: Machine) -> None:
    claimed = {"finding_id": ONE, "update": "2026-11-20T10:00:00.000Z", "lease_over": "", "expires_at": "1"}
    state = finding(1, note=["x" * 100] * 2000) | {
        "enrichment": {"account": {"name": "n", "ou_path": "", "claim": claimed}}
    }
    state["verdict"] = machine.invoke("check-suppression-list", state)
    posted = machine.invoke("post-to-slack", {"state": state, "execution": "arn:e", "retry_count": 0})
    assert (posted["status"], "record" in posted, "detail" in posted) == ("posted", False, False)
    assert machine.item(ONE)["notified_update"] == claimed["update"]
    assert len(machine.posts(ONE)) == 1


def test_an_event_of_identifiers_that_nobody_fetched_says_so(machine: Machine) -> None:
    state = identifiers(event("attack-sequence", id=ONE))
    machine.invoke("post-to-slack", {"state": state, "execution": "arn:e", "retry_count": 0})
    assert "only identifiers are shown: this execution did not ask" in shown(machine.posts(ONE)[0]).replace(
        "`", ""
    )
