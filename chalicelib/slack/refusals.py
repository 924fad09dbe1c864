"""What Slack's words for its errors mean for us, and what a person can do about them.

The words: https://docs.slack.dev/reference/methods/chat.postMessage#errors, …/chat.update#errors, and for
webhooks https://docs.slack.dev/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks. A bad token or
message answers with HTTP 200 in the Web API, and with a status of its own from a webhook.
"""

from chalicelib.errors import SlackRejected, SlackUnanswered, SlackUnavailable

# What `post` has an answer to. The state machine knows no such names: `post` ends with a plain SlackRejected.


class MessageRefused(SlackRejected):
    """Slack does not take a message of this form: it may take plain text."""


class TokenRefused(SlackRejected):
    """Slack does not know the token or webhook: it may just have been changed."""


class ChannelRefused(SlackRejected):
    """Slack does not let us post in this channel: it may in another one."""


class HistoryRefused(SlackRejected):
    """Slack does not let us read what stands in this channel or thread, or who is in a group."""


Refusal = type[SlackRejected] | type[SlackUnavailable] | type[SlackUnanswered]

TOO_FAST = frozenset({"ratelimited", "rate_limited"})
"""The words that mean HTTP 429."""

GONE = frozenset(
    {
        # The message itself.
        "message_not_found",
        "cant_update_message",
        "edit_window_closed",
        "block_mismatch",
        # Its thread.
        "thread_not_found",
        "invalid_thread_ts",
        "cannot_reply_to_message",
        # Its channel: the settings may name another one by now, and if not, a new post says what is wrong.
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "is_inactive",
    }
)
"""The words that mean, of an update or a reply: this message can't be reached any more."""

_KINDS: dict[str, Refusal] = {
    # Slack did not do it, and will.
    "service_unavailable": SlackUnavailable,
    "request_timeout": SlackUnavailable,
    "team_added_to_org": SlackUnavailable,
    "org_login_required": SlackUnavailable,
    "external_channel_migrating": SlackUnavailable,
    "message_limit_exceeded": SlackUnavailable,
    # "It's possible some aspect of the operation succeeded before the error was raised."
    "internal_error": SlackUnanswered,
    "fatal_error": SlackUnanswered,
    "update_failed": SlackUnanswered,
    "rollup_error": SlackUnanswered,
    # The message's form.
    "invalid_blocks": MessageRefused,
    "invalid_blocks_format": MessageRefused,
    "msg_blocks_too_long": MessageRefused,
    "msg_too_long": MessageRefused,
    "no_text": MessageRefused,
    "invalid_attachments": MessageRefused,
    "too_many_attachments": MessageRefused,
    "attachment_payload_limit_exceeded": MessageRefused,
    "metadata_too_large": MessageRefused,
    "metadata_must_be_sent_from_app": MessageRefused,
    "invalid_metadata_format": MessageRefused,
    "invalid_metadata_schema": MessageRefused,
    "markdown_text_conflict": MessageRefused,
    "invalid_arguments": MessageRefused,
    "invalid_array_arg": MessageRefused,
    "invalid_payload": MessageRefused,  # this and the next: webhooks
    "missing_text_or_fallback_or_attachments": MessageRefused,
    # The channel.
    "channel_not_found": ChannelRefused,
    "not_in_channel": ChannelRefused,
    "is_archived": ChannelRefused,
    "is_inactive": ChannelRefused,
    "team_not_found": ChannelRefused,
    "no_permission": ChannelRefused,
    # The secret.
    "invalid_auth": TokenRefused,
    "not_authed": TokenRefused,
    "account_inactive": TokenRefused,
    "token_revoked": TokenRefused,
    "token_expired": TokenRefused,
    "not_allowed_token_type": TokenRefused,
    "no_service": TokenRefused,  # this and the next: webhooks
    "no_service_id": TokenRefused,
    "no_team": TokenRefused,
    "team_disabled": TokenRefused,
    "invalid_token": TokenRefused,
}

