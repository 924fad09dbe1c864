"""``make bench``: what the notifier costs, measured here; a table, and the same as JSON.

Ratios and counts say more than seconds, which belong to this machine.
"""

import compileall
import json
import logging
import os
import resource
import shutil
import subprocess
import sys
import time
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from chalicelib import settings
from chalicelib.aws import clients, rule_tables
from chalicelib.finding.event import parse
from chalicelib.finding.model import Account
from chalicelib.functions.check_suppression_list import check_suppression_list
from chalicelib.message.render import render
from chalicelib.rules import routes
from chalicelib.rules.quieter import quieter
from statemachine.local.local_aws import REGION, make_tables
from statemachine.local.report import message_lines
from statemachine.local.slack_stand_in import SlackStandIn
from tests import bless
from tests.fakes.dynamodb_local import DynamoDBLocalMissing, dynamodb_local
from tests.machine import Machine, finding
from tests.organisation import Findings, one_place, organisation

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "build" / "bench.json"

Row = tuple[str, str, float | int | str]
"""Part, what is measured, value."""

FINDINGS, RATE, BURST = 100, 5, 5

# List prices of us-east-1 in US$, November 2026: https://aws.amazon.com/step-functions/pricing/,
# https://aws.amazon.com/lambda/pricing/ (arm64) and https://aws.amazon.com/dynamodb/pricing/ (on demand).
PER_TRANSITION = 0.025 / 1000
PER_INVOCATION = 0.20 / 1_000_000
PER_GB_SECOND = 0.0000133334
GIGABYTES = 0.25
PER_WRITE, PER_READ = 0.625 / 1_000_000, 0.125 / 1_000_000


@click.command()
@click.option(
    "--only",
    type=click.Choice(["burst", "check", "import", "message", "pace", "quieter", "routes", "ways", "zip"]),
    help="One part only.",
)
def bench(only: str | None) -> None:
    """Measure, print a table and write build/bench.json."""
    logging.getLogger("moto").setLevel(logging.CRITICAL)  # it reports each path that a Choice finds absent
    parts: dict[str, Callable[[], Iterator[Row]]] = {
        "import": imports, "message": messages, "check": checks, "routes": many_routes, "ways": ways,
        "zip": zip_size, "burst": burst, "pace": pace, "quieter": quieter_rules,
    }  # fmt: skip
    rows: list[Row] = []
    for name in track([only] if only else list(parts), description="Measuring"):
        rows += parts[name]()
    table = Table("Part", "Measured", "Value", box=None)
    for part, what, value in rows:
        table.add_row(part, what, f"{value:.3g}" if isinstance(value, float) else str(value))
    Console().print(table)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({f"{part}: {what}": value for part, what, value in rows}, indent=2) + "\n")


def burst() -> Iterator[Row]:
    """Send 100 findings, each event delivered twice, at once, to one channel of 5 messages a second.

    Time is virtual: hundreds of executions share one interpreter here, and in real time that is what was measured.
    """
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)  # after the findings: those of the future have no claim
    with (
        SlackStandIn(rate=RATE, burst=BURST) as slack,
        Machine(slack, at=noon, slack_takes=0.3, SLACK_MESSAGES_PER_SECOND=str(RATE)) as machine,
    ):
        arns = [machine.start(finding(number)) for number in range(1, FINDINGS + 1) for _ in (1, 2)]
        statuses = Counter(machine.status(arn) for arn in arns)
        posted = Counter(finding_id for finding_id in map(_posted, machine.messages()))
        last = max(request.at for request in slack.requests)
    yield "burst", "executions that succeeded", statuses["SUCCEEDED"]
    yield "burst", "findings lost", FINDINGS - len(posted)
    yield "burst", "findings posted twice", sum(1 for count in posted.values() if count > 1)
    yield "burst", "Slack requests for each message", len(slack.requests) / FINDINGS
    yield "burst", "PostToSlack invocations for each finding", machine.count("post-to-slack") / FINDINGS
    yield "burst", "seconds from the first event to the last message", last
    yield "burst", f"times the ideal of {FINDINGS / RATE:.0f} s", last / (FINDINGS / RATE)


