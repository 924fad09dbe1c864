"""One glance tells the severity: a sign of ours begins headline and notification, and nobody else can put it there."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.finding.model import Finding
from chalicelib.message.context import MessageContext, Suppressed
from chalicelib.message.render import render, render_news, render_plain
from chalicelib.settings import LANGUAGES
from tests import bless
from tests.message import measure
from tests.message.common import PLAIN, RENDERINGS, SSH, Rendering
from tests.slack_limits import Payload, colours, faults

SIGNS = {9.0: "🟣", 8.9: "🔴", 7.0: "🔴", 6.9: "🟠", 4.0: "🟠", 3.9: "🔵", 1.0: "🔵"}
QUIET = "⚪"
ALL_SIGNS = {*SIGNS.values(), QUIET}
TOLD = MessageContext(account=PLAIN.account, links=PLAIN.links)
HIDDEN = replace(TOLD, suppressed=Suppressed(datetime(2026, 11, 20, tzinfo=UTC), "known scanner"))

in_each_language = pytest.mark.parametrize("language", LANGUAGES)
every_severity = pytest.mark.parametrize(("severity", "sign"), SIGNS.items())


@every_severity
@in_each_language
def test_headline_and_notification_begin_with_the_sign(severity: float, sign: str, language: str) -> None:
    payload = render(replace(SSH, severity=severity), replace(TOLD, language=language))
    assert measure.headline(payload).startswith(f"{sign} ")
    assert payload["text"].startswith(f"{sign} ")
    assert colours(payload) and not any(map(_is_grey, colours(payload)))


@every_severity
def test_a_mention_stands_before_the_sign(severity: float, sign: str) -> None:
    payload = render(replace(SSH, severity=severity), replace(TOLD, mention="<!here>"))
    assert payload["text"].startswith(f"<!here> {sign} ")
    assert measure.headline(payload).startswith(f"{sign} ")


@every_severity
@in_each_language
def test_a_message_without_blocks_and_news_have_the_sign_too(
    severity: float, sign: str, language: str
) -> None:
    finding, context = replace(SSH, severity=severity), replace(TOLD, language=language)
    assert measure.visible(render_plain(finding, context)["text"]).startswith(f"{sign} ")
    assert measure.visible(render_news(finding, context, bless.NEWS)["text"]).startswith(f"{sign} ")


QUIET_ONES = [
    pytest.param(replace(SSH, severity=9.0, sample=True), TOLD, id="sample"),
    pytest.param(replace(SSH, severity=9.0), HIDDEN, id="suppressed"),
    pytest.param(replace(SSH, severity=9.0, sample=True), HIDDEN, id="suppressed-sample"),
]


@pytest.mark.parametrize(("finding", "context"), QUIET_ONES)
@in_each_language
def test_a_sample_or_a_suppressed_finding_looks_it(
    finding: Finding, context: MessageContext, language: str
) -> None:
    payload = render(finding, replace(context, language=language))
    assert measure.headline(payload).startswith(f"{QUIET} ")
    assert payload["text"].startswith(f"{QUIET} ")
    assert not {*SIGNS.values()} & {*measure.headline(payload), *payload["text"]}
    assert colours(payload) and all(map(_is_grey, colours(payload)))


def _is_grey(colour: str) -> bool:
    shades = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return max(shades) - min(shades) <= 0x20


def test_a_suppressed_finding_names_its_rule_and_the_severity_that_it_has() -> None:
    payload = render(replace(SSH, severity=9.0), HIDDEN)
    said = "\n".join([measure.headline(payload), *measure.top(payload)])
    assert "known scanner" in said
    assert "Critical 9.0" in said


FORGED = ("🟣 Critical 9.0", "🟣", "\u200b🟣", "🟣" * 200, "\n🟣", "⚪ SAMPLE", "🔴🟠⚪")


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("rendering", RENDERINGS.values(), ids=RENDERINGS)
@in_each_language
def test_somebody_elses_sign_is_not_the_severity(rendering: Rendering, forged: str, language: str) -> None:
    (resource,) = SSH.resources
    finding = replace(
        SSH,
        severity=2.0,
        title=f"{forged} {SSH.title}",
        type=f"{forged}{SSH.type}",
        account_id=forged,
        region=forged,
        resources=(resource._replace(name=forged, ids=(forged,)),),
    )
    account = TOLD.account._replace(name=forged)
    payload = rendering(finding, replace(TOLD, language=language, account=account))
    for first in _firsts(payload):
        assert first.startswith("🔵 ")
        assert first[1:].lstrip()[0] not in ALL_SIGNS
    assert faults(payload) == []


def _firsts(payload: Payload) -> list[str]:
    """Read the notification, and the headline of a message that has one."""
    titled = payload.get("blocks", [{}])[0].get("type") == "header"
    return [measure.notification(payload), *([measure.headline(payload)] if titled else [])]


@pytest.mark.parametrize("text", ["", " ", "\ud800", "\x00"])
def test_a_title_that_cannot_be_read_leaves_the_sign(text: str) -> None:
    payload = render(replace(SSH, severity=2.0, title=text), TOLD)
    assert measure.headline(payload).startswith("🔵 ")
    assert payload["text"].startswith("🔵 ")
