"""``python -m statemachine digest``: all the findings of a digest, and what has become of each since."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chalicelib.ledger import digests, watch
from chalicelib.ledger.claim import instant
from chalicelib.ledger.watch import Watch
from chalicelib.message.digest import FoldedFinding
from chalicelib.text import durations
from statemachine.deploy.stack import Stage, read_stage
from statemachine.operate.digest_state import (
    GONE,
    DigestItem,
    FindingSince,
    clock_time,
    executed_by,
    ranked,
    read_digests,
    since,
)
from statemachine.operate.stage_ledger import ledger_of
from statemachine.operate.terminal import json_lines, literal, progress, show_rows, visible
from statemachine.session import WrongInput, identity, plain_errors

_HEADINGS = ("severity", "type", "account", "region", "resource", "hosts", "at", "since")
_OPEN_HEADINGS = ("digest", "findings", "state", "message")
_STANDS = "stands in the digest's message and in its executions' output"


@click.command("digest")
@click.argument("id_", metavar="[ID]", required=False, default="")
@click.option("--stage", required=True, help="A stage of .chalice/config.json.")
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object instead of the table; without ID a list."
)
def digest_command(id_: str, stage: str, as_json: bool) -> None:
    """List all the findings of a digest, the most severe first, and what has become of each since.

    In a storm a digest is one message for many findings; it says its ID.

    Without ID: the digests that are not posted yet, and those that nobody has answered. Exit code 0 when the list was
    read, however long it is; 1 when AWS refused, 2 for wrong input.
    """
    chosen, now, wanted = read_stage(stage), datetime.now(UTC), id_.strip()
    if wanted and not digests.is_id(wanted):
        raise WrongInput(f"{visible(wanted)!r} is no digest's id. One like 202611261405-3fa9c1d2 {_STANDS}.")
    console = Console(highlight=False)
    with plain_errors(), ledger_of(chosen, "digests"):
        identity()  # credentials and region, said in plain words
        if not wanted:
            _list(chosen, now, console, as_json=as_json)
            return
        digest, findings = _read(wanted, chosen, now)
        known = dict(_followed(digest.id, findings, chosen, now))
    if as_json:
        click.echo(json_lines(_whole_json(digest, findings, known, now)))
    else:
        show(digest, findings, known, now, console)


def _table(stage: Stage) -> str:
    return f"{stage.stack}-notifications"


def _read(id_: str, stage: Stage, now: datetime) -> tuple[DigestItem, list[FoldedFinding]]:
    """Read the digest and its findings; raises WrongInput where nobody knows it."""
    found = read_digests([id_], _table(stage), now).get(id_, DigestItem(id_))
    findings = ranked(digests.members(id_, _table(stage)))
    if not findings and found.item == DigestItem(id_).item:
        raise WrongInput(
            f"There is no digest {id_} in {stage.name}. Its id {_STANDS}; after 90 days a digest is gone."
        )
    return found, findings


def _followed(
    id_: str, findings: Sequence[FoldedFinding], stage: Stage, now: datetime
) -> Iterator[tuple[str, FindingSince]]:
    with progress() as bar:
        read = since(id_, findings, _table(stage), now)
        yield from bar.track(read, total=len(findings), description="Findings")


# --- a digest for people ---


def show(
    digest: DigestItem,
    findings: Sequence[FoldedFinding],
    known: Mapping[str, FindingSince],
    now: datetime,
    console: Console,
) -> None:
    """Print what is known of the digest, then its findings."""
    for line in _about(digest, findings, now):
        console.print(literal(line), soft_wrap=True)
    if not findings:
        return
    console.print()
    table = Table(*_HEADINGS, box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    show_rows(table, (tuple(_cells(each, known.get(each.id, GONE))) for each in findings), console)


def _about(digest: DigestItem, findings: Sequence[FoldedFinding], now: datetime) -> Iterator[str]:
    minute = clock_time(instant(digests.begins(digest.id)))
    where = _channel(digest, findings)
    number = "1 finding" if len(findings) == 1 else f"{len(findings):,} findings"
    yield f"Digest {digest.id}: the minute of {minute}, {where}, {number}"
    yield to_do if (to_do := digest.to_do(now)) else _posted(digest)
    if digest.is_posted:
        yield _answered(digest.answer, now)


def _channel(digest: DigestItem, findings: Sequence[FoldedFinding]) -> str:
    meant = next((each.channel for each in findings if each.channel), "")
    return str(digest.item.channel or meant or "its channel is not known")


def _posted(digest: DigestItem) -> str:
    item = digest.item
    by = f" by {executed_by(item)}" if item.notified_by else ""
    return f"posted {clock_time(item.notified_at)}{by}{f': {digest.message}' if digest.message else ''}"


def _answered(asked: Watch | None, now: datetime) -> str:
    if asked is None:
        return "answer: none is asked for"
    seen = f", seen by {' '.join(asked.seen_by)}" if asked.seen_by else ""
    if asked.is_open:
        waited = durations.shown((now - datetime.fromisoformat(asked.posted_at)).total_seconds())
        return f"answer: open for {waited}, {durations.shown(asked.within)} allowed{seen}"
    by = f" by {' '.join(asked.handled_by)}" if asked.handled_by else ""
    return f"answer: {asked.answer}{by}, {clock_time(asked.answered_at)}{seen}"


def _cells(each: FoldedFinding, became: FindingSince) -> Iterator[Text]:
    yield literal(f"{each.severity:.1f}")
    yield literal(f"{each.type}{' (sample)' if each.sample else ''}")
    yield literal(" ".join(filter(None, (str(each.account), str(each.account_name)))))
    yield literal(str(each.region))
    yield literal(" ".join(each.resources))
    yield literal(" ".join(each.hosts))
    yield literal(clock_time(str(each.at)) if each.at else "")
    yield literal(_said(became))


def _said(became: FindingSince) -> str:
    """Say it; nothing where nothing has become of it."""
    said = (
        "its item is gone" if became.is_gone else "",
        f"message of its own {became.message}".strip() if became.has_own else "",
        f"hidden by {became.hidden_by}, {clock_time(became.hidden_at)}" if became.hidden_by else "",
        f"newer update {clock_time(became.update_at)}" if became.update_at else "",
    )
    return "; ".join(filter(None, said))


# --- a digest for programs ---


def _whole_json(
    digest: DigestItem, findings: Sequence[FoldedFinding], known: Mapping[str, FindingSince], now: datetime
) -> dict[str, Any]:
    return {
        "digest": _json(digest, now) | {"channel": _channel(digest, findings), "findings": len(findings)},
        "findings": [_finding_json(each, known.get(each.id, GONE)) for each in findings],
    }


def _json(digest: DigestItem, now: datetime) -> dict[str, Any]:
    item, asked = digest.item, digest.answer
    return {
        "id": digest.id,
        "minute": instant(digests.begins(digest.id)),
        "posted_at": item.notified_at or None,
        "posted_by": item.notified_by or None,
        "owned_by": item.claimed_by or None,
        "message": digest.message or None,
        "to_do": digest.to_do(now) or None,
        "answer": asked and _answer_json(asked),
    }


def _answer_json(asked: Watch) -> dict[str, Any]:
    return {
        "state": str(asked.answer) or "open",
        "asked_at": asked.posted_at,
        "allowed_seconds": asked.within,
        "seen_by": list(asked.seen_by),
        "handled_by": list(asked.handled_by),
        "answered_at": asked.answered_at or None,
    }


def _finding_json(each: FoldedFinding, became: FindingSince) -> dict[str, Any]:
    return {
        "finding_id": each.id,
        "severity": each.severity,
        "type": each.type,
        "sample": each.sample,
        "account": each.account,
        "account_name": each.account_name,
        "region": each.region,
        "resources": list(each.resources),
        "hosts": list(each.hosts),
        "at": each.at,
        "since": {
            "own_message": became.has_own,
            "message": became.message or None,
            "hidden_by": became.hidden_by or None,
            "hidden_at": became.hidden_at or None,
            "newer_update_at": became.update_at or None,
            "item_gone": became.is_gone,
        },
    }


# --- which there are ---


def _list(stage: Stage, now: datetime, console: Console, *, as_json: bool) -> None:
    """List those that the index of what is to come lists: digests that are posted and answered are in none."""
    awaited = (
        each for what in (watch.POST, watch.ANSWER) for each in watch.awaited(what, table=_table(stage))
    )
    ids = sorted({digests.id_of_key(each.finding_id) for each in awaited if digests.is_key(each.finding_id)})
    read = read_digests(ids, _table(stage), now)
    found = [read[id_] for id_ in ids if id_ in read]
    if as_json:
        click.echo(json_lines([_json(each, now) for each in found]))
    elif found:
        table = Table(*_OPEN_HEADINGS, box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
        show_rows(table, (tuple(_open_cells(each, now)) for each in found), console)
    else:
        console.print("No digest waits to be posted or answered. Give the id of another.")


def _open_cells(each: DigestItem, now: datetime) -> Iterator[Text]:
    yield literal(each.id)
    yield literal(f"{each.answer.folded:,}" if each.answer else "")
    yield literal(each.to_do(now) or _answered(each.answer, now))
    yield literal(each.message)
