"""``python -m tests.snapshot FILE``: what ``run --json`` prints for every event, to compare before and after a move.

Each event in both languages: posted, suppressed by a rule, and posted again with news. Names of executions and
what depends on the clock are replaced by words, so that two files of the same code are equal.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).with_name("events")
ACCOUNTS = {"111122223333": "payments-prod", "444455556666": "data-dev"}
_CLOCK = (
    (re.compile(r"(executions/details/[^\"|>]*:|:execution:[\w-]+:)[0-9a-f]{32}"), r"\1<execution>"),
    (re.compile(r"\b1[0-9]{9}\.[0-9]{6}\b"), "1.0"),
    (re.compile(r"\b1[0-9]{9}([0-9]{3})?\b"), "1000000000"),
    (re.compile(r"\bo-[a-z0-9]{10}/r-[a-z0-9]{4}\b"), "o-x/r-x"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "<loopback>"),
    (re.compile(r"Request ID: \w+"), "Request ID: x"),
)


def main() -> None:
    """Write the file, one line a run."""
    with tempfile.TemporaryDirectory() as folder:
        lines = [line for each in sorted(cases(Path(folder))) for line in run(*each)]
    Path(sys.argv[1]).write_text("".join(line + "\n" for line in lines))


def cases(folder: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Name, language and arguments of each run."""
    events = sorted(EVENTS.glob("*.json"))
    updates = [written(folder / path.name, updated(json.loads(path.read_text()))) for path in events]
    rules = written(folder / "rules.json", [rule(json.loads(path.read_text())) for path in events])
    pairs = [str(path) for pair in zip(events, updates, strict=True) for path in pair]
    for language in ("en", "ja"):
        yield "posted and updated", language, pairs
        yield "suppressed", language, ["--suppressions", rules, *map(str, events)]


def rule(event: Any) -> Any:
    """A rule that hides a finding of this type, whatever its severity."""
    detail = event["detail"]
    bounds = {"max_severity": 10, "expires_at": "2099-01-01"}
    return {"finding_type": detail["type"], "rule": "known", "reason": "a comparison"} | bounds


def updated(event: Any) -> Any:
    """The same finding, later, with more occurrences and a higher severity."""
    detail = event["detail"]
    detail["severity"] = 8.9 if detail["severity"] < 8.9 else 10
    detail["updatedAt"] = "2026-11-24T23:59:00.000Z"
    detail["service"]["count"] = 99
    return event


def run(name: str, language: str, arguments: list[str]) -> Iterator[str]:
    """The lines that a run prints."""
    accounts = written(Path(tempfile.mkdtemp()) / "accounts.json", ACCOUNTS)
    environment = os.environ | {
        "MESSAGE_LANGUAGE": language,
        "SLACK_MESSAGES_PER_SECOND": "100",
        "PYTHONIOENCODING": "utf-8",
    }
    command = [sys.executable, "-m", "statemachine", "run", "--json", "--min-severity", "0"]
    done = subprocess.run(
        [*command, "--accounts", accounts, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    sys.stderr.write(f"{name}, {language}: exit code {done.returncode}\n{done.stderr}")
    for line in done.stdout.splitlines():
        found = json.loads(line)
        found["event"] = Path(found["event"]).name
        yield timeless(json.dumps({"run": name, "language": language} | found, ensure_ascii=False))


def timeless(line: str) -> str:
    """Replace what differs between two runs, also on another day."""
    for pattern, word in _CLOCK:
        line = pattern.sub(word, line)
    now = datetime.now(UTC)
    for days in (30, 31):  # the end of the suggested rule
        line = line.replace(f"{now + timedelta(days=days):%Y-%m-%d}", "<in 30 days>")
    return re.sub(
        r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|\+00:00)", lambda found: _unless_now(found[0], now), line
    )


def _unless_now(text: str, now: datetime) -> str:
    return "<now>" if abs(datetime.fromisoformat(text) - now) < timedelta(hours=2) else text


def written(path: Path, content: Any) -> str:
    """Write JSON, and say where."""
    path.write_text(json.dumps(content))
    return str(path)


if __name__ == "__main__":
    main()
