"""What README and the pages say is so: names, commands, examples and numbers, in both languages."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import click
import pytest

from chalicelib import settings
from chalicelib.attention import schedule, who_counts
from chalicelib.ledger import claim, digests, places
from chalicelib.message import digest as digest_message
from chalicelib.notify import digest, patience
from chalicelib.notify.attempt import CLAIM_MARGIN
from chalicelib.rules import conditions, dry_run, routes, suggested_rule, suppressions
from chalicelib.rules.conditions import RuleStanding
from chalicelib.rules.table import CONDITIONS
from statemachine.__main__ import main
from statemachine.deploy import definition
from statemachine.local import outcomes
from statemachine.operate.redrive import LONGEST
from tests.pages import IN_BOTH, PAGES, PAIRS, ROOT, fenced, japanese, names, rows, section, text

ENGLISH, JAPANESE = "README.md", "README.ja.md"
DOWN = "docs/when-slack-was-down.md"
NOW = datetime(2026, 11, 20, tzinfo=UTC)

TEMPLATE = (ROOT / "statemachine/template.yaml").read_text()
DEFINITION = json.loads(definition.text())
ATTENTION = json.loads(definition.text(definition.ATTENTION))
STAGES = json.loads((ROOT / ".chalice/config.json").read_text())["stages"]

both_languages = pytest.mark.parametrize("page", [ENGLISH, JAPANESE])
every_page = pytest.mark.parametrize("page", PAGES)
every_pair = pytest.mark.parametrize(("english", "in_japanese"), PAIRS)


def in_both(page: str) -> pytest.MarkDecorator:
    """Try a page of ``docs`` in both languages."""
    return pytest.mark.parametrize("page", [f"docs/{page}.md", f"docs/{page}.ja.md"])


def states(machine: Mapping[str, Any]) -> Iterator[str]:
    for name, state in machine["States"].items():
        yield name
        for branch in state.get("Branches", []):
            yield from states(branch)


def shown(page: str) -> list[dict[str, object]]:
    """The suppression rules that a page shows, one a block."""
    found = [json.loads(block) for block in fenced(page, "json")]
    return [each for each in found if isinstance(each, dict) and "finding_type" in each]


def routes_shown(page: str) -> list[dict[str, object]]:
    """The routes that a page shows, in lists."""
    lists = [each for each in map(json.loads, fenced(page, "json")) if isinstance(each, list)]
    return [route for each in lists for route in each if "finding_type" in route]


# --- tables -------------------------------------------------------------------------------------------------


@in_both("suppressions")
def test_suppression_attributes(page: str) -> None:
    own = names(section(page, "`match_count`, `last_matched_at`"))
    compared = names(section(page, "| `finding_id` |"))
    assert compared == [*CONDITIONS]
    assert sorted(own + compared) == sorted(suppressions.ATTRIBUTES)


@both_languages
def test_readme_names_all_conditions(page: str) -> None:
    """People stand in DynamoDB's console, and look for a name."""
    [paragraph] = [each for each in text(page).split("\n\n") if "`vpc_id`" in each]
    said = re.findall(r"`(\w+)`", paragraph)
    assert {*said} == {*conditions.COMMON} - {"owner", "ticket"}
    assert {"owner"} <= {*shown(page)[0]}


@in_both("routes")
def test_route_attributes(page: str) -> None:
    said = names(section(page, "`mention` | S |"))
    assert {*said, *conditions.COMMON} == routes.ATTRIBUTES
    assert routes.ATTRIBUTES - {*conditions.COMMON} <= {*said}


@in_both("settings")
def test_settings(page: str) -> None:
    read = [reader.__name__.upper() for reader in settings.READERS]
    assert sorted(names(section(page, "| `MESSAGE_LANGUAGE` |"))) == sorted(read)


@in_both("settings")
def test_stack_parameters_exist(page: str) -> None:
    head = TEMPLATE.split("\nResources:")[0]
    parameters = set(re.findall(r"^  ([A-Z]\w+):$", head, flags=re.MULTILINE))
    named = names(section(page, "| `MinSeverity` |"))
    assert {*named} <= parameters
    for name, stage in STAGES.items():
        assert [*stage["stack_parameters"]] == named, name


@in_both("settings")
def test_every_function_has_its_timeout(page: str) -> None:
    functions = json.loads((ROOT / ".chalice/config.json").read_text())["lambda_functions"]
    said = {
        name: re.sub(r"\D", "", row[1])
        for row in rows(section(page, "| `read-finding` |"))
        for name in re.findall(r"`([^`]+)`", row[0])
    }
    assert said == {name: str(each["lambda_timeout"]) for name, each in functions.items()}


