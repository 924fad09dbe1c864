"""A workspace of the Slack stand-in: its channels, and the messages that people see there."""

import math
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any


@dataclass(frozen=True)
class Message:
    """One message that people see."""

    ts: str
    payload: Mapping[str, Any]
    """As it was posted."""
    thread_ts: str = ""
    broadcast: bool = False
    updates: tuple[Mapping[str, Any], ...] = ()
    """What each chat.update said, in order."""
    edited_ts: str = ""
    """When the last of them came."""
    reactions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Who reacted, by the reaction's name."""

    @property
    def shown(self) -> dict[str, Any]:
        """What is to be seen now: an update keeps what it does not mention."""
        now = dict(self.payload)
        for update in self.updates:
            now |= update
        return now


@dataclass
class Allowance:
    """How many calls are taken (a token bucket)."""

    _left: float | None = None
    _counted_at: float = 0.0

    def seconds_to_wait(self, rate: float, burst: int) -> int:
        """Take one, or say how long until there is one."""
        now = time.monotonic()
        had = burst if self._left is None else self._left
        left = min(burst, had + (now - self._counted_at) * rate)
        self._counted_at = now
        self._left = left - 1 if left >= 1 else left
        return 0 if left >= 1 else max(1, math.ceil((1 - left) / rate))


@dataclass
class Channel:
    """One channel and its allowance of messages."""

    key: str
    """`#name`, or the id where nobody has named it."""
    id: str
    messages: dict[str, Message] = field(default_factory=dict)
    """By their ts, in order of posting."""
    allowance: Allowance = field(default_factory=Allowance)


class Workspace:
    """The channels: those that are there, and others, which come into being when they are first posted to."""

    def __init__(self, channels: Collection[str] = ()) -> None:
        self._count = 0
        self._channels: dict[str, Channel] = {}
        self._there = channels
        self.clear()

    @property
    def messages(self) -> dict[str, list[Message]]:
        """Every message by its channel's key, in order of posting."""
        return {
            channel.key: list(channel.messages.values())
            for channel in self._channels.values()
            if channel.messages
        }

    def channels(self) -> list[Channel]:
        """Every channel."""
        return list(self._channels.values())

    def known(self, id_: str) -> Channel | None:
        """Find a channel by its id."""
        return self._channels.get(id_)

    def channel(self, name: str) -> Channel:
        """Find a channel by name or id, or make it."""
        key = name if is_id(name) else "#" + name.lstrip("#")
        return self._channels.setdefault(channel_id(name), Channel(key, channel_id(name)))

    def post(self, channel: Channel, payload: Mapping[str, Any], thread: str, *, broadcast: bool) -> Message:
        """Add a message; without its parent Slack silently leaves the thread."""
        self._count += 1
        parent = channel.messages.get(thread)
        thread = (parent.thread_ts or parent.ts) if parent else ""
        ts = f"{int(time.time())}.{self._count:06d}"
        channel.messages[ts] = message = Message(ts, payload, thread, bool(thread) and broadcast)
        return message

    def update(self, channel: Channel, message: Message, content: Mapping[str, Any]) -> Message:
        """Replace what a message shows by what is mentioned."""
        updates = (*message.updates, content)
        updated = replace(message, updates=updates, edited_ts=f"{int(time.time())}.000000")
        channel.messages[message.ts] = updated
        return updated

    def delete(self, message: Message) -> None:
        """Remove a message."""
        for channel in self._channels.values():
            channel.messages.pop(message.ts, None)

    def clear(self) -> None:
        """Forget every message, and the channels that came into being."""
        self._channels.clear()
        for name in self._there:
            self.channel(name)


def is_id(name: object) -> bool:
    """Whether this is a channel's id."""
    return isinstance(name, str) and re.fullmatch(r"[CDG][A-Z0-9]{8,}", name) is not None


def channel_id(name: str) -> str:
    """Name the id of a channel that is given by name or id."""
    return name if is_id(name) else "C" + sha256(name.lstrip("#").encode()).hexdigest()[:10].upper()