def pace() -> Iterator[Row]:
    """Send 60 findings, one a second, each event twice, to a channel of one message a second, burst 2, in real time."""
    findings, takes = 60, 2
    with SlackStandIn(rate=1, burst=takes) as slack, Machine(slack, SLACK_MESSAGES_PER_SECOND="1") as machine:
        began, arns = time.monotonic(), []
        for number in range(1, findings + 1):
            time.sleep(max(0.0, began + number - 1 - time.monotonic()))
            arns += [machine.start(finding(number)) for _ in (1, 2)]
        statuses = Counter(machine.status(arn) for arn in arns)
        posted = Counter(finding_id for finding_id in map(_posted, machine.messages()))
        span = max(request.at for request in slack.requests) - min(request.at for request in slack.requests)
    yield "pace", "executions that succeeded", statuses["SUCCEEDED"]
    yield "pace", "findings lost", findings - len(posted)
    yield "pace", "findings posted twice", sum(1 for count in posted.values() if count > 1)
    yield "pace", "refusals", sum(request.status == 429 for request in slack.requests)
    yield "pace", f"times the ideal of {findings - takes} s", span / (findings - takes)


def quieter_rules() -> Iterator[Row]:
    """Choose the rules that make a channel quieter: of an organisation, and of findings that are all of one type."""
    yield from _quieter("1,000 accounts, 10,000 findings", organisation(1_000, 10_000))
    yield from _quieter("10,000 of one type in one account, 50 tags each", one_place(10_000, 50))


def _quieter(name: str, made: Findings) -> Iterator[Row]:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    begun = time.process_time()
    found = quieter(made.posted, made.others, now)
    yield "quieter", f"{name}: seconds of processor time", time.process_time() - begun
    tracemalloc.start()  # which takes time: once more
    quieter(made.posted, made.others, now)
    yield "quieter", f"{name}: MB beside the findings, at the most", tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    yield "quieter", f"{name}: rules", len(found)
    yield "quieter", f"{name}: posts that they hide, of {found[0].of:,}", sum(each.hides for each in found)


def _posted(message: Any) -> str:
    return str(json.dumps(message.payload).split("fId=")[1][:32])


def checks() -> Iterator[Row]:
    """Check the suppression list with few and many rules in it, on Amazon's own DynamoDB: best of many."""
    yield from _on_dynamodb("check", _checks)


def many_routes() -> Iterator[Row]:
    """Choose a finding's route among few and many, likewise."""
    yield from _on_dynamodb("routes", _routes)