def test_every_setting_stands_in_each_stage() -> None:
    named = names(section("docs/settings.md", "| `MESSAGE_LANGUAGE` |"))
    for name, stage in STAGES.items():
        assert sorted(stage["environment_variables"]) == sorted(named), name


@in_both("executions")
def test_every_state_has_its_line(page: str) -> None:
    assert sorted(names(section(page, "| `ReadFinding` |"))) == sorted(states(DEFINITION))


@in_both("executions")
def test_every_state_of_an_answer_has_its_line(page: str) -> None:
    assert sorted(names(section(page, "| `LookForAnswer` |"))) == sorted(states(ATTENTION))


@in_both("attention")
def test_the_picture_of_an_answer_shows_every_state(page: str) -> None:
    [picture] = fenced(page, "mermaid")
    shown = re.findall(r"[\[{(](\w+\??)(?:<br>|[\]})])", picture)
    assert sorted(shown) == sorted([*states(ATTENTION), "StartAttention"])


@in_both("attention")
def test_the_page_names_the_reactions_that_count(page: str) -> None:
    """By Slack's names of them, as one types them."""
    said = re.findall(r"^\| (.*) \| .* \|$", section(page, "`:eyes:`"), flags=re.MULTILINE)
    seen, handled = (re.findall(r"`:(\w+):`", line) for line in said if "`:" in line)
    assert (sorted(seen), sorted(handled)) == (sorted(who_counts.SEEN), sorted(who_counts.HANDLED))


@in_both("attention")
def test_the_page_says_when_reminders_come(page: str) -> None:
    """The table of 15 minutes, and what is said of 24 hours."""
    reminders = [row[1:] for row in rows(section(page, "| 0:15 |")) if ":" in row[1]]
    assert reminders == [[hours(15 * each), hours(15 * each * schedule._SEEN)] for each in schedule.TIMES]
    day = [str(24 * each) for each in schedule.TIMES]
    said = f"{'、'.join(day)} 時間後" if japanese(page) else f"after {day[0]}, {day[1]} and {day[2]} hours"
    assert said in section(page, "| 0:15 |")
    assert said in text(page.replace("attention", "routes"))


def hours(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


@in_both("attention")
def test_the_page_says_when_it_looks(page: str) -> None:
    ages = ", ".join(str(age // 60) for age in schedule._AGES)
    assert re.sub(r" and |、", ", ", text(page)).count(ages) == 1
    days = f"**{schedule.LASTS.days} 日**" if japanese(page) else {7: "**seven days**"}[schedule.LASTS.days]
    assert days in text(page)


@both_languages
def test_readme_leads_to_answers_at_its_top(page: str) -> None:
    top = "\n".join(text(page).splitlines()[:40])
    assert (
        "[引き受ける](docs/attention.ja.md)" if japanese(page) else "[Take a finding](docs/attention.md)"
    ) in top


@both_languages
def test_readme_names_every_end(page: str) -> None:
    ends = [name for name, state in DEFINITION["States"].items() if state["Type"] == "Succeed"]
    said = re.findall(r"^- `(\w+)`:", section(page, "- `Notified`:"), flags=re.MULTILINE)
    assert sorted(said) == sorted(ends)


# --- commands -----------------------------------------------------------------------------------------------


@every_page
def test_make_targets_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"(?:`|\$ |run: )make ([a-z]+)", text(page)))
    assert named <= targets


@pytest.mark.parametrize("in_japanese", [False, True])
def test_commands_for_everybody_are_all_named(in_japanese: bool) -> None:
    commands = main.list_commands(click.Context(main))
    named = {each.split()[0] for page in IN_BOTH if japanese(page) == in_japanese for each in calls(page)}
    assert {*commands} - {"deploy", "delete", "package"} <= named


@every_page
def test_statemachine_commands_and_their_options_exist(page: str) -> None:
    for call in calls(page):
        command = known(call.split()[0])
        options = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z][a-z-]*", call)) <= options, call


@in_both("local")
def test_options_of_run_exist(page: str) -> None:
    options = {option for parameter in known("run").params for option in parameter.opts}
    assert {name.split()[0] for name in names(section(page, "| `--json` |"))} <= options


def known(name: str) -> click.Command:
    command = main.get_command(click.Context(main), name)
    assert isinstance(command, click.Command), f"guardduty-notifier {name}"
    return command


