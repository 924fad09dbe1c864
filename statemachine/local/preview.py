"""A page that draws what was posted, as Slack does: ``run --preview FILE.html``, and README's pictures.

It stands alone: no network, no script, and nothing of a message can be more than its text.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import IO, Any

from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup
from rich.emoji import Emoji

from statemachine.local.executions import SlackCall
from statemachine.local.mrkdwn import Run, is_link, passages
from statemachine.local.slack_colours import colour
from statemachine.local.slack_stand_in import SlackStandIn

_TAGS = {"code": "code", "strike": "s", "italic": "i", "bold": "b"}
_PASSAGES = {"text": "div", "quote": "blockquote", "block": "pre"}
_KANA = re.compile("[ぁ-ヿ]")
_JOINER = "\u200d"
"""What makes one emoji of several."""

ReactionCounts = Mapping[str, Mapping[str, int]]
"""How many have reacted to a message of the stand-in, by its ts and the reaction's name."""


@dataclass
class PostedMessage:
    """A message as it stands in its channel at the end."""

    content: Mapping[str, Any]
    at: str
    """When it was posted, hour and minute; empty where Slack did not say."""
    earlier: list[Mapping[str, Any]] = field(default_factory=list)
    """What it said before each update."""
    is_edited: bool = False
    replies: list["PostedMessage"] = field(default_factory=list)
    reactions: Mapping[str, int] = field(default_factory=dict)
    """How many have reacted, by the reaction's name."""
    is_broadcast: bool = False
    """A reply that stands in the channel, too."""

    def update(self, content: Mapping[str, Any]) -> None:
        """Replace what it shows by what is mentioned."""
        self.earlier.append(self.content)
        self.content = {**self.content, **content}
        self.is_edited = True


@contextmanager
def written(
    file: IO[str] | None, calls: Sequence[SlackCall], slack: SlackStandIn | None = None
) -> Iterator[None]:
    """Write the page at the end, of what has been posted until then; nothing where there is no file.

    What people have reacted with is known where Slack is our stand-in.
    """
    try:
        yield
    finally:
        if file:
            file.write(page(calls, _reactions(slack) if slack else {}))


def _reactions(slack: SlackStandIn) -> ReactionCounts:
    there = (message for messages in slack.messages.values() for message in messages)
    return {message.ts: {name: len(users) for name, users in message.reactions.items()} for message in there}


def page(calls: Sequence[SlackCall], reactions: ReactionCounts = MappingProxyType({})) -> str:
    """Draw what Slack took, in order, channel by channel, with what people have reacted with."""
    return _template().render(channels=posted(calls, reactions), language=_language(calls))


def posted(
    calls: Sequence[SlackCall], reactions: ReactionCounts = MappingProxyType({})
) -> dict[str, list[PostedMessage]]:
    """Say what stands in each channel after these calls: updates where they belong, replies in their threads."""
    names: dict[str, str] = {}
    channels: dict[str, list[PostedMessage]] = {}
    known: dict[tuple[str, str], PostedMessage] = {}
    for call in calls:
        if not call.is_taken or not isinstance(call.body, dict):
            continue
        wanted = str(call.body.get("channel", call.method))
        id_, ts = str(call.answer.get("channel", wanted)), str(call.answer.get("ts", ""))
        channel = channels.setdefault(names.setdefault(id_, wanted), [])
        before = known.get((id_, ts)) if ts else None
        if before and call.method == "chat.update":
            before.update(call.body)
            continue
        message = PostedMessage(
            call.body,
            _time(ts),
            is_edited=call.method == "chat.update",
            reactions=reactions.get(ts, {}),
            is_broadcast=call.body.get("reply_broadcast") is True,
        )
        known[id_, ts] = message
        parent = known.get((id_, str(call.body.get("thread_ts", ""))))
        (parent.replies if parent and parent is not message else channel).append(message)
    return channels


def _time(ts: str) -> str:
    return (
        datetime.fromtimestamp(float(ts), UTC).strftime("%H:%M") if re.fullmatch(r"\d{10}\.\d+", ts) else ""
    )


def _language(calls: Sequence[SlackCall]) -> str:
    """Which language's dates and letter shapes the reader wants: that of what was posted."""
    return "ja" if any(_KANA.search(str(call.body)) for call in calls) else "en"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("statemachine.local", ""),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"drawn": _drawn, "emoji": _emoji, "shown": _shown, "colour": colour}
    environment.tests["link"] = lambda url: isinstance(url, str) and is_link(url)
    return environment.get_template("preview.html")


def _drawn(text: Mapping[str, Any], language: str) -> Markup:
    """Draw a text object."""
    parts = [
        Markup(f"<{tag}>{{}}</{tag}>").format(Markup().join(map(_run, passage.runs)))
        for passage in passages(text, language)
        for tag in [_PASSAGES[passage.kind]]
    ]
    return Markup().join(parts)


def _run(run: Run) -> Markup:
    drawn = Markup.escape(_shown(run.text))
    for mark, tag in _TAGS.items():
        if mark in run.marks:
            drawn = Markup(f"<{tag}>{{}}</{tag}>").format(drawn)
    if "chip" in run.marks:
        drawn = Markup('<span class="chip">{}</span>').format(drawn)
    return Markup('<a href="{}">{}</a>').format(run.url, drawn) if run.url else drawn


def _emoji(name: str) -> str:
    """Draw a reaction: those of Slack's names that are not known stand there as they are written."""
    return Emoji.replace(f":{name}:")


def _shown(text: object) -> str:
    """Write as its escape what turns text around or shows nothing, line ends and what emoji are made of aside."""
    return "".join(
        each if _may_be_shown(each) else each.encode("unicode_escape").decode("ascii") for each in str(text)
    )


def _may_be_shown(character: str) -> bool:
    return character in f"\n{_JOINER}" or not unicodedata.category(character).startswith("C")
