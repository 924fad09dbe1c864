"""``python -m statemachine suppressions``: the list and what it does, and rules tried before they are added."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import click
from botocore.exceptions import ClientError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chalicelib.aws import organizations, recent_findings
from chalicelib.errors import AWSUnavailable
from chalicelib.finding.model import Account, Finding
from chalicelib.rule_feed.past import past_sentences
from chalicelib.rules import conditions, dry_run, faults, sentences, suppressions
from chalicelib.rules.conditions import Entry, RuleStanding
from chalicelib.rules.dry_run import Hidden, Hindsight
from chalicelib.rules.faults import RuleFault
from statemachine.deploy.stack import Stage, read_stage
from statemachine.operate import quieter_rules, rule_table
from statemachine.operate.offered_rule import as_read, rule_for, wanted
from statemachine.operate.rule_file import read_rules
from statemachine.operate.terminal import json_lines, literal, show_rows, visible
from statemachine.session import identity, plain_errors

_COLOURS = {
    RuleStanding.VALID: "green",
    RuleStanding.FAULTY: "bold red",
    RuleStanding.NEVER: "yellow",
    RuleStanding.OFF: "dim",
}


@click.command("suppressions")
@click.option("--stage", required=True, help="A stage of .chalice/config.json.")
@click.option("--check", metavar="FILE", help="Try the rules of a file on the findings of the last days.")
@click.option("--add", metavar="FILE", help="Try them, show the verdict, and add them to the list.")
@click.option(
    "--from-finding",
    metavar="ID",
    help="Print the rule that would hide this finding (an id or an ARN), as JSON.",
)
@click.option(
    "--reason", metavar="TEXT", help="With --from-finding: add that rule as --add does, with this reason."
)
@click.option("--region", default="", help="With --from-finding: another region's list than the stage's.")
@click.option("--suggest", is_flag=True, help="Print the three rules that would cut most of what is posted.")
@click.option("--json", "as_json", is_flag=True, help="With --suggest: as a JSON list for --check and --add.")
@click.option(
    "--days",
    type=click.IntRange(1, 90),
    help=f"How far to look back.  [default: {dry_run.DAYS}; with --suggest: {quieter_rules.DAYS}]",
)
@click.option("--yes", is_flag=True, help="Ask nothing: add, and replace what has the same names.")
def suppressions_command(
    stage: str,
    check: str | None,
    add: str | None,
    from_finding: str | None,
    reason: str | None,
    region: str,
    suggest: bool,
    as_json: bool,
    days: int | None,
    yes: bool,
) -> None:
    """Show the suppression list: what each rule hides, how often it did, until when, and the verdict.

    Exit code 0 when all is well, 1 when a rule of FILE is faulty, was not tried or not added, 2 for wrong input.
    """
    suggests = "" if suggest else None
    _refuse_together({"--check": check, "--add": add, "--from-finding": from_finding, "--suggest": suggests})
    _refuse_alone(
        {"--reason": reason is not None, "--region": bool(region)},
        from_finding is not None,
        "--from-finding ID",
    )
    _refuse_alone({"--json": as_json}, suggest, "--suggest")
    adds = bool(add) or reason is not None
    if yes and not adds:
        raise click.UsageError("--yes goes with --add or --reason.")
    chosen = read_stage(stage)
    table = f"{chosen.stack}-suppressions"
    file = check or add
    rules = read_rules(file) if file else []
    with plain_errors():
        account, home, _ = identity()
        if suggest:
            _suggest(chosen, account, home, days or quieter_rules.DAYS, as_json=as_json)
            return
        if from_finding is not None:
            rule = rule_for(wanted(from_finding, region, home), account, datetime.now(UTC))
            if reason is None:
                _offer(rule, table)
                return
            rules = [as_read(rule, reason)]  # an empty reason makes it faulty
        elif not file:
            _show_list(table)
            return
        past = _try(rules, account, home, days or dry_run.DAYS)
        well = _show_rules(rules, past)
        if adds:
            well = _add(table, rules, yes, tried=not past.unknown)
    raise SystemExit(0 if well else 1)


def _refuse_together(given: Mapping[str, str | None]) -> None:
    if len(both := [name for name, value in given.items() if value is not None]) > 1:
        raise click.UsageError(f"{' and '.join(both)}: give one of them. --add checks first.")


def _refuse_alone(given: Mapping[str, bool], beside: bool, what: str) -> None:
    for name in (name for name, there in given.items() if there and not beside):
        raise click.UsageError(f"{name} goes with {what}.")


def _suggest(stage: Stage, account: str, home: str, days: int, *, as_json: bool) -> None:
    found = quieter_rules.choose(stage, account, home, _accounts(account), days, datetime.now(UTC))
    if as_json:
        quieter_rules.print_json(found)
    else:
        quieter_rules.show(found, days)


def _offer(rule: dict[str, Any], table: str) -> None:
    """Print a rule for a file or the console's JSON view, and beside it what to do with it."""
    click.echo(json_lines(rule))
    click.echo(
        'Put your reason in place of what "reason" says. Then add it with --add FILE, or in the DynamoDB console to '
        f'{table} (JSON view, View DynamoDB JSON off). At once: this command with --reason "…".',
        err=True,
    )


def _show_list(table: str) -> None:
    found = rule_table.items(table)
    if not found:
        click.echo(f"{table} holds no rules.")
        return
    rows = [
        _RuleRow(item, _text(item, "match_count") or "0", _last_match(item))
        for _, item in sorted(found.items())
    ]
    _print(rows, ("Matches", "Last match"))


def _last_match(item: dict[str, Any]) -> str:
    return _text(item, "last_matched_at")[:16].replace("T", " ")


def _text(item: dict[str, Any], name: str) -> str:
    return faults.shown(item[name], 30) if name in item else ""


