"""What the READMEs say is so: names, commands, examples, numbers and links, in both languages."""

import io
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from rich.console import Console
from rich.panel import Panel

from chalicelib import settings
from chalicelib.ledger import claim, places
from chalicelib.notify import patience
from chalicelib.notify.post import CLAIM_MARGIN
from chalicelib.rules import conditions, dry_run, routes, suggested_rule, suppressions
from chalicelib.rules.conditions import RuleStanding
from statemachine.__main__ import main
from statemachine.deploy import definition
from statemachine.local.terminal_message import drawn
from statemachine.operate.redrive import LONGEST

ROOT = Path(__file__).parent.parent
ENGLISH, JAPANESE = "README.md", "README.ja.md"
DOWN = "docs/when-slack-was-down.md"
NOW = datetime(2026, 11, 20, tzinfo=UTC)

TEMPLATE = (ROOT / "statemachine/template.yaml").read_text()
DEFINITION = json.loads(definition.text())

both_languages = pytest.mark.parametrize("page", [ENGLISH, JAPANESE])
every_page = pytest.mark.parametrize(
    "page",
    [
        *(
            ENGLISH,
            JAPANESE,
            DOWN,
            "docs/deploying.md",
            "docs/security.md",
            "docs/releasing.md",
            "docs/cost.md",
        ),
        *("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"),
    ],
)


def text(page: str) -> str:
    return (ROOT / page).read_text()


def section(page: str, holds: str) -> str:
    """The only section (``##``) in which a string stands."""
    sections = [each for each in re.split(r"^## ", text(page), flags=re.MULTILINE) if holds in each]
    assert len(sections) == 1, f"{holds} stands in {len(sections)} sections of {page}"
    return sections[0]


def names(table: str) -> list[str]:
    """Every name in code in the first column of a section's tables."""
    cells = re.findall(r"^\| ((?:`[^`]+`(?:, )?)+) \|", table, flags=re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def fenced(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text(page), flags=re.MULTILINE | re.DOTALL)


def states(machine: Mapping[str, Any]) -> Iterator[str]:
    for name, state in machine["States"].items():
        yield name
        for branch in state.get("Branches", []):
            yield from states(branch)


def rules(page: str) -> list[dict[str, object]]:
    found = [json.loads(block) for block in fenced(page, "json")]
    return [rule for rule in found if isinstance(rule, dict)]


def routes_shown(page: str) -> list[dict[str, object]]:
    return [
        rule for found in map(json.loads, fenced(page, "json")) if isinstance(found, list) for rule in found
    ]


# --- tables -------------------------------------------------------------------------------------------------


@both_languages
def test_suppression_attributes(page: str) -> None:
    table = section(page, "`match_count`, `last_matched_at`").split("\n### ")[0]
    shown = [name for name in names(table) if not name.startswith("suppressions")]
    assert sorted(shown) == sorted(suppressions.ATTRIBUTES)


@both_languages
def test_route_attributes(page: str) -> None:
    shown = names(section(page, "`mention` | S |"))
    assert {*shown, *conditions.COMMON} == routes.ATTRIBUTES
    assert routes.ATTRIBUTES - {*conditions.COMMON} <= {*shown}


@both_languages
def test_settings(page: str) -> None:
    read = [reader.__name__.upper() for reader in settings.READERS]
    assert sorted(names(section(page, "| `MESSAGE_LANGUAGE` |"))) == sorted(read)


@both_languages
def test_stack_parameters_exist(page: str) -> None:
    head = TEMPLATE.split("\nResources:")[0]
    parameters = set(re.findall(r"^  ([A-Z]\w+):$", head, flags=re.MULTILINE))
    named = section(page, "| `MESSAGE_LANGUAGE` |").split("`stack_parameters`")[1]
    assert set(re.findall(r"`([A-Z][a-z]\w+)`", named)) <= parameters


def test_every_setting_stands_in_each_stage() -> None:
    stages = json.loads((ROOT / ".chalice/config.json").read_text())["stages"]
    shown = names(section(ENGLISH, "| `MESSAGE_LANGUAGE` |"))
    for name, stage in stages.items():
        assert sorted(stage["environment_variables"]) == sorted(shown), name


@both_languages
def test_every_state_has_its_line(page: str) -> None:
    assert sorted(names(section(page, "| `ReadFinding` |"))) == sorted(states(DEFINITION))


# --- commands -----------------------------------------------------------------------------------------------


@every_page
def test_make_targets_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"(?:`|\$ |run: )make ([a-z]+)", text(page)))
    assert named <= targets


