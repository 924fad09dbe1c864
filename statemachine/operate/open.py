"""``python -m statemachine open``: the findings and digests that wait for an answer, those first that wait too long."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chalicelib import settings
from chalicelib.ledger import digests, open_list, watch
from chalicelib.ledger.open_list import Watched
from chalicelib.notify.answers import permalink
from chalicelib.text import durations
from statemachine.deploy.stack import read_stage
from statemachine.operate.stage_ledger import ledger_of
from statemachine.operate.terminal import json_lines, literal, show_rows
from statemachine.session import identity, plain_errors

_HEADINGS = ("open", "allowed", "severity", "type", "account", "seen by", "message")
_BLIND = {
    "scope": "the Slack app needs the scope reactions:read: add it to the app, and install the app again",
    "channel": "the Slack app can't see into the channel of a message: invite it there",
    "group": "the members of the group RESPONDERS can't be read, or are none",
}
"""Why answers can't be seen, and what to do."""


@click.command("open")
@click.option("--stage", required=True, help="A stage of .chalice/config.json.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of the table.")
def open_command(stage: str, as_json: bool) -> None:
    """List the posted findings and digests that nobody has answered yet, those furthest over their time first.

    👀 on a message says who has it in hand, ✅ that it is handled: then it is open no more. Exit code 0 when the
    list was read, however long it is; 1 when AWS refused, 2 for wrong input.
    """
    chosen, now = read_stage(stage), datetime.now(UTC)
    if not settings.answer_within(chosen.settings):
        click.echo(f"ANSWER_WITHIN is off in {stage}: no answer is asked for.", err=True)
    with plain_errors(), ledger_of(chosen, "what is open"):
        identity()  # credentials and region, said in plain words
        entries = open_list.watched(watch.ANSWER, table=f"{chosen.stack}-notifications")
        found = sorted(entries, key=lambda each: -each.seconds_late(now))
    if as_json:
        click.echo(json_lines([_json(each, now) for each in found]))
    else:
        show(found, now, Console(highlight=False))
    for why in sorted({each.watch.blind for each in found} & {*_BLIND}):
        click.echo(f"Answers can't be seen: {_BLIND[why]}.", err=True)


def show(found: Sequence[Watched], now: datetime, console: Console) -> None:
    """Print the table, and below it how many are over their time."""
    if not found:
        console.print("No finding and no digest waits for an answer.")
        return
    table = Table(*_HEADINGS, box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    show_rows(table, (tuple(_cells(each, now)) for each in found), console)
    late = sum(each.seconds_late(now) > 0 for each in found)
    console.print(f"{len(found):,} open, {late:,} of them longer than is allowed.")


def _cells(each: Watched, now: datetime) -> Iterator[Text]:
    asked = each.watch
    late = each.seconds_late(now) > 0
    yield Text(durations.shown(each.seconds_open(now)), style="bold red" if late else "")
    yield Text(durations.shown(asked.within))
    yield Text(f"{asked.severity:g}")
    yield literal(f"{asked.type}{_in_digest(each)}")
    yield literal(" ".join(filter(None, (asked.account, asked.account_name))))
    yield literal(" ".join(asked.seen_by))
    yield literal(_link(each))


def _in_digest(each: Watched) -> str:
    """Say that it is a digest: its type and account are those of its most severe finding."""
    if not digests.is_key(each.finding_id):
        return ""
    findings = "1 finding" if each.watch.folded == 1 else f"{each.watch.folded:,} findings"
    return f" (digest {digests.id_of_key(each.finding_id)} of {findings})"


def _link(each: Watched) -> str:
    return permalink(each.channel, each.ts) if each.ts else ""


def _json(each: Watched, now: datetime) -> dict[str, Any]:
    asked = each.watch
    return {
        "finding_id": each.finding_id,
        "digest": digests.id_of_key(each.finding_id) if digests.is_key(each.finding_id) else None,
        "findings": asked.folded or 1,
        "type": asked.type,
        "severity": asked.severity,
        "account": asked.account,
        "account_name": asked.account_name,
        "region": asked.region,
        "posted_at": asked.posted_at,
        "open_seconds": int(each.seconds_open(now)),
        "allowed_seconds": asked.within,
        "late_seconds": max(0, int(each.seconds_late(now))),
        "seen_by": list(asked.seen_by),
        "blind": asked.blind or None,
        "message": _link(each) or None,
    }