def _show_rules(rules: Sequence[dict[str, Any]], past: Hindsight) -> bool:
    """Show the rules of a file and what they would have hidden; whether all were tried and none is faulty."""
    hidden = past.hidden or (None,) * len(rules)
    _print(
        [_RuleRow(rule, _hidden(found), _highest(found)) for rule, found in zip(rules, hidden, strict=True)],
        (f"Would hide ({past.days} days)", "Highest"),
    )
    if past.unknown:
        click.echo(visible(f"What they would have hidden is not known: {past.unknown}"), err=True)
    else:
        click.echo(f"Tried on the {past.findings:,} findings in {past.region} of the last {past.days} days.")
        for line in _besides(rules, past):
            click.echo(visible(line))
    return not past.unknown and not _faulty(rules)


def _besides(rules: Sequence[dict[str, Any]], past: Hindsight) -> Iterator[str]:
    """Say of each rule what does not stand in its columns: by whose choice it matched, and what is not known."""
    for rule, found in zip(rules, past.hidden, strict=True):
        names = " / ".join(map(faults.shown, rule_table.key(rule)))
        yield from (f"{names}: {said}" for said in past_sentences(found, past, "en")[1:])


def _hidden(found: Hidden | None) -> str:
    return f"{found.findings:,}" if found else "?"


def _highest(found: Hidden | None) -> str:
    return f"{found.highest:g}" if found and found.findings else ""


def _faulty(rules: Iterable[dict[str, Any]]) -> list[RuleFault]:
    readings = (suppressions.read(rule) for rule in rules)
    return [reading for reading in readings if isinstance(reading, RuleFault)]


@dataclass(frozen=True)
class _RuleRow:
    """A rule, and two numbers beside it."""

    item: dict[str, Any]
    first: str
    second: str


def _print(rows: Sequence[_RuleRow], headings: tuple[str, str]) -> None:
    now = datetime.now(UTC)
    table = Table(box=None, padding=(0, 2, 1, 0), header_style="dim", pad_edge=False)
    table.add_column("Finding type")
    table.add_column("Rule")
    table.add_column("What it does", ratio=3)
    for heading in headings:
        table.add_column(heading, justify="right")
    table.add_column("Expires")
    table.add_column("Verdict", ratio=2)
    cells = [tuple(_cells(row, suppressions.read(row.item), now)) for row in rows]
    show_rows(table, cells, Console(highlight=False))


def _cells(row: _RuleRow, reading: Entry | RuleFault, now: datetime) -> Iterator[Text]:
    yield from (literal(faults.shown(row.item[name])) for name in conditions.NAMES)
    yield literal("" if isinstance(reading, RuleFault) else sentences.sentence(reading, "en"))
    yield literal(row.first)
    yield literal(row.second)
    yield literal(_expiry(reading))
    verdict = literal(sentences.verdict_sentence(reading, now, "en"))
    verdict.stylize(_COLOURS[conditions.standing(reading, now)[0]])
    yield verdict


def _expiry(reading: Entry | RuleFault) -> str:
    expires_at = None if isinstance(reading, RuleFault) else reading.conditions.expires_at
    return f"{expires_at:%Y-%m-%d}" if expires_at else ""


def _try(rules: Sequence[dict[str, Any]], account: str, region: str, days: int) -> Hindsight:
    """Try the rules on what GuardDuty lists; where it does not list, say why."""
    now = datetime.now(UTC)
    findings: Iterable[Finding] = recent_findings.recent_findings(now, days)
    try:
        hidden, total = dry_run.look_back(rules, findings, _accounts(account), now)
    except recent_findings.UNKNOWN as error:
        return Hindsight(days=days, unknown=str(error))
    return Hindsight(hidden=hidden, findings=total, days=days, region=region)


def _accounts(own: str) -> Callable[[str], Account]:
    @cache
    def account_of(account_id: str) -> Account:
        try:
            return organizations.describe_account(account_id, own)
        except (AWSUnavailable, ClientError):
            return Account()  # said below the table

    return account_of


def _add(table: str, rules: Sequence[dict[str, Any]], yes: bool, tried: bool) -> bool:
    """Add the rules, all or none; whether they now stand in the list."""
    if yes and not tried:
        click.echo("Nothing added: --yes adds only what was tried. Without it you are asked.", err=True)
        return False
    if faulty := _faulty(rules):
        click.echo(f"Nothing added: {len(faulty)} of {len(rules)} rules are faulty.", err=True)
        return False
    kept = rule_table.items(table)
    new = [rule for rule in rules if rule_table.key(rule) not in kept]
    both = [(rule, kept[rule_table.key(rule)]) for rule in rules if rule_table.key(rule) in kept]
    changed = [(rule, old) for rule, old in both if rule_table.differences(old, rule)]
    for rule, old in changed:
        _show_change(old, rule)
    if not new and not changed:
        click.echo("Nothing to add: all of them are in the list as they are.")
        return True
    what = f"Add {len(new)} and replace {len(changed)} rules" if changed else f"Add {len(new)} rules"
    if not yes and not click.confirm(f"{what} in {table}?"):
        click.echo("Nothing added.")
        return False
    written = [rule_table.put(table, rule) for rule in new]
    written += [rule_table.replace(table, rule, old) for rule, old in changed]
    click.echo(f"{written.count(True)} of {len(written)} rules written to {table}.")
    return all(written)


def _show_change(old: dict[str, Any], new: dict[str, Any]) -> None:
    names = " / ".join(map(faults.shown, rule_table.key(new)))
    click.echo(visible(f"In the list already: {names}"))
    for change in rule_table.differences(old, new):
        click.echo(visible(f"  {sentences.change_sentence(change, 'en')}"))
