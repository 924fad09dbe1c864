"""What the Slack stand-in takes and what it does not: its terms, the scopes of an app, the methods that only read."""

from collections.abc import Collection, Mapping
from typing import TypedDict

DEFAULT_SCOPES = (
    *("chat:write", "chat:write.public", "channels:read", "groups:read"),
    *("reactions:read", "users:read"),
)
"""What docs/deploying.md asks for in any case."""
HISTORY_SCOPES = ("channels:history", "groups:history")
"""What lets an app read a public channel, and a private one."""
READING = frozenset(
    {
        *("conversations.info", "conversations.history", "conversations.replies", "users.conversations"),
        *("reactions.get", "usergroups.users.list", "users.info"),
    }
)
"""Methods that take a form only."""
MOST_PER_MINUTE = {"usergroups.users.list": 20}
"""Tier 2 of https://docs.slack.dev/apis/web-api/rate-limits: less than `reads_per_minute` may allow."""


class Terms(TypedDict, total=False):
    """What Slack takes and what it does not.

    `tokens` and `webhooks` (paths) are those that it accepts; None accepts any bot token and any /services/….
    `unknown` and `archived` are channels, as `#name` or id; every other channel exists.
    `rate` messages a second, `burst` at once, are what it takes in one channel; None takes all.
    `channels` are there before anybody posts to them.
    `scopes` are those of the app, which is in every channel but those of `not_member`.
    `reads_per_minute` is how often each method that reads messages or people is answered; None answers always.
    `groups` are the user groups, as id and ids of their users; None is a workspace without a paid plan.
    `bots` are ids of users that are none; every other user is one.
    """

    rate: float | None
    burst: int
    tokens: Collection[str] | None
    webhooks: Collection[str] | None
    webhook_channel: str
    unknown: Collection[str]
    archived: Collection[str]
    channels: Collection[str]
    scopes: Collection[str]
    not_member: Collection[str]
    reads_per_minute: int | None
    groups: Mapping[str, Collection[str]] | None
    bots: Collection[str]