def _on_dynamodb(part: str, measure: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    try:
        with dynamodb_local() as url, patch.dict(os.environ, _on(url)):
            clients.client.cache_clear()
            yield from measure()
    except DynamoDBLocalMissing as missing:
        yield part, "not measured", str(missing)


def _checks() -> Iterator[Row]:
    read = _counted_queries()
    _check(_spread(10), read)  # so that what follows finds Java warm
    spread = [(f"{count:,} rules spread over types", _spread(count)) for count in (10, 1_000, 100_000)]
    under_star = [_rule("*", number, account_id="999999999999") for number in range(1_000)]
    few = 0.0
    for name, items in (*spread, ("1,000 rules under *", under_star)):
        calls, found, seconds = _check(items, read)
        few = few or seconds
        yield "check", f"{name}: calls", calls
        yield "check", f"{name}: items read", found
        yield "check", f"{name}: ms", seconds * 1000
        yield "check", f"{name}: times 10 rules", seconds / few


def _counted_queries() -> Counter[str]:
    """Count the queries that are answered from now on, and the items that DynamoDB reads for them."""
    read: Counter[str] = Counter()

    def answered(parsed: dict[str, Any], **_: object) -> None:
        read.update(calls=1, items=parsed["ScannedCount"])

    clients.client("dynamodb").meta.events.register("after-call.dynamodb.Query", answered)
    return read


def _spread(count: int) -> list[dict[str, Any]]:
    return [_rule(f"Recon:EC2/Type{number}", number) for number in range(count)]


def _rule(finding_type: str, number: int, **conditions: str) -> dict[str, Any]:
    item = {"finding_type": finding_type, "rule": f"rule {number}", "reason": "measured", **conditions}
    return {name: {"S": value} for name, value in item.items()}


def _routes() -> Iterator[Row]:
    event = parse(finding(1))
    table, read = settings.routes_table(), _counted_queries()

    def choose() -> None:
        found = rule_tables.items(table, routes.keys(event.type))
        routes.choose(event, Account(), found, datetime.now(UTC))

    others = [(f"{count:,} of other types", _other_routes(count)) for count in (10, 1_000, 10_000)]
    under_star = [_rule("*", number, channel="#soc", account_id="9" * 12) for number in range(1_000)]
    with _in_table(table, []):
        _best(choose, 100)  # so that what follows finds Java warm
    for name, items in (*others, ("1,000 under *", under_star)):
        with _in_table(table, items):
            read.clear()
            choose()
            calls, found = read["calls"], read["items"]
            seconds = _best(choose, 100)
        yield "routes", f"{name}: calls", calls
        yield "routes", f"{name}: items read", found
        yield "routes", f"{name}: ms", seconds * 1000


def _other_routes(count: int) -> list[dict[str, Any]]:
    return [_rule(f"Recon:EC2/Type{number}", number, channel="#soc") for number in range(count)]


def _check(items: list[dict[str, Any]], read: Counter[str]) -> tuple[int, int, float]:
    """Check a finding against these rules: calls, items read, and seconds."""
    state, now = finding(1), datetime.now(UTC)
    with _in_table(settings.suppressions_table(), items):
        read.clear()
        check_suppression_list(state, now)
        calls, found = read["calls"], read["items"]
        return calls, found, _best(lambda: check_suppression_list(state, now), 100)


@contextmanager
def _in_table(table: str, items: list[dict[str, Any]]) -> Iterator[None]:
    """Put items into one of the stack's tables, and let all of them go afterwards."""
    dynamodb = clients.client("dynamodb")
    make_tables(dynamodb, "bench")
    for first in range(0, len(items), 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[first : first + 25]]
        dynamodb.batch_write_item(RequestItems={table: puts})
    yield
    for name in dynamodb.list_tables()["TableNames"]:
        dynamodb.delete_table(TableName=name)


def _on(url: str) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    return {"AWS_ENDPOINT_URL_DYNAMODB": url, "AWS_DEFAULT_REGION": REGION, "STAGE": "bench", **keys}


def imports() -> Iterator[Row]:
    """Import what each function needs, in new interpreters: processor time, less the interpreter's own start.

    From this folder, and post-to-slack also as Lambda starts it: from the zip, unpacked, where nothing is written.
    """
    # As boto3 and requests are from the first round on.
    compileall.compile_dir(ROOT / "chalicelib", quiet=1)
    compileall.compile_file(ROOT / "app.py", quiet=1)
    with _unpacked() as folder:
        yield from _imports(folder)


def _imports(unpacked: Path) -> Iterator[Row]:
    bare, both = Import("pass"), Import("import boto3, requests")
    libraries = {
        "boto3 and requests": both,
        "boto3 alone": Import("import boto3"),
        "requests alone": Import("import requests"),
    }
    post_to_slack = Import("import app, chalicelib.functions.post_to_slack")
    from_the_zip = replace(post_to_slack, folder=unpacked)
    functions = {
        "look-up-account": Import("import app, chalicelib.functions.look_up_account"),
        "check-suppression-list": Import("import app, chalicelib.functions.check_suppression_list"),
        "post-to-slack": post_to_slack,
        "post-to-slack from the zip": from_the_zip,
    }
    # In turns, as the machine is faster at one time than at another.
    rounds = [
        {each: each.seconds() for each in {bare, *libraries.values(), *functions.values()}} for _ in range(20)
    ]
    least = {each: min(seconds[each] for seconds in rounds) for each in rounds[0]}
    needs = {name: least[each] - least[bare] for name, each in (libraries | functions).items()}
    for name, seconds in needs.items():
        yield "import", f"{name}, ms", seconds * 1000
    for name in functions:
        yield "import", f"{name}, times boto3 and requests", needs[name] / needs["boto3 and requests"]
    if not shutil.which("valgrind"):
        yield "import", "instructions", "not measured: no valgrind here"
        return
    started = bare.instructions()
    whole = both.instructions() - started
    for name in ("post-to-slack", "post-to-slack from the zip"):
        ratio = (functions[name].instructions() - started) / whole
        yield "import", f"{name}, instructions, times boto3 and requests", ratio
    for compiled in list(unpacked.rglob("__pycache__")):
        shutil.rmtree(compiled)
    ratio = (from_the_zip.instructions() - started) / whole
    yield "import", "… whose compiled files were taken away", ratio


@dataclass(frozen=True)
class Import:
    """What a new interpreter imports, and the folder in which it does."""

    code: str
    folder: Path = ROOT

    def seconds(self) -> float:
        """Processor time."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", self.code], check=True, cwd=self.folder, env=_writing_nothing())
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def instructions(self) -> int:
        """What valgrind sees executed, which no other work on the machine changes."""
        counted = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, "-c", self.code],
            check=True, cwd=self.folder, capture_output=True, text=True, env=_writing_nothing(),
        ).stderr  # fmt: skip
        return int(counted.split("Collected : ")[1].split()[0])


def _writing_nothing() -> dict[str, str]:
    """As on Lambda, where the unpacked zip can't be written to; hashes as they fall would change the count."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}


def messages() -> Iterator[Row]:
    """Measure reading and rendering every event of the tests: processor time of one, and what a reader sees."""
    events = [json.loads(path.read_text()) for path in sorted(bless.EVENTS.glob("*.json"))]
    context = bless.context("en")

    def make() -> list[dict[str, Any]]:
        return [render(parse(event), context) for event in events]

    begun = time.process_time()
    made = make()
    fastest = time.process_time() - begun
    for _ in range(11):
        begun = time.process_time()
        make()
        fastest = min(fastest, time.process_time() - begun)
    seen = sum(len(line) for each in made for line in message_lines(each))
    yield "message", "parse and render one finding, ms of processor time", fastest / len(events) * 1000
    yield (
        "message",
        "characters that a reader sees, on the average, addresses of buttons among them",
        seen // len(made),
    )


def _best(call: Callable[[], object], times: int) -> float:
    def seconds() -> float:
        begun = time.perf_counter()
        call()
        return time.perf_counter() - begun

    return min(seconds() for _ in range(times))


def ways() -> Iterator[Row]:
    """Count state transitions and invocations of each way through the machine, and what 1,000 findings cost."""
    with SlackStandIn() as slack, Machine(slack) as machine:
        yield from _way(machine, "posted", finding(1))
        yield from _way(machine, "the same again", finding(1))
        yield from _way(machine, "recurrence", finding(1, 5))
        machine.suppress(finding_type="Backdoor:EC2/*", rule="measured", reason="measured")
        yield from _way(machine, "suppressed", finding(2))


def _way(machine: Machine, name: str, event: dict[str, Any]) -> Iterator[Row]:
    before, calls = len(machine.invocations), machine.dynamodb_calls.copy()
    outcome = machine.run(event)
    transitions, invocations = len(outcome.states) + 1, len(machine.invocations) - before
    yield "ways", f"{name}: state transitions", transitions
    yield "ways", f"{name}: Lambda invocations", invocations
    seconds = sum(step.seconds for step in outcome.steps if step.state in LAMBDA_STATES)
    lambdas = invocations * PER_INVOCATION + seconds * GIGABYTES * PER_GB_SECOND
    calls = machine.dynamodb_calls - calls
    writes = calls["update_item"] + calls["put_item"]
    tables = writes * PER_WRITE + (calls.total() - writes) * PER_READ
    yield "ways", f"{name}: DynamoDB reads", calls.total() - writes
    yield "ways", f"{name}: DynamoDB writes", writes
    yield "ways", f"{name}: US$ for 1,000 findings", 1000 * (transitions * PER_TRANSITION + lambdas + tables)


LAMBDA_STATES = frozenset(
    {"ReadFinding", "LookUpAccount", "LookUpResourceTags", "CheckSuppressionList", "PostToSlack"}
)


def zip_size() -> Iterator[Row]:
    """Package as ``make deploy`` does: what is locked, compiled."""
    with _packaged() as package:
        yield "zip", "MB", package.stat().st_size / 1e6
        with zipfile.ZipFile(package) as files:
            yield "zip", "MB unzipped", sum(file.file_size for file in files.infolist()) / 1e6


@contextmanager
def _unpacked() -> Iterator[Path]:
    with _packaged() as package, TemporaryDirectory() as folder:
        with zipfile.ZipFile(package) as files:
            files.extractall(folder)
        yield Path(folder)


@contextmanager
def _packaged() -> Iterator[Path]:
    """Make the zip in a copy of the repository, as that of whoever works here is theirs."""
    with TemporaryDirectory() as folder:
        for name in (".chalice", "chalicelib", "statemachine"):
            shutil.copytree(
                ROOT / name,
                Path(folder) / name,
                ignore=shutil.ignore_patterns("__pycache__", "deployed", "deployments"),
            )
        for name in ("app.py", "pyproject.toml", "requirements.txt", "requirements.lock"):
            shutil.copy(ROOT / name, folder)
        subprocess.run(
            [sys.executable, "-m", "statemachine", "package", "--stage", "dev"],
            check=True, cwd=folder, capture_output=True, env=_region(),
        )  # fmt: skip
        (package,) = (Path(folder) / ".chalice/deployments").glob("*.zip")
        yield package


def _region() -> dict[str, str]:
    return {**os.environ, "AWS_DEFAULT_REGION": REGION}


if __name__ == "__main__":
    bench()