@both_languages
def test_commands_for_everybody_are_all_named(page: str) -> None:
    commands = main.list_commands(click.Context(main))
    assert {*commands} - {"deploy", "delete", "package"} <= {each.split()[0] for each in calls(page)}


@every_page
def test_statemachine_commands_and_their_options_exist(page: str) -> None:
    for call in calls(page):
        command = known(call.split()[0])
        options = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z][a-z-]*", call)) <= options, call


def known(name: str) -> click.Command:
    command = main.get_command(click.Context(main), name)
    assert isinstance(command, click.Command), f"python -m statemachine {name}"
    return command


def calls(page: str) -> list[str]:
    """What stands behind ``python -m statemachine``, and the table of commands that leaves it out."""
    whole = re.findall(r"python -m statemachine ([a-z][^`\n|]*)", text(page))
    short = re.findall(r"^\| `((?:run|suppressions) [^`]*)` \|", text(page), flags=re.MULTILINE)
    return whole + short


def typed(page: str) -> list[str]:
    blocks = "".join(fenced(page, "console"))
    inline = sorted(set(re.findall(r"`((?:\.venv/bin/|make |chalice |python |--)[^`]*)`", text(page))))
    return re.findall(r"^\$ (.*)$", blocks, flags=re.MULTILINE) + inline


def test_both_languages_name_the_same_commands() -> None:
    # MESSAGE_LANGUAGE and the like stand where a reader of that language needs them.
    assert typed(ENGLISH) == typed(JAPANESE)
    assert sorted(calls(ENGLISH)) == sorted(calls(JAPANESE))


# --- examples -----------------------------------------------------------------------------------------------


@both_languages
def test_rules_to_paste_are_valid(page: str) -> None:
    assert len(rules(page)) == 3
    for rule in rules(page):
        reading = suppressions.read(rule)
        assert conditions.standing(reading, NOW) == (RuleStanding.VALID, None)


@both_languages
def test_routes_to_paste_are_valid(page: str) -> None:
    assert len(routes_shown(page)) == 3
    for route in routes_shown(page):
        assert conditions.standing(routes.read(route), NOW) == (RuleStanding.VALID, None)


def test_both_languages_show_the_same_examples() -> None:
    def without_reason(page: str) -> list[dict[str, object]]:
        return [{name: rule[name] for name in rule if name != "reason"} for rule in rules(page)]

    assert without_reason(ENGLISH) == without_reason(JAPANESE)
    assert routes_shown(ENGLISH) == routes_shown(JAPANESE)


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        pytest.param({"acount_id": "111122223333"}, "misspelt", id="unknown-attribute"),
        pytest.param({"region": 1}, "values", id="wrong-type"),
        pytest.param({"reason": ""}, "reason", id="no-reason"),
        pytest.param({"expires_at": "next year"}, "date", id="unreadable-date"),
        pytest.param({"finding_type": "*"}, "star", id="star-alone"),
        pytest.param({"finding_type": "*", "actor_ip": "0.0.0.0/0"}, "star", id="every-address"),
        pytest.param({"finding_type": "*", "account_name": "[!p]*"}, "star", id="no-literal"),
        pytest.param({"finding_type": "*:EC2/*", "tag": "Role=honeypot"}, "member", id="only-a-tag"),
        pytest.param({"finding_type": "Recon:EC2/Port*"}, "key", id="middle-of-a-word"),
    ],
)
def test_what_is_never_applied(item: dict[str, object], fault: str) -> None:
    reading = suppressions.read({"finding_type": "Recon:EC2/*", "rule": "r", "reason": "because", **item})
    assert getattr(reading, "key", None) == fault


