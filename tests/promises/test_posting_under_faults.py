"""Whatever Slack, Lambda and DynamoDB do to a post: people see one message of a finding, and it does not cry wolf."""

import pytest

from statemachine.local.slack_methods import DEFAULT_SCOPES, HISTORY_SCOPES
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.machine import Machine, finding, lambda_error, shown
from tests.promises.common import NOON, ONE, Nth, each_call, given, says_repeated, times_seen

READS = (*DEFAULT_SCOPES, *HISTORY_SCOPES)
UNANSWERED = SlackFault(reset=True, taken=True, method="chat.postMessage")


class TestAPostThatSlackDidNotAnswer:
    @pytest.mark.parametrize(
        "then",
        [
            pytest.param(SlackFault(status=503, method="chat.postMessage"), id="503"),
            pytest.param(SlackFault(retry_after=1, method="chat.postMessage"), id="429"),
            pytest.param(SlackFault(error="service_unavailable", method="chat.postMessage"), id="a-word"),
        ],
    )
    def test_is_never_repeated_unmarked_whatever_slack_says_next(
        self, machine: Machine, slack: SlackStandIn, then: SlackFault
    ) -> None:
        slack.script(UNANSWERED, then)
        machine.run(finding(1))
        _, *repetitions = machine.posts(ONE)
        assert all(map(says_repeated, repetitions)), "people can't know that it stands there twice"

    def test_is_never_repeated_unmarked_by_a_newer_update(
        self, machine: Machine, slack: SlackStandIn
    ) -> None:
        slack.script(UNANSWERED)
        machine.start(finding(1))
        slack.script(SlackFault(status=503, method="chat.postMessage"))
        machine.run(finding(1, 5))
        _, *repetitions = machine.posts(ONE)
        assert all(map(says_repeated, repetitions)), "people can't know that it stands there twice"

    @pytest.mark.parametrize("times", [1, 3, 5])
    def test_leaves_one_message_and_it_is_kept_current(self, times: int) -> None:
        with SlackStandIn(scopes=READS) as slack, Machine(slack, at=NOON) as machine:
            slack.script(*[UNANSWERED] * times)
            assert machine.run(finding(1)).end == "Notified"
            machine.run(finding(1, 5, service={"count": 4}))
            assert [times_seen(message) for message in machine.posts(ONE)] == [[4]]
            assert not any(map(says_repeated, machine.posts(ONE)))

    @pytest.mark.parametrize("times", [1, 3, 5])
    def test_is_repeated_with_a_mark_where_history_can_not_be_read(self, times: int) -> None:
        with SlackStandIn() as slack, Machine(slack, at=NOON) as machine:
            slack.script(*[UNANSWERED] * times)
            assert machine.run(finding(1)).end == "Notified"
            first, *others = machine.posts(ONE)
            assert len(others) == times
            assert not says_repeated(first)
            assert all(map(says_repeated, others))


class TestASlackThatAnsweredClearly:
    """Nothing was taken that is not known: no second message, and none that says it may be one."""

    @pytest.mark.parametrize("error", ["Lambda.ServiceException", "Runtime.ExitError"])
    def test_is_not_asked_again_when_lambda_loses_the_answer(
        self, machine: Machine, slack: SlackStandIn, error: str
    ) -> None:
        lost: list[str] = []

        def lose(name: str, _: object) -> None:
            if slack.requests and not lost:
                lost.append(name)
                raise lambda_error(error)

        machine.disturb_answer = lose
        machine.run(finding(1))
        given(bool(lost), "no answer was lost")
        [posted, *_] = slack.requests
        given(posted.status == 200, "Slack's answer was not clear")
        assert len(machine.posts(ONE)) == 1

    def test_and_then_one_hiccup_of_dynamodb_make_no_second_message(
        self, machine: Machine, slack: SlackStandIn
    ) -> None:
        """After four refusals each call of DynamoDB about a finding fails once, each for a finding of its own."""

        def after_the_outage(_: str, arguments: object) -> bool:
            refused = sum(request.status == 503 for request in slack.requests)
            return refused == 4 and f"{number:032x}" in repr(arguments)

        posted = {}
        for number in each_call(machine):
            slack.reset()
            machine.run(finding(number))
            slack.script(SlackFault(status=503, times=4))
            machine.break_dynamodb(Nth(number, after_the_outage), "ProvisionedThroughputExceededException")
            machine.run(finding(number, 5, service={"count": 4}))
            posted[number] = len(machine.posts(f"{number:032x}"))
        assert posted == dict.fromkeys(posted, 1), "messages by the number of the call that failed"

    def test_is_no_reason_to_say_repeated_when_dynamodb_loses_an_answer(
        self, machine: Machine, slack: SlackStandIn
    ) -> None:
        """Each write about a finding is carried out and its answer lost once, each for a finding of its own."""

        def written(operation: str, arguments: object) -> bool:
            return operation in ("put_item", "update_item") and f"{number:032x}" in repr(arguments)

        marked = {}
        for number in each_call(machine):
            machine.break_dynamodb(Nth(number, written), "InternalServerError", taken=True)
            machine.run(finding(number))
            machine.run(finding(number, 5, service={"count": 4}))
            messages = machine.posts(f"{number:032x}")
            marked[number] = [says_repeated(message) for message in messages]
        assert marked == {each: [False] for each in marked}, "messages by the number of the write"

    def test_is_no_reason_to_say_repeated_when_the_token_was_rubbish_meanwhile(
        self, machine: Machine, slack: SlackStandIn
    ) -> None:
        machine.run(finding(2))
        slack.tokens = {"xoxb-good"}
        machine.set_secret("oops, no token")
        failed = machine.run(finding(1))
        given(failed.status == "FAILED", "the rubbish was no trouble")
        machine.set_secret("xoxb-good")
        machine.redrive(failed)
        assert [says_repeated(message) for message in machine.posts(ONE)] == [False]


@pytest.mark.parametrize(
    "refused",
    [
        pytest.param("invalid_blocks", id="its-form"),
        pytest.param("restricted_action_thread_locked", id="the-thread-is-locked"),
    ],
)
def test_news_that_slack_refuses_as_a_reply_reaches_people_all_the_same(
    machine: Machine, slack: SlackStandIn, refused: str
) -> None:
    machine.run(finding(1))
    slack.script(SlackFault(error=refused, when=lambda body: "thread_ts" in body, times=99))
    outcome = machine.run(finding(1, 5, severity=8.5))
    given(any(request.error == refused for request in slack.requests), "no reply was refused")
    assert outcome.status == "SUCCEEDED"
    assert any("rose from High 8.0 to High 8.5" in shown(message) for message in machine.messages())