def calls(page: str) -> list[str]:
    """What stands behind ``guardduty-notifier``, and the table of commands that leaves it out."""
    whole = re.findall(r"(?:`|bin/)guardduty-notifier ([a-z][^`\n|]*)", text(page))
    short = re.findall(r"^\| `((?:run|suppressions) [^`]*)` \|", text(page), flags=re.MULTILINE)
    return whole + short


def typed(page: str) -> list[str]:
    blocks = "".join(fenced(page, "console"))
    inline = sorted(
        set(re.findall(r"`((?:\.venv/bin/|make |chalice |guardduty-notifier |--)[^`]*)`", text(page)))
    )
    lines = re.findall(r"^\$ (.*)$", blocks, flags=re.MULTILINE)
    return [line.removeprefix("MESSAGE_LANGUAGE=ja ") for line in lines] + inline


@every_pair
def test_both_languages_name_the_same_commands(english: str, in_japanese: str) -> None:
    # MESSAGE_LANGUAGE and the like stand where a reader of that language needs them.
    assert typed(english) == typed(in_japanese)
    assert sorted(calls(english)) == sorted(calls(in_japanese))


# --- examples -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "rules", "ways"),
    [
        *((ENGLISH, 1, 1), (JAPANESE, 1, 1)),
        *(("docs/suppressions.md", 2, 0), ("docs/suppressions.ja.md", 2, 0)),
        *(("docs/routes.md", 0, 3), ("docs/routes.ja.md", 0, 3)),
    ],
)
def test_rules_and_routes_to_paste_are_valid(page: str, rules: int, ways: int) -> None:
    readings = [suppressions.read(rule) for rule in shown(page)]
    routed = [routes.read(route) for route in routes_shown(page)]
    assert (len(readings), len(routed)) == (rules, ways)
    assert {conditions.standing(reading, NOW) for reading in [*readings, *routed]} == {
        (RuleStanding.VALID, None)
    }


@every_pair
def test_both_languages_show_the_same_examples(english: str, in_japanese: str) -> None:
    def without_reason(page: str) -> list[dict[str, object]]:
        return [{name: rule[name] for name in rule if name != "reason"} for rule in shown(page)]

    assert without_reason(english) == without_reason(in_japanese)
    assert routes_shown(english) == routes_shown(in_japanese)


def test_what_is_shown_is_in_the_files_of_examples() -> None:
    rules = json.loads((ROOT / "examples/suppressions.json").read_text())
    assert shown(ENGLISH) + shown("docs/suppressions.md") == rules[:3]
    assert routes_shown(ENGLISH) + routes_shown("docs/routes.md") == json.loads(
        (ROOT / "examples/routes.json").read_text()
    )


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


# --- the run that README shows, and it alone ---------------------------------------------------------------


@pytest.fixture(scope="module")
def printed() -> Mapping[str, list[str]]:
    """What the command prints now, by language, line by line."""
    return {page: list(output(language)) for page, language in ((ENGLISH, "en"), (JAPANESE, "ja"))}


