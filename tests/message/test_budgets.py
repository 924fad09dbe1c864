"""How long a message may be, as a reader sees it, and that it says nothing twice: ``docs/messages.md``."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from statistics import mean
from typing import Any

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.model import Finding
from chalicelib.message.render import render
from chalicelib.settings import LANGUAGES
from tests import bless
from tests.generate import example, example_names
from tests.message import measure
from tests.message.acts_on import NUMBERS, PLACES, posted, token
from tests.message.acts_on_events import BUILDERS, Place
from tests.slack_limits import Payload, blocks_of

BUDGETS = {
    "notification": 150,
    "account in the notification": 60,
    "headline": 110,
    "summary": 300,
    "lines of the summary": 3,
    "what to do": 80,
}
NUMBERS_GROW = 30
"""What the summary of longer lists may have more: how many there are of each."""

EXAMPLE, AVERAGE, SEQUENCE_ROWS = 1_500, 2_300, 60

SEQUENCES = tuple(kind for kind in BUILDERS if kind.startswith("Attack sequence"))
NAMES = example_names()
SAID_PLAINLY = tuple(name for name in NAMES if name != "hostile")
"""The events whose values are nobody's attempt to fill the message."""

every_event = pytest.mark.parametrize("name", NAMES)
every_kind = pytest.mark.parametrize("kind", BUILDERS)
every_number = pytest.mark.parametrize("number", NUMBERS)
in_each_language = pytest.mark.parametrize("language", LANGUAGES)


def told(name: str, language: str = "en") -> tuple[Finding, Payload]:
    """Render the message of an event of ``tests/events``."""
    finding = parse(example(name))
    return finding, render(finding, bless.context(language))


# The parts.


def over_budget(payload: Payload, language: str) -> dict[str, int]:
    """Name each part that is too long, and its length."""
    return {part: length for part, length in lengths(payload, language).items() if length > BUDGETS[part]}


def lengths(payload: Payload, language: str) -> dict[str, int]:
    """Measure each part."""
    summary = measure.summary(payload)
    notification = measure.notification(payload)
    return {
        "notification": len(notification),
        "account in the notification": notification.find("payments-prod") % 10_000,
        "headline": len(measure.headline(payload)),
        "summary": len("\n".join(summary)),
        "lines of the summary": len(summary),
        "what to do": len(measure.what_to_do(payload, language)),
    }


@every_event
@in_each_language
def test_each_part_keeps_its_budget(name: str, language: str) -> None:
    assert over_budget(told(name, language)[1], language) == {}


@every_kind
@in_each_language
def test_no_part_grows_with_the_lists(kind: str, language: str) -> None:
    """Names may be long, and then a part may be; but not because there are many of them."""
    short = lengths(posted(BUILDERS[kind](1, Place.LAST), language)[1], language)
    for number, place in itertools.product(NUMBERS, PLACES):
        payload = posted(BUILDERS[kind](number, place), language)[1]
        over = over_budget(payload, language)
        room = {**short, "summary": short["summary"] + NUMBERS_GROW}
        assert {part: length for part, length in over.items() if length > room[part]} == {}


@pytest.mark.parametrize("name", [name for name in NAMES if name != "sample"])
@in_each_language
def test_every_message_says_what_to_do(name: str, language: str) -> None:
    assert measure.what_to_do(told(name, language)[1], language)


# The whole.


@in_each_language
def test_the_example_is_short(language: str) -> None:
    assert measure.everything(told("example", language)[1]) <= EXAMPLE


@in_each_language
def test_very_different_findings_are_short_on_the_average(language: str) -> None:
    sizes = {name: measure.everything(told(name, language)[1]) for name in NAMES}
    assert mean(sizes.values()) <= AVERAGE, Counter(sizes).most_common(8)


@in_each_language
def test_an_attack_sequence_fits_a_screen(language: str) -> None:
    assert measure.rows(told("attack-sequence", language)[1]) <= SEQUENCE_ROWS


@pytest.mark.parametrize("kind", SEQUENCES)
@every_number
def test_an_attack_sequence_fits_a_screen_however_long_its_lists_are(kind: str, number: int) -> None:
    for place in PLACES:
        assert measure.rows(posted(BUILDERS[kind](number, place))[1]) <= SEQUENCE_ROWS


@in_each_language
def test_what_happened_stands_directly_below_the_summary(language: str) -> None:
    payloads = [posted(BUILDERS[kind](40, Place.MIDDLE), language)[1] for kind in SEQUENCES]
    for payload in [told("attack-sequence", language)[1], *payloads]:
        below = measure.top(payload)[len(measure.summary(payload)) :]
        assert below and below[0].startswith(measure.HAPPENED[language])
        assert measure.what_happened(payload, language)


# Nothing twice. Not counted: the headline, which is GuardDuty's own sentence, links, and the list of signals.

