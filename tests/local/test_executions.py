"""What is told of an execution on the local AWS."""

import pytest

from chalicelib.errors import SlackRejected
from chalicelib.slack import api, reactions
from statemachine.local.executions import LocalExecution, SlackCall, Step, recorded_slack_calls
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn


def test_a_step_that_did_not_answer() -> None:
    run = LocalExecution(
        "e", True, "FAILED", "X", "why", [Step("A", 1.0, 2, None)], None, [SlackCall("", "m", 1, None)]
    )
    assert run.to_json()["slack"] == [{"method": "m", "body": 1, "status": None}]


class TestSlacksAnswers:
    def test_what_only_reads_is_no_call_of_the_run(self, stand_in: SlackStandIn) -> None:
        token = api.Token("xoxb-1")
        with recorded_slack_calls() as calls:
            posted = api.post(token, stand_in.url, "#security", {"text": "one"})
            assert isinstance(posted, api.Posted)
            reactions.identity(token, stand_in.url)
            reactions.reactions(token, stand_in.url, posted.channel, posted.ts)
        assert [each.method for each in stand_in.requests[1:]] == ["auth.test", "reactions.get"]
        assert [call.method for call in calls] == ["chat.postMessage"]

    def test_which_one_posts_a_message_that_people_may_react_to(self) -> None:
        def is_message(method: str, ok: bool, **body: str) -> bool:
            return SlackCall("", method, body, 200, {"ok": ok}).is_message

        assert is_message("chat.postMessage", True)
        assert not is_message("chat.postMessage", False)
        assert not is_message("chat.postMessage", True, thread_ts="1.0")
        assert not is_message("chat.update", True)
        assert not SlackCall("", "webhook", {}, 200).is_message

    def test_what_slack_took(self, stand_in: SlackStandIn) -> None:
        with recorded_slack_calls() as calls:
            posted = api.post(api.Token("xoxb-1"), stand_in.url, "#security", {"text": "one"})
        assert isinstance(posted, api.Posted), "what is watched is read by the caller, too"
        [call] = calls
        assert (call.method, call.status, call.is_taken) == ("chat.postMessage", 200, True)
        assert call.body == {"text": "one", "channel": "#security"}
        assert (call.answer["channel"], call.answer["ts"]) == (posted.channel, posted.ts)

    def test_what_slack_refused_with_200(self, stand_in: SlackStandIn) -> None:
        stand_in.script(SlackFault(error="is_archived"))
        with recorded_slack_calls() as calls, pytest.raises(SlackRejected):
            api.post(api.Token("xoxb-1"), stand_in.url, "#security", {"text": "one"})
        assert [(call.status, call.answer["error"], call.is_taken) for call in calls] == [
            (200, "is_archived", False)
        ]

    def test_a_webhook(self, stand_in: SlackStandIn) -> None:
        with recorded_slack_calls() as calls:
            api.post(api.Webhook(stand_in.webhook_url), stand_in.url, "#security", {"text": "one"})
        assert [(call.method, call.answer, call.is_taken) for call in calls] == [("webhook", {}, True)]