def output(language: str) -> Iterator[str]:
    """Run the example as ``make run`` does, in a terminal of 80 columns."""
    own = {
        name: value for name, value in os.environ.items() if not name.startswith("SLACK_")
    }  # posts nothing
    environment = {**own, "MESSAGE_LANGUAGE": language, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-m", "statemachine", "run", "tests/events/example.json"],
        cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    return (without_seconds(line) for line in done.stdout.splitlines())


def without_seconds(line: str) -> str:
    return re.sub(r" +\d+\.\d\d\b", " …", line).rstrip()


def sample(page: str) -> list[str]:
    [block] = [each for each in fenced(page, "console") if "make run\n" in each]
    return [without_seconds(line) for line in block.splitlines()[1:] if line != "…"]


@both_languages
def test_the_run_shown_is_the_way_of_a_posted_finding(page: str) -> None:
    steps = [line.split()[0] for line in sample(page) if re.fullmatch(r"  \w+\?? …", line)]
    assert steps[0] == "ReadFinding"
    assert steps[-1] == "Notified"
    assert {*steps} <= {*states(DEFINITION)}


@both_languages
def test_the_run_shown_is_what_is_printed(page: str, printed: Mapping[str, list[str]]) -> None:
    lines = sample(page)
    assert len([line for line in lines if line.startswith("│")]) > 3
    assert [line for line in lines if line not in printed[page]] == []
    assert lines == [line for line in printed[page] if line in lines]


@pytest.mark.parametrize("page", [page for page in PAGES if page not in {ENGLISH, JAPANESE}])
def test_no_other_page_shows_a_run(page: str) -> None:
    assert "chat.postMessage →" not in text(page)


@pytest.mark.parametrize(
    ("page", "golden"),
    [("docs/suppressions.md", "added.en.json"), ("docs/suppressions.ja.md", "added.ja.json")],
)
def test_the_announcement_shown_is_the_golden_one(page: str, golden: str) -> None:
    quoted = re.findall(r"^> (.*?)(?:<br>)?$", text(page), flags=re.MULTILINE)
    posted = (ROOT / "tests/announcements" / golden).read_text("utf-8")
    lines = [line.replace("**", "").replace("`", "") for line in quoted]
    assert len(lines) == 6
    plain = json.dumps(json.loads(posted), ensure_ascii=False).replace("\u2217", "*").replace("`", "")
    assert [line for line in lines[1:-1] if line not in plain] == []


# --- numbers ------------------------------------------------------------------------------------------------

PATIENCE = f"{patience.LONGEST.total_seconds() / 60:g}"
HOUR = re.findall(r'DailyProofHour:\n +Type: String\n +Default: "(\d+)"', TEMPLATE)[0]
SUPPRESSIONS, SUPPRESSIONS_JA = "docs/suppressions.md", "docs/suppressions.ja.md"
ROUTES, ROUTES_JA = "docs/routes.md", "docs/routes.ja.md"
HOW, HOW_JA = "docs/how-it-works.md", "docs/how-it-works.ja.md"
MARGIN = f"{CLAIM_MARGIN.total_seconds() / 60:g}"
STORMS, STORMS_JA = "docs/storms.md", "docs/storms.ja.md"
NAMED = digest_message.MOST_REPLIES * digest_message.NAMED_IN_A_REPLY


@pytest.mark.parametrize(
    ("page", "said"),
    [
        pytest.param(ENGLISH, f"{conditions.UP_TO_HIGH} unless given", id="highest-severity"),
        pytest.param(SUPPRESSIONS, f"{conditions.UP_TO_HIGH} unless given", id="highest-severity-of-a-rule"),
        pytest.param(JAPANESE, f"指定がなければ {conditions.UP_TO_HIGH} ", id="highest-severity-ja"),
        pytest.param(
            SUPPRESSIONS_JA, f"指定がなければ {conditions.UP_TO_HIGH} ", id="highest-severity-of-a-rule-ja"
        ),
        pytest.param(ROUTES, f"{routes.USUAL_PRIORITY:g} unless given", id="priority"),
        pytest.param(ROUTES_JA, f"指定がなければ {routes.USUAL_PRIORITY:g}", id="priority-ja"),
        pytest.param(ENGLISH, f"{places._SHARE_OF_LIMIT} of `SLACK_MESSAGES_PER_SECOND`", id="pace"),
        pytest.param(JAPANESE, f"`SLACK_MESSAGES_PER_SECOND` の {places._SHARE_OF_LIMIT} 倍", id="pace-ja"),
        pytest.param(ENGLISH, f"after {claim.KEPT.days} days", id="memory"),
        pytest.param(JAPANESE, f"から {claim.KEPT.days} 日", id="memory-ja"),
        pytest.param(SUPPRESSIONS, f"resource, {suggested_rule.DAYS} days", id="pasted-rule"),
        pytest.param(SUPPRESSIONS_JA, f"リソース、{suggested_rule.DAYS} 日間", id="pasted-rule-ja"),
        pytest.param(SUPPRESSIONS, f"last {dry_run.DAYS} days (`--days N`)", id="hindsight"),
        pytest.param(SUPPRESSIONS_JA, f"過去 {dry_run.DAYS} 日間（`--days N`", id="hindsight-ja"),
        pytest.param(ENGLISH, f"({PATIENCE} minutes, with longer and longer pauses)", id="patience"),
        pytest.param(JAPANESE, f"（{PATIENCE} 分、間隔を広げながら）", id="patience-ja"),
        pytest.param(HOW, f"({HOUR}:00 UTC)", id="hour-of-the-proof"),
        pytest.param(HOW_JA, f"（{HOUR}:00 UTC）", id="hour-of-the-proof-ja"),
        pytest.param("docs/local.md", f"From {outcomes.ROWS_FROM} on each has a row", id="rows"),
        pytest.param("docs/local.ja.md", f"{outcomes.ROWS_FROM} 件からは 1 件が 1 行", id="rows-ja"),
        pytest.param(DOWN, f"After {PATIENCE} minutes of nothing else", id="patience-when-down"),
        *(
            pytest.param(page, f"`{settings.ANSWER_WITHIN}`", id=f"answer-within-{page}")
            for name in ("attention", "settings")
            for page in (f"docs/{name}.md", f"docs/{name}.ja.md")
        ),
        *(
            pytest.param(page, said, id=f"fold-after-{page}")
            for page, said in (
                ("docs/settings.md", f"| `{settings.FOLD_AFTER}` |"),
                ("docs/settings.ja.md", f"| `{settings.FOLD_AFTER}` |"),
                (STORMS, f"{settings.FOLD_AFTER} seconds"),
                (STORMS_JA, f"（{settings.FOLD_AFTER} 秒）"),
                (ENGLISH, f"`FOLD_AFTER` ({settings.FOLD_AFTER} seconds)"),
                (JAPANESE, f"`FOLD_AFTER`（{settings.FOLD_AFTER} 秒）"),
            )
        ),
        pytest.param(
            STORMS,
            f"first {NAMED} by name, the most severe first, {digest_message.NAMED_IN_A_REPLY} in a",
            id="named",
        ),
        pytest.param(
            STORMS_JA, f"{NAMED} 件の名前が、1 つの返信に {digest_message.NAMED_IN_A_REPLY} 件", id="named-ja"
        ),
        pytest.param(DOWN, f"until {MARGIN} minutes after its turn", id="claim"),
        pytest.param(DOWN, f"of the last {LONGEST.days} days", id="redrive"),
    ],
)
def test_numbers(page: str, said: str) -> None:
    assert said in text(page)


@in_both("storms")
def test_the_page_says_how_soon_a_digest_is_there(page: str) -> None:
    """When its minute is over, and when nobody can join any more; the whole is what the page promises."""
    begins = digests.begins("202611261405-3fa9c1d2")
    ends = (begins + digests.MINUTE, digest.ready_at("202611261405-3fa9c1d2"))
    said = [row[1] for row in rows(section(page, "| 1:00 |")) if len(row) > 1]
    assert said[:2] == [hours(int((each - begins).total_seconds())) for each in ends]
    promised = "**3 分以内**" if japanese(page) else "**within three minutes**"
    assert promised in section(page, "| 1:00 |")
    assert said[-1] == "3:00"


@in_both("storms")
def test_the_page_says_how_many_are_messages_of_their_own(page: str) -> None:
    """At the usual pace, at half of it, and with half a minute."""
    each = 1 / places._SHARE_OF_LIMIT
    usual = int(settings.FOLD_AFTER)
    own, half, short = usual / each, usual / (2 * each), 30 / each
    assert (int(own) // 10 * 10, int(half), int(short)) == (80, 42, 28)
    said = (
        ("80 件あまり", "90 秒は 42 件", "28 件ほど")
        if japanese(page)
        else ("80-odd", "90 seconds are 42", "28 or so")
    )
    assert [each for each in said if each not in text(page)] == []


@pytest.mark.parametrize(("page", "language"), [(STORMS, "en"), (STORMS_JA, "ja")])
def test_the_daily_report_is_quoted_as_it_is(page: str, language: str) -> None:
    catalogue = json.loads((ROOT / f"chalicelib/text/{language}.json").read_text("utf-8"))["proof"]
    [quoted] = re.findall(r"^> (.*)$", text(page), flags=re.MULTILINE)
    assert catalogue["in_digests_several"].format(digests=3, number="4,120") in quoted
    assert catalogue["under_way"].split("{number}")[0].strip() in section(page, "4,120")


@in_both("storms")
def test_the_id_shown_is_one(page: str) -> None:
    [shown] = re.findall(r"guardduty-notifier digest (\S+)", "".join(fenced(page, "console")))
    assert digests.is_id(shown)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (ENGLISH, r"about US\$ (\d+) a month for a stage, and about US\$ ([\d.]+) for 1,000 findings"),
        (JAPANESE, r"1 ステージにつき月に約 (\d+) US ドル、検出結果 1,000 件につき約 ([\d.]+) US ドル"),
    ],
)
def test_what_readme_says_of_the_cost_is_what_the_page_on_it_says(page: str, said: str) -> None:
    cost = text("docs/cost.md")
    stage = re.findall(r"^\| \*\*a stage\*\* \| \*\*about (\d+)\*\* \|$", cost, flags=re.MULTILINE)
    thousand = re.findall(r"^\| 1,000 \| ([\d.]+) \| about", cost, flags=re.MULTILINE)
    assert re.findall(said, text(page)) == [(*stage, *thousand)]