_ADVICE = {
    "channel_not_found": "Invite the app to {channel} or correct SLACK_CHANNEL",
    "not_in_channel": "Invite the app to {channel}, or give it the scope chat:write.public",
    "is_archived": "Unarchive {channel} or correct SLACK_CHANNEL",
    "is_inactive": "Unarchive {channel} or correct SLACK_CHANNEL",
    "channel_is_archived": "Unarchive the webhook's channel, or make a webhook for another one",
    "team_not_found": "Give SLACK_CHANNEL as an id (C…): the token of a whole organisation needs it",
    "missing_scope": "Give the app the scope {needed} and install it again",
    "no_permission": "Invite the app to {channel} and give it the scope chat:write",
    "access_denied": "Let a workspace admin allow the app to post to {channel}",
    "ekm_access_denied": "Workspace admins have suspended posting: ask them to allow it in {channel}",
    "team_access_not_granted": "Let an organisation admin grant the app access to this workspace",
    "accesslimited": "Let a workspace admin allow the app from AWS's network",
    "action_prohibited": "Let a workspace admin allow the webhook to post to its channel",
    "posting_to_general_channel_denied": "Make a webhook for a channel where everybody may post",
    "user_not_found": "Make a new webhook: the user of this one is gone",
    "invalid_auth": "Put a valid bot token into the parameter that SLACK_SECRET_PARAMETER names,"
    " and let the app's allowed addresses include AWS's",
}
_ADVICE_ON_RESTRICTION = "A workspace preference forbids it: let an admin allow the app to post to {channel}"
_ADVICE_BY_KIND: dict[Refusal, str] = {
    MessageRefused: "It does not take a message of this form: report this with the execution's input",
    TokenRefused: "Put a valid bot token or webhook URL into the parameter that SLACK_SECRET_PARAMETER names",
    SlackRejected: "Look it up at https://docs.slack.dev/reference/methods/chat.postMessage#errors",
}
_ADVICE_WITHOUT_WORD = "That is no answer of Slack's: correct SLACK_API_URL or the webhook URL"

_METHODS = "https://docs.slack.dev/reference/methods"
_NEEDED = {
    "reactions.get": "reactions:read",
    "usergroups.users.list": "usergroups:read",
    "users.info": "users:read",
}
"""The scopes of methods that read, where Slack does not name the one it misses; history's of all others."""

_ADVICE_ON_READING = {
    "missing_scope": "Give the app the scope {needed} and install it again",
    "not_in_channel": "Invite the app to {channel}",
    "channel_not_found": "Give the channel by its id (C…), and invite the app where it is private",
    "access_denied": "Let a workspace admin allow the app to read {channel}",
    "no_permission": "Invite the app to {channel} and give it the scope {needed}",
    "thread_not_found": "The message is not there any more",
    "message_not_found": "The message is not there any more",
    "no_such_subteam": "Correct RESPONDERS: it is the id of a user group (S…) of this workspace",
    "plan_upgrade_required": "User groups are of Slack's paid plans: leave RESPONDERS empty",
}


def trouble(word: str, status: int, *, channel: str, needed: str = "") -> Exception:
    """Make the exception for an answer that is neither a success nor "too fast".

    `word` is Slack's word for the error, empty where the answer has none; `needed` the scope that is missing.
    """
    said = word or f"HTTP {status}"
    kind = _kind(word, status)
    if kind is SlackUnavailable:
        return kind(f"Slack did not take the message: {said}")
    if kind is SlackUnanswered:
        return kind(f"Slack said {said}: it may have taken the message")
    advice = _advice(word, kind).format(channel=channel, needed=needed or "chat:write")
    return kind(f"Slack refused the post: {said}. {advice}")


def trouble_with_reading(
    word: str, status: int, *, channel: str, needed: str = "", method: str = "conversations.history"
) -> Exception:
    """Make the exception for an answer to a question (``method``); arguments as of `trouble`.

    `channel` is what was asked about: a channel, a user group. Reading twice does no harm: what may or may not have
    been done is simply asked again.
    """
    said = word or f"HTTP {status}"
    kind = _kind(word, status)
    if kind in (SlackUnavailable, SlackUnanswered):
        return SlackUnavailable(f"Slack did not answer {method}: {said}")
    # Not this sort of token: it may post all the same.
    if kind is TokenRefused and word != "not_allowed_token_type":
        return TokenRefused(f"Slack refused to show {channel}: {said}. {_advice(word, kind)}")
    advice = _ADVICE_ON_READING.get(word, "Look it up at {methods}/{method}#errors")
    needed = needed or _NEEDED.get(method, "channels:history")
    known = advice.format(channel=channel, needed=needed, methods=_METHODS, method=method)
    return HistoryRefused(f"Slack refused to show {channel}: {said}. {known}")


def _kind(word: str, status: int) -> Refusal:
    if word in _KINDS:
        return _KINDS[word]
    if word.startswith("restricted_action"):
        return ChannelRefused
    if word in _ADVICE:
        return SlackRejected
    return _kind_of_status(status, worded=bool(word))


def _kind_of_status(status: int, *, worded: bool) -> Refusal:
    """Judge by the status, where the word is new to us (`worded`) or there is none."""
    if status in (400, 413):
        return MessageRefused
    if status in (401, 403, 404, 410):
        return TokenRefused
    if status == 504 or (
        status < 300 and not worded
    ):  # a gateway gave up waiting; or nobody can read what came
        return SlackUnanswered
    return SlackUnavailable if status >= 500 or status == 408 else SlackRejected


def _advice(word: str, kind: Refusal) -> str:
    if word in _ADVICE:
        return _ADVICE[word]
    if word.startswith("restricted_action"):
        return _ADVICE_ON_RESTRICTION
    return _ADVICE_BY_KIND[kind] if word else _ADVICE_WITHOUT_WORD
