"""What a token reads in Slack: who it is, what a channel is, and what stands in a channel or thread.

Of people and their reactions: `chalicelib.slack.reactions`.

https://docs.slack.dev/reference/methods/conversations.history, …/conversations.replies
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from chalicelib.errors import SlackUnanswered, SlackUnavailable
from chalicelib.slack.api import (
    LONGEST_ANSWER,
    SlackAnswer,
    Throttled,
    Token,
    ask,
    needed,
    outcome,
    throttled,
)
from chalicelib.slack.refusals import HistoryRefused, trouble_with_reading

PAGE = 100
"""Messages to ask for at once. Slack advises at most 200, and with more a page would not fit `LONGEST_PAGE`."""
LONGEST_PAGE = 8_000_000
"""Bytes read of a page. A message of ours has up to 9,000 characters in its blocks, up to six bytes each as
Slack writes JSON, and some thousand bytes around them: a page of the longest has 6 MB, a usual one 0.5 MB."""


class HistoryPage(NamedTuple):
    """Some messages of a channel or thread, as Slack gives them."""

    messages: tuple[Mapping[str, Any], ...]
    cursor: str
    """Where to go on; empty at the end."""


def auth_test(token: Token, api_url: str) -> dict[str, Any]:
    """Ask auth.test who the token is: team, user, url, …; and `scopes`. Raises as `api.post` does."""
    return _asked(ask(token, api_url, "auth.test", {}), "the channel")


def conversation(token: Token, api_url: str, channel: str) -> dict[str, Any]:
    """Ask conversations.info about a channel, by id: `channel` has name, is_member, is_archived, ….

    Raises as `api.post` does; SlackRejected (missing_scope) where the app has no channels:read or groups:read.
    """
    return _asked(ask(token, api_url, "conversations.info", {"channel": channel}), channel)


def history(
    token: Token,
    api_url: str,
    channel: str,
    *,
    oldest: str = "",
    latest: str = "",
    cursor: str = "",
    limit: int = PAGE,
) -> HistoryPage | Throttled:
    """Read a channel's messages from `oldest` (a ts, itself included) on, newest first, with no thread's replies.

    Without `oldest` those up to `latest` (itself included), without both the newest.
    `channel` is an id. Slack counts a ts by its own clock. What is not on this page may be on the next one.
    Raises HistoryRefused, TokenRefused, SlackUnavailable: never that it can't be known whether Slack did it.
    """
    span = _span(channel, oldest, cursor, limit) | ({"latest": latest} if latest else {})
    return _page(token, api_url, "conversations.history", channel, span)


def replies(
    token: Token, api_url: str, channel: str, *, ts: str, oldest: str, cursor: str = "", limit: int = PAGE
) -> HistoryPage | Throttled:
    """Read the thread of the message `ts`: that message, then its replies, oldest first. All else as `history`.

    Where the message is gone nothing hangs on it.
    """
    span = {"ts": ts, **_span(channel, oldest, cursor, limit)}
    return _page(token, api_url, "conversations.replies", channel, span)


def own_channels(token: Token, api_url: str) -> dict[str, str] | Throttled:
    """Ask users.conversations for the channels that the app is a member of: their ids by their names, 1,000 at most.

    Where it may not see private ones, the public ones. Raises as `history` does.
    https://docs.slack.dev/reference/methods/users.conversations
    """
    try:
        return _channels(token, api_url, "public_channel,private_channel")
    except HistoryRefused:
        return _channels(token, api_url, "public_channel")


def _channels(token: Token, api_url: str, types: str) -> dict[str, str] | Throttled:
    wanted = {"types": types, "exclude_archived": "true", "limit": "999"}
    answer = question(token, api_url, "users.conversations", wanted, about="", longest=LONGEST_PAGE)
    if isinstance(answer, Throttled):
        return answer
    found = answer.fields.get("channels")
    named = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return {str(each.get("name")): str(each.get("id")) for each in named}


def _span(channel: str, oldest: str, cursor: str, limit: int) -> dict[str, str]:
    since = {"oldest": oldest} if oldest else {}
    span = {"channel": channel, **since, "inclusive": "true", "limit": str(limit)}
    return {**span, "cursor": cursor} if cursor else span


def _page(
    token: Token, api_url: str, method: str, channel: str, arguments: Mapping[str, str]
) -> HistoryPage | Throttled:
    gone = ("thread_not_found",)
    answer = question(token, api_url, method, arguments, about=channel, known=gone, longest=LONGEST_PAGE)
    if isinstance(answer, Throttled):
        return answer
    return _read(answer.fields) if answer.ok else HistoryPage((), "")


def question(
    token: Token,
    api_url: str,
    method: str,
    arguments: Mapping[str, str],
    *,
    about: str,
    known: Collection[str] = (),
    longest: int = LONGEST_ANSWER,
) -> SlackAnswer | Throttled:
    """Ask what `method` shows `about` a channel, or whatever it is: ok, or one of the errors that are `known`.

    Raises as `history` does.
    """
    answer = _heard(token, api_url, method, arguments, longest)
    if isinstance(answer, SlackUnavailable):
        raise answer  # not inside the except block: ours would hold on to the other
    if wait := throttled(answer):
        return wait
    if answer.ok or answer.error in known:
        return answer
    raise trouble_with_reading(
        answer.error, answer.status, channel=about, needed=needed(answer), method=method
    )


def _heard(
    token: Token, api_url: str, method: str, arguments: Mapping[str, str], longest: int
) -> SlackAnswer | SlackUnavailable:
    """Ask; a connection that broke is as good as none, as nothing was to be done."""
    try:
        return ask(token, api_url, method, arguments, longest)
    except (SlackUnanswered, SlackUnavailable) as error:
        broke, _, _ = str(error).partition(":")  # the rest speaks of a message
        return SlackUnavailable(f"Slack did not answer {method}: {broke}")


def _read(fields: Mapping[str, Any]) -> HistoryPage:
    """Read a page. What is no page is no answer: it must not pass for a channel without messages."""
    messages, metadata = fields.get("messages"), fields.get("response_metadata")
    cursor = metadata.get("next_cursor") if isinstance(metadata, dict) else ""
    cursor = cursor if isinstance(cursor, str) else ""
    if not isinstance(messages, list) or (fields.get("has_more") and not cursor):
        raise SlackUnavailable("Slack's answer is no page of messages, or does not say where it goes on")
    return HistoryPage(tuple(each for each in messages if isinstance(each, dict)), cursor)


def _asked(answer: SlackAnswer, channel: str) -> dict[str, Any]:
    came = outcome(answer, channel)
    if isinstance(came, Throttled):
        raise SlackUnavailable(f"Slack is busy: ask again in {came.seconds} seconds")
    return {**answer.fields, "scopes": answer.headers.get("x-oauth-scopes", "")}
