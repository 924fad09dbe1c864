"""What a run looks like to a person: the way through the states, and what was posted."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.panel import Panel
from rich.style import Style
from rich.table import Table
from rich.text import Text

from chalicelib.notify import verdicts
from statemachine.local.executions import AttentionRun, LocalExecution, SlackCall, Step
from statemachine.local.terminal_message import drawn
from statemachine.operate.terminal import literal, visible

_BUILDER = "https://app.slack.com/block-kit-builder/#"
_FOLD = "fold"
"""What PostToSlack decided of a finding that a digest shows."""
_DECIDING = "Answered?"
"""The state of attention that every look and every act comes to, with its answer."""
_MARKUP = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")

_console = Console(highlight=False)


def show(run: LocalExecution) -> None:
    """Print one event's run."""
    _console.print(literal(run.event), style="bold", soft_wrap=True)
    if not run.matched:
        _console.print(literal(f"  Not started: {run.why}"), soft_wrap=True)
        _console.print()
        return
    _console.print(_way(run.steps))
    if run.attention:
        _console.print(_looks(run.attention.steps))
    for call in run.slack:
        _show_call(call, call.at - run.slack[0].at)
    if said := hidden(run) or folded(run):
        _console.print(literal(f"  {said}"), soft_wrap=True)
    if run.attention:
        _console.print(literal(f"  {answered(run.attention)}"), soft_wrap=True)
    elif run.is_followed and run.steps[-1].state == "Notified" and not folded(run):
        _console.print(
            "  attention: no answer is asked for (ANSWER_WITHIN and routes say when)", soft_wrap=True
        )
    _console.print(_end(run))


def answered(attention: AttentionRun) -> str:
    """Say whether somebody has answered."""
    if attention.status == "SUCCEEDED":
        return f"attention: {attention.steps[-1].state}"
    if attention.status == "ABORTED":
        return "attention: nobody has answered, and no reminder is left"
    return f"attention: {attention.status} {attention.error}: {sentence(attention.cause)}"


def _way(steps: Sequence[Step]) -> Table:
    table = _table("State", "Seconds", "Retries")
    for step in steps:
        table.add_row(step.state, f"{step.seconds:.2f}", str(step.retries or ""))
    return table


def _looks(steps: Sequence[Step]) -> Table:
    """Show when something was looked for or done, and what was next: what lies between is waiting."""
    table = _table("Attention", "At second", "Retries")
    table.add_column("Then")
    after = 0.0
    for step, following in zip_longest(steps, steps[1:]):
        if following is None or following.state == _DECIDING:
            table.add_row(step.state, f"{after:.1f}", str(step.retries or ""), _then(following))
        after += step.seconds
    return table


def _then(following: Step | None) -> str:
    """Say what a look or an act has answered, as the state after it has it."""
    if following is None:
        return ""
    answer = following.input["answer"]
    return " ".join([str(answer["status"]), *([f"{answer['seconds']} s"] if answer.get("seconds") else [])])


def _table(heading: str, *numbers: str) -> Table:
    table = Table(box=None, padding=(0, 2), show_header=True, header_style="dim")
    table.add_column(heading)
    for number in numbers:
        table.add_column(number, justify="right")
    return table


def _show_call(call: SlackCall, after: float) -> None:
    _console.print(_said(call, after), soft_wrap=True)
    if isinstance(call.body, dict):
        _console.print(Panel(drawn(call.body), width=min(_console.width, 100)))
        if _console.is_terminal:
            link = Style(dim=True, underline=True, link=builder_link(call.body))
            _console.print(Text("  ").append("See it in Block Kit Builder", link))


def _said(call: SlackCall, after: float) -> Text:
    status = str(call.status) if call.status else "no answer"
    refused = str(call.answer.get("error", ""))
    later = f"{after:.0f} s later" if after >= 1 else ""
    came = " ".join(filter(None, (f"  {call.method} → {status}", refused)))
    said = ", ".join(filter(None, (came, _where(call.body), later)))
    return Text(visible(said), style="green" if call.is_taken else "red")


def _where(body: Any) -> str:
    if not isinstance(body, dict) or not body.get("thread_ts"):
        return ""
    return "in the thread and the channel" if body.get("reply_broadcast") else "in the thread"


def hidden(run: LocalExecution) -> str:
    """Say which rule hides the finding, and why; empty where it is not hidden."""
    if run.steps[-1].state != "Suppressed":
        return ""
    # Where ShowSuppression has failed, its answer is missing.
    return str(run.output["posted"].get("why") or verdicts.why_hidden(verdicts.suppressing_rule(run.output)))


def folded(run: LocalExecution) -> str:
    """Say which digest shows the finding; empty where none does."""
    posted = (run.output or {}).get("posted") or {} if run.status == "SUCCEEDED" else {}
    return f"in the digest {posted['digest']['id']}" if posted.get("decision") == _FOLD else ""


def _end(run: LocalExecution) -> Text:
    if run.status == "SUCCEEDED":
        return Text(f"  {run.status}\n", style="bold green")
    return Text(visible(f"  {run.status} {run.error}: {sentence(run.cause)}") + "\n", style="bold red")


def sentence(cause: str | None) -> str:
    """A Lambda function's cause is JSON; a person wants its sentence."""
    try:
        return str(json.loads(cause or "")["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return cause or ""


def builder_link(body: dict[str, Any]) -> str:
    """Link to Slack's Block Kit Builder with the message in it."""
    shown = {key: body[key] for key in ("blocks", "attachments") if key in body}
    return _BUILDER + quote(json.dumps(shown, separators=(",", ":"), ensure_ascii=False))


def message_lines(body: dict[str, Any]) -> Iterator[str]:
    """Read a message line by line, with Slack's signs for bold and code, and where its buttons lead."""
    attached = [
        block for attachment in body.get("attachments") or [] for block in attachment.get("blocks", [])
    ]
    blocks = [*(body.get("blocks") or []), *attached]
    if not blocks:
        yield plain(body.get("text", ""))
    for block in blocks:
        yield from _block_lines(block)


def _block_lines(block: dict[str, Any]) -> Iterator[str]:
    kind = block.get("type")
    if kind == "divider":
        yield "─" * 40
    elif kind == "actions":
        for button in block["elements"]:
            yield f"[{plain(button['text']['text'])}] {button.get('url', '')}"
    else:
        texts = [block.get("text"), *block.get("fields", []), *block.get("elements", [])]
        yield from (plain(text["text"]) for text in texts if isinstance(text, dict) and "text" in text)


def plain(text: str) -> str:
    """Undo Slack's markup: dates and links as people see them, entities as their characters."""
    shown = _MARKUP.sub(_as_seen, text)
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _as_seen(found: re.Match[str]) -> str:
    return found[2] or found[1].replace("!", "@")
