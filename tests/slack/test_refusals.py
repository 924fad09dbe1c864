"""What each of Slack's words means for us."""

import pytest

from chalicelib.errors import SlackRejected, SlackUnanswered, SlackUnavailable
from chalicelib.slack.refusals import GONE, ChannelRefused, MessageRefused, TokenRefused, trouble


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        pytest.param(
            SlackUnavailable,
            "service_unavailable request_timeout team_added_to_org org_login_required message_limit_exceeded",
            id="later",
        ),
        pytest.param(SlackUnanswered, "internal_error fatal_error update_failed rollup_error", id="unclear"),
        pytest.param(
            MessageRefused,
            "invalid_blocks invalid_blocks_format msg_blocks_too_long msg_too_long no_text "
            "too_many_attachments attachment_payload_limit_exceeded invalid_attachments metadata_too_large "
            "invalid_metadata_format invalid_metadata_schema markdown_text_conflict invalid_payload",
            id="message",
        ),
        pytest.param(
            TokenRefused,
            "invalid_auth not_authed account_inactive token_revoked token_expired "
            "no_service no_team invalid_token",
            id="secret",
        ),
        pytest.param(
            SlackRejected,
            "channel_is_archived missing_scope access_denied ekm_access_denied team_access_not_granted"
            " action_prohibited user_not_found a_word_of_next_year",
            id="for-good",
        ),
        pytest.param(
            ChannelRefused,
            "channel_not_found not_in_channel is_archived team_not_found no_permission restricted_action"
            " restricted_action_read_only_channel",
            id="channel",
        ),
    ],
)
def test_every_word_has_its_kind(kind: type[Exception], words: str) -> None:
    assert {word: type(trouble(word, 200, channel="#x")) for word in words.split()} == dict.fromkeys(
        words.split(), kind
    )


@pytest.mark.parametrize(
    ("word", "status", "kind"),
    [
        pytest.param("internal_error", 500, SlackUnanswered, id="word-before-status"),
        pytest.param("service_unavailable", 504, SlackUnavailable, id="word-before-gateway-timeout"),
        pytest.param("channel_not_found", 404, ChannelRefused, id="webhook-without-channel"),
        pytest.param("no_service", 404, TokenRefused, id="webhook-withdrawn"),
        pytest.param("unheard_of", 500, SlackUnavailable, id="new-word-500"),
        pytest.param("unheard_of", 400, MessageRefused, id="new-word-400"),
        pytest.param("unheard_of", 403, TokenRefused, id="new-word-403"),
        pytest.param("", 200, SlackUnanswered, id="unreadable-success"),
        pytest.param("", 302, SlackRejected, id="redirect"),
        pytest.param("", 400, MessageRefused, id="400"),
        pytest.param("", 403, TokenRefused, id="403"),
        pytest.param("", 404, TokenRefused, id="404"),
        pytest.param("", 405, SlackRejected, id="405"),
        pytest.param("", 408, SlackUnavailable, id="408"),
        pytest.param("", 413, MessageRefused, id="413"),
        pytest.param("", 500, SlackUnavailable, id="500"),
        pytest.param("", 502, SlackUnavailable, id="502"),
        pytest.param("", 503, SlackUnavailable, id="503"),
        pytest.param("", 504, SlackUnanswered, id="504"),
    ],
)
def test_status_decides_where_no_known_word_does(word: str, status: int, kind: type[Exception]) -> None:
    assert type(trouble(word, status, channel="#x")) is kind


@pytest.mark.parametrize(
    ("word", "status", "text"),
    [
        pytest.param(
            "channel_not_found",
            200,
            "Slack refused the post: channel_not_found. Invite the app to #security or correct SLACK_CHANNEL",
            id="channel",
        ),
        pytest.param(
            "missing_scope",
            200,
            "Slack refused the post: missing_scope. Give the app the scope chat:write and install it again",
            id="scope",
        ),
        pytest.param(
            "token_revoked",
            200,
            "Slack refused the post: token_revoked. Put a valid bot token or webhook URL into the parameter"
            " that SLACK_SECRET_PARAMETER names",
            id="token",
        ),
        pytest.param(
            "restricted_action_read_only_channel",
            200,
            "Slack refused the post: restricted_action_read_only_channel. A workspace preference forbids it:"
            " let an admin allow the app to post to #security",
            id="restriction",
        ),
        pytest.param(
            "",
            302,
            "Slack refused the post: HTTP 302. That is no answer of Slack's: correct SLACK_API_URL"
            " or the webhook URL",
            id="redirect",
        ),
        pytest.param(
            "a_word_of_next_year",
            200,
            "Slack refused the post: a_word_of_next_year. Look it up at"
            " https://docs.slack.dev/reference/methods/chat.postMessage#errors",
            id="unknown",
        ),
        pytest.param("", 503, "Slack did not take the message: HTTP 503", id="unavailable"),
        pytest.param(
            "internal_error", 200, "Slack said internal_error: it may have taken the message", id="unclear"
        ),
    ],
)
def test_text_says_what_to_do(word: str, status: int, text: str) -> None:
    assert str(trouble(word, status, channel="#security")) == text


def test_the_missing_scope_is_named() -> None:
    assert "scope chat:write.public and" in str(
        trouble("missing_scope", 200, channel="#x", needed="chat:write.public")
    )


def test_a_channel_of_braces_stays_as_it_is() -> None:
    assert "{needed}{0}" in str(trouble("channel_not_found", 200, channel="{needed}{0}"))


@pytest.mark.parametrize("kind", [ChannelRefused, MessageRefused, TokenRefused])
def test_every_refusal_is_one_of_slack(kind: type[Exception]) -> None:
    assert issubclass(kind, SlackRejected)


def test_what_is_gone() -> None:
    assert {"message_not_found", "cant_update_message", "edit_window_closed"} <= GONE
    assert "invalid_auth" not in GONE
