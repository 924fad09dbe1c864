"""How a message of Slack's looks in a terminal: bold, code and colours, and links that can be followed.

In a pipe nothing of that is left, nor any address: the words alone.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.rule import Rule
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from statemachine.local.mrkdwn import Emphasis, Run, is_link, passages
from statemachine.local.slack_colours import colour
from statemachine.operate.terminal import visible

_STYLES: Mapping[Emphasis, Style] = {
    "bold": Style(bold=True),
    "italic": Style(italic=True),
    "strike": Style(strike=True),
    "code": Style(color="cyan"),
    "chip": Style(color="yellow"),
}
_PLAIN = Style()
_QUOTE = Style(dim=True)


class _Barred:
    """Something with a bar at its left edge, on each of its lines."""

    def __init__(self, inside: RenderableType, style: Style) -> None:
        self._inside, self._style = inside, style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        inner = options.update(width=max(options.max_width - 2, 1), height=None)
        for line in console.render_lines(self._inside, inner, pad=False):
            yield Segment("| " if options.ascii_only else "▌ ", self._style)
            yield from line
            yield Segment.line()


def drawn(body: Mapping[str, Any]) -> RenderableType:
    """Draw a message."""
    return Group(*_body(body))


def _body(body: Mapping[str, Any]) -> Iterator[RenderableType]:
    if body.get("blocks"):
        yield from _blocks(body["blocks"])
    elif body.get("text"):
        kind = "plain_text" if body.get("mrkdwn") is False else "mrkdwn"
        yield _text({"type": kind, "text": body["text"]})
    for attachment in body.get("attachments") or []:
        text = {"type": "mrkdwn", "text": attachment.get("text") or attachment.get("fallback", "")}
        blocks = attachment.get("blocks")
        inside = Group(*_blocks(blocks)) if blocks else _text(text)
        yield _Barred(inside, Style(color=colour(attachment.get("color"))))


def _blocks(blocks: list[Mapping[str, Any]]) -> Iterator[RenderableType]:
    for block in blocks:
        yield from _block(block)


def _block(block: Mapping[str, Any]) -> Iterator[RenderableType]:
    kind = block.get("type")
    if kind == "divider":
        yield Rule(style="dim")
    elif kind == "header":
        yield _text(block["text"], Style(bold=True))
    elif kind == "actions":
        yield Text("  ").join(_button(each) for each in block["elements"] if each.get("type") == "button")
    else:
        if "text" in block:
            yield _text(block["text"])
        if block.get("fields"):
            yield _fields(block["fields"])
        for element in block.get("elements", []):
            if "text" in element:
                yield _text(element, Style(dim=True))


def _button(element: Mapping[str, Any]) -> Text:
    url = str(element.get("url", ""))
    label = "".join(run.text for passage in passages(element["text"]) for run in passage.runs)
    return Text(f"[{visible(label)}]", style=Style(bold=True, link=url if is_link(url) else None))


def _fields(fields: list[Mapping[str, Any]]) -> Table:
    """Two beside each other, as Slack has them where there is room."""
    grid = Table.grid(padding=(0, 2), expand=True)
    grid.add_column(ratio=1, overflow="fold")
    grid.add_column(ratio=1, overflow="fold")
    for place in range(0, len(fields), 2):
        grid.add_row(*map(_text, fields[place : place + 2]))
    return grid


def _text(text: Mapping[str, Any], base: Style = _PLAIN) -> RenderableType:
    parts: list[RenderableType] = []
    for passage in passages(text):
        lines = Text(style=base, overflow="fold")
        for run in passage.runs:
            lines.append(_characters(run.text), _style(run))
        bar = {"quote": _QUOTE, "block": _STYLES["code"]}.get(passage.kind)
        parts.append(_Barred(lines, bar) if bar else lines)
    return Group(*parts)


def _style(run: Run) -> Style:
    link = Style(link=run.url, underline=True) if run.url else _PLAIN
    return Style.combine([*(_STYLES[mark] for mark in sorted(run.marks)), link])


def _characters(text: str) -> str:
    return "\n".join(map(visible, text.split("\n")))