LONG, VERY_LONG = 12, 40
_KEY_ID = re.compile(r"A[KS]IA[A-Z0-9]{16}")  # stands where it is to be revoked, too


@pytest.mark.parametrize("name", SAID_PLAINLY)
@in_each_language
def test_a_value_of_the_finding_is_not_said_again_and_again(name: str, language: str) -> None:
    finding, payload = told(name, language)
    signals = set(measure.what_happened(payload, language))
    title = _bare(finding.title)  # where the headline is a phrase of ours, it stands in the body
    lines = [
        line
        for line in measure.under_the_headline(payload)
        if line not in signals and not (title and title in _bare(line))
    ]
    text = "\n".join(measure.refanged(lines))
    times = {value: len(token(value).findall(text)) for value in _values(name, finding)}
    allowed = {value: _allowed(value, name, finding) for value in times}
    assert {value: number for value, number in times.items() if number > allowed[value]} == {}


def _values(name: str, finding: Finding) -> set[str]:
    """Take every text of the finding that a reader would know again, and each address."""
    long = {value for value in _leaves(example(name)["detail"]) if len(value) >= LONG}
    return (long | set(finding.actor_ips)) - {finding.title, finding.description}


def _leaves(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for each in node.values() if isinstance(node, dict) else node:
            yield from _leaves(each)


def _allowed(value: str, name: str, finding: Finding) -> int:
    """Allow twice what the summary leans on, as often as said what the finding says of several things; else once.

    Whoever acted is named where it is said, where the session is to be ended, and as the credential's issuer.
    """
    if value in {each.user for each in finding.actors}:
        return 3
    held = sum(token(value).search(leaf) is not None for leaf in _leaves(example(name)["detail"]))
    least = 2 if _KEY_ID.fullmatch(value) or value in _leaned_on(finding) else 1
    return least if len(value) > VERY_LONG else max(least, min(held, 3))


def _leaned_on(finding: Finding) -> set[str]:
    of_resources = {name for each in finding.resources for name in (each.name, *each.ids)}
    return {*of_resources, *finding.actor_ips, *finding.domains}


@pytest.mark.parametrize("name", SAID_PLAINLY)
@in_each_language
def test_a_time_is_said_once(name: str, language: str) -> None:
    _, payload = told(name, language)
    signals = set(measure.what_happened(payload, language))
    kept = [line for line in _raw_lines(payload) if measure.visible(line) not in signals]
    moments = Counter(re.findall(r"<!date\^(\d+)\^", "\n".join(kept)))
    assert {moment: number for moment, number in moments.items() if number > 1} == {}


def _raw_lines(payload: Payload) -> list[str]:
    texts = [block["text"]["text"] for block in blocks_of(payload) if "text" in block]
    texts += [field["text"] for block in blocks_of(payload) for field in block.get("fields", [])]
    return [line for text in texts for line in text.split("\n")]


@pytest.mark.parametrize("name", SAID_PLAINLY)
@in_each_language
def test_guarddutys_title_stands_once(name: str, language: str) -> None:
    finding, payload = told(name, language)
    title, said = _bare(finding.title), _bare("".join(measure.shown(payload)))
    assert said.count(title) <= 1 or not title


def _bare(text: str) -> str:
    """Leave only letters and digits, to compare what two texts say."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


@in_each_language
def test_a_hostile_finding_is_no_longer_than_others(language: str) -> None:
    assert measure.everything(told("hostile", language)[1]) <= 2 * AVERAGE


# The measures themselves.


def test_what_is_measured_is_what_a_reader_sees() -> None:
    date = "<!date^1795166255^{date_short_pretty} {time}|2026-11-20 09:37 UTC>"
    assert measure.visible(f"*Last* {date}, `a&amp;b`") == "Last 2026-11-20 09:37 UTC, a&b"
    assert measure.visible("<https://docs.aws.amazon.com/x|Runbook> <!here>") == "Runbook !here"


def test_rows_are_those_of_a_terminal() -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": f"{'x' * 81}\n\n名{'x' * 78}"}}
    button = {"type": "button", "text": {"type": "plain_text", "text": "Finding"}}
    payload: Payload = {"text": "", "blocks": [section, {"type": "actions", "elements": [button, button]}]}
    assert measure.rows(payload) == 2 + 1 + 1 + 1


def test_the_summary_ends_where_a_part_with_a_title_begins() -> None:
    header = {"type": "header", "text": {"type": "plain_text", "text": "High"}}
    said = {"type": "mrkdwn", "text": "one\ntwo\n*What to do*  Runbook"}
    payload: Payload = {"text": "", "blocks": [header, {"type": "section", "text": said}]}
    assert measure.summary(payload) == ["one", "two"]
    assert measure.what_to_do(payload, "en") == "Runbook"
    assert measure.what_to_do(payload, "ja") == ""