@both_languages
def test_the_run_shown_is_the_way_of_a_posted_finding(page: str) -> None:
    shown = sample(page)
    steps = re.findall(r"^  (\w+\??) +\d+\.\d\d$", shown, flags=re.MULTILINE)
    assert steps[0] == "ReadFinding"
    assert steps[-1] == "Notified"
    assert {*steps} <= {*states(DEFINITION)}


@both_languages
def test_the_message_shown_is_the_golden_one(page: str) -> None:
    golden = json.loads((ROOT / "tests/messages/example.en.json").read_text())
    printed = io.StringIO()
    Console(file=printed, width=80).print(Panel(drawn(golden)))
    lines = [line for line in sample(page).splitlines() if line.startswith(("╭", "│"))]
    assert len(lines) > 3
    assert lines == printed.getvalue().splitlines()[: len(lines)]


def sample(page: str) -> str:
    return next(block for block in fenced(page, "console") if block.startswith("$ make run\n"))


# --- numbers ------------------------------------------------------------------------------------------------

PATIENCE = f"{patience.LONGEST.total_seconds() / 60:g}"
HOUR = re.findall(r'DailyProofHour:\n +Type: String\n +Default: "(\d+)"', TEMPLATE)[0]
MARGIN = f"{CLAIM_MARGIN.total_seconds() / 60:g}"


@pytest.mark.parametrize(
    ("page", "said"),
    [
        pytest.param(ENGLISH, f"{conditions.UP_TO_HIGH} unless given", id="highest-severity"),
        pytest.param(JAPANESE, f"指定がなければ {conditions.UP_TO_HIGH} ", id="highest-severity-ja"),
        pytest.param(ENGLISH, f"{routes.USUAL_PRIORITY:g} unless given", id="priority"),
        pytest.param(JAPANESE, f"指定がなければ {routes.USUAL_PRIORITY:g}", id="priority-ja"),
        pytest.param(ENGLISH, f"{places._SHARE_OF_LIMIT} of `SLACK_MESSAGES_PER_SECOND`", id="pace"),
        pytest.param(JAPANESE, f"`SLACK_MESSAGES_PER_SECOND` の {places._SHARE_OF_LIMIT} 倍", id="pace-ja"),
        pytest.param(ENGLISH, f"after {claim.KEPT.days} days", id="memory"),
        pytest.param(JAPANESE, f"から {claim.KEPT.days} 日", id="memory-ja"),
        pytest.param(ENGLISH, f"resource, {suggested_rule.DAYS} days", id="pasted-rule"),
        pytest.param(JAPANESE, f"リソース、{suggested_rule.DAYS} 日間", id="pasted-rule-ja"),
        pytest.param(ENGLISH, f"last {dry_run.DAYS} days (`--days N`)", id="hindsight"),
        pytest.param(JAPANESE, f"過去 {dry_run.DAYS} 日間（`--days N`", id="hindsight-ja"),
        pytest.param(ENGLISH, f"({PATIENCE} minutes, with longer and longer pauses)", id="patience"),
        pytest.param(JAPANESE, f"（{PATIENCE} 分、間隔を広げながら）", id="patience-ja"),
        pytest.param(ENGLISH, f"({HOUR}:00 UTC)", id="hour-of-the-proof"),
        pytest.param(JAPANESE, f"（{HOUR}:00 UTC）", id="hour-of-the-proof-ja"),
        pytest.param(DOWN, f"After {PATIENCE} minutes of nothing else", id="patience-when-down"),
        pytest.param(DOWN, f"until {MARGIN} minutes after its turn", id="claim"),
        pytest.param(DOWN, f"of the last {LONGEST.days} days", id="redrive"),
    ],
)
def test_numbers(page: str, said: str) -> None:
    assert said in text(page)


# --- links --------------------------------------------------------------------------------------------------


@every_page
def test_links_resolve(page: str) -> None:
    prose = re.sub(r"^ *```.*?^ *```$", "", text(page), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r'\]\(([^)\s]+)\)|src="([^"]+)"', prose)
    for link in (a or b for a, b in links):
        if not link.startswith("https://"):
            resolve(page, link)


def resolve(page: str, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = (ROOT / page).parent / path if path else ROOT / page
    assert target.exists(), link
    assert not anchor or anchor in anchors(target), link


def anchors(page: Path) -> set[str]:
    """The headings' anchors, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
