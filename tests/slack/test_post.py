"""The one way to post: what helps against which refusal, over real HTTP to a stand-in of Slack on loopback."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from chalicelib.errors import SlackRejected, SlackUnanswered, SlackUnavailable
from chalicelib.slack.api import Gone, Posted, Throttled
from chalicelib.slack.post import UPDATES, Door, Letter
from chalicelib.slack.secret import Secret, Token, Webhook
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn

OLD, NEW = Token("xoxb-old"), Token("xoxb-new")

RICH = {"text": "rich", "blocks": [{"type": "divider"}]}
PLAIN = {"text": "plain"}

UNKNOWN = SlackFault(error="invalid_auth")
FORM = SlackFault(error="invalid_blocks")
CHANNEL = SlackFault(error="channel_not_found")


def elsewhere(refusal: str) -> Letter:
    return Letter("#fallback", {"text": f"elsewhere: {refusal}"}, plain=lambda: PLAIN)


WHOLE = Letter("#security", RICH, plain=lambda: PLAIN, elsewhere=elsewhere)
BARE = Letter("#security", RICH)


@dataclass
class Around:
    """Who owns the secret and who hears of a 429."""

    current: Secret = OLD
    read: int = 0
    closed: list[tuple[str, int]] = field(default_factory=list)

    def read_anew(self) -> Secret:
        self.read += 1
        return self.current

    def on_429(self, channel: str, seconds: int) -> None:
        self.closed.append((channel, seconds))

    def door(self, slack: SlackStandIn) -> Door:
        return Door(slack.url, OLD, self.read_anew, self.on_429)


def tried(slack: SlackStandIn) -> list[tuple[str, str, str]]:
    """Each request: where, the first word of what, and Slack's word for what is wrong."""
    return [(each.channel, each.body["text"].split(":")[0], each.error) for each in slack.requests]


@pytest.mark.parametrize(
    ("letter", "faults", "requests"),
    [
        pytest.param(WHOLE, (), [("#security", "rich", "")], id="taken"),
        pytest.param(
            WHOLE,
            (FORM,),
            [("#security", "rich", "invalid_blocks"), ("#security", "plain", "")],
            id="form-then-plain",
        ),
        pytest.param(
            WHOLE,
            (CHANNEL,),
            [("#security", "rich", "channel_not_found"), ("#fallback", "elsewhere", "")],
            id="channel-then-elsewhere",
        ),
        pytest.param(
            WHOLE,
            (UNKNOWN,),
            [("#security", "rich", "invalid_auth"), ("#security", "rich", "")],
            id="secret-then-new-secret",
        ),
        pytest.param(
            WHOLE,
            (UNKNOWN, FORM, CHANNEL, FORM),
            [
                ("#security", "rich", "invalid_auth"),
                ("#security", "rich", "invalid_blocks"),
                ("#security", "plain", "channel_not_found"),
                ("#fallback", "elsewhere", "invalid_blocks"),
                ("#fallback", "plain", ""),
            ],
            id="all-of-it",
        ),
    ],
)
def test_what_slack_refuses_goes_in_another_way(
    slack: SlackStandIn, letter: Letter, faults: tuple[SlackFault, ...], requests: list[tuple[str, str, str]]
) -> None:
    slack.script(*faults)
    posted = Around(current=NEW).door(slack).post(letter)
    assert isinstance(posted, Posted)
    assert tried(slack) == requests
    assert [message.ts for message in slack.messages[requests[-1][0]]] == [posted.ts]


@pytest.mark.parametrize(
    ("letter", "faults", "error", "requests"),
    [
        pytest.param(WHOLE, (UNKNOWN, UNKNOWN), SlackRejected, 2, id="new-secret-refused-too"),
        pytest.param(WHOLE, (FORM, FORM), SlackRejected, 2, id="plain-refused-too"),
        pytest.param(WHOLE, (CHANNEL, CHANNEL), SlackRejected, 2, id="elsewhere-refused-too"),
        pytest.param(BARE, (FORM,), SlackRejected, 1, id="no-plain"),
        pytest.param(BARE, (CHANNEL,), SlackRejected, 1, id="no-other-channel"),
        pytest.param(
            WHOLE, (SlackFault(error="ekm_access_denied"),), SlackRejected, 1, id="refused-for-good"
        ),
        pytest.param(WHOLE, (SlackFault(status=503),), SlackUnavailable, 1, id="unavailable"),
        pytest.param(WHOLE, (SlackFault(reset=True),), SlackUnanswered, 1, id="unanswered"),
    ],
)
def test_what_nothing_helps_against_is_raised_as_itself_and_no_kind_of_it(
    slack: SlackStandIn, letter: Letter, faults: tuple[SlackFault, ...], error: type[Exception], requests: int
) -> None:
    slack.script(*faults)
    around = Around(current=NEW)
    with pytest.raises(error) as caught:
        around.door(slack).post(letter)
    assert caught.type is error
    assert len(slack.requests) == requests
    assert not slack.messages
    assert around.closed == []


@pytest.mark.parametrize(
    ("accepted", "current", "requests"),
    [
        pytest.param("xoxb-new", NEW, ["invalid_auth", ""], id="changed"),
        pytest.param("xoxb-other", NEW, ["invalid_auth", "invalid_auth"], id="changed-and-unknown-too"),
        pytest.param("xoxb-other", OLD, ["invalid_auth"], id="unchanged"),
    ],
)
def test_a_secret_that_slack_does_not_know_is_read_anew_once(
    slack: SlackStandIn, accepted: str, current: Secret, requests: list[str]
) -> None:
    slack.tokens = {accepted}
    around = Around(current)
    door = around.door(slack)
    if requests[-1]:
        with pytest.raises(SlackRejected, match="invalid_auth"):
            door.post(WHOLE)
    else:
        door.post(WHOLE)
        door.post(WHOLE)
        assert [request.error for request in slack.requests[2:]] == [""], "the door keeps the new one"
    assert [request.error for request in slack.requests[:2]] == requests
    assert around.read == 1


def test_nobody_is_asked_for_a_secret_that_is_as_new_as_can_be(slack: SlackStandIn) -> None:
    slack.tokens = {"xoxb-other"}
    with pytest.raises(SlackRejected, match="invalid_auth"):
        Door(slack.url, OLD).post(WHOLE)
    assert len(slack.requests) == 1


@pytest.mark.parametrize(
    ("faults", "channel"),
    [
        pytest.param((), "#security", id="at-once"),
        pytest.param((FORM,), "#security", id="as-plain-text"),
        pytest.param((UNKNOWN,), "#security", id="with-the-new-secret"),
        pytest.param((CHANNEL,), "#fallback", id="elsewhere"),
    ],
)
def test_the_channel_that_said_429_is_named(
    slack: SlackStandIn, faults: tuple[SlackFault, ...], channel: str
) -> None:
    around = Around(current=NEW)
    slack.script(*faults, SlackFault(retry_after=7))
    assert around.door(slack).post(WHOLE) == Throttled(7)
    assert around.closed == [(channel, 7)]


def test_a_429_is_an_answer_where_nobody_wants_to_hear_of_it(slack: SlackStandIn) -> None:
    slack.script(SlackFault(retry_after=7))
    assert Door(slack.url, OLD).post(WHOLE) == Throttled(7)


Act = Callable[[Door, Letter, str], Posted | Throttled | Gone]


def update(door: Door, letter: Letter, ts: str) -> Posted | Throttled | Gone:
    return door.update(letter, ts)


def reply(door: Door, letter: Letter, ts: str) -> Posted | Throttled | Gone:
    return door.reply(letter, ts, broadcast=False)


@pytest.mark.parametrize("act", [update, reply])
class TestUpdatesAndReplies:
    def there(self, door: Door) -> tuple[Letter, str]:
        """Post a message, and return a letter for its channel's id, and its ts."""
        posted = door.post(WHOLE)
        assert isinstance(posted, Posted)
        return WHOLE._replace(channel=posted.channel), posted.ts

    def test_they_go_the_same_way(self, slack: SlackStandIn, act: Act) -> None:
        door = Around(current=NEW).door(slack)
        letter, ts = self.there(door)
        slack.script(UNKNOWN, FORM)
        assert isinstance(act(door, letter, ts), Posted)
        assert [(text, error) for _, text, error in tried(slack)[1:]] == [
            ("rich", "invalid_auth"),
            ("rich", "invalid_blocks"),
            ("plain", ""),
        ]

    def test_a_429_closes_their_queue(self, slack: SlackStandIn, act: Act) -> None:
        around = Around()
        door = around.door(slack)
        letter, ts = self.there(door)
        slack.script(SlackFault(retry_after=7))
        assert act(door, letter, ts) == Throttled(7)
        queue = UPDATES if act is update else letter.channel
        assert around.closed == [(queue, 7)]

    def test_what_is_gone_is_an_answer(self, slack: SlackStandIn, act: Act) -> None:
        door = Around().door(slack)
        letter, ts = self.there(door)
        slack.script(SlackFault(error="is_archived"))
        assert act(door, letter, ts) == Gone()

    def test_a_webhook_in_the_tokens_place_has_to_wait_for_the_next_try(
        self, slack: SlackStandIn, act: Act
    ) -> None:
        door = Around(current=Webhook(slack.webhook_url)).door(slack)
        letter, ts = self.there(door)
        slack.script(UNKNOWN)
        with pytest.raises(SlackUnavailable, match="changed to a webhook"):
            act(door, letter, ts)
        assert len(slack.requests) == 2
