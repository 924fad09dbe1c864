"""The answer on a message: what reactions do, who has it in hand, that it is over."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import settings
from chalicelib.finding.event import parse
from chalicelib.message import people, signs
from chalicelib.message.answer import AnswerStage, ShownAnswer, answered
from chalicelib.message.context import MessageContext
from chalicelib.message.mark import Mark, MarkKind, marked, read
from chalicelib.message.render import render, render_plain
from tests.machine import event

SINCE = datetime(2026, 11, 20, 12, tzinfo=UTC)
MARK = Mark(MarkKind.FINDING, "0" * 32, "2026-11-20T10:00:00.000Z", 8.0, 3)
SHOWN = marked(render(parse(event()), MessageContext()), MARK)
PLAIN = marked(render_plain(parse(event()), MessageContext()), MARK)
HANDLED = ShownAnswer(AnswerStage.HANDLED, ("U0AAAAAAA",), SINCE, SINCE + timedelta(minutes=4))
SEEN = HANDLED._replace(stage=AnswerStage.SEEN)


def last(payload: dict[str, Any]) -> str:
    return str(payload["blocks"][-1]["elements"][0]["text"])


def test_an_open_one_says_what_reactions_do() -> None:
    said = answered(SHOWN, ShownAnswer(AnswerStage.OPEN), "en")
    assert said["blocks"][:-1] == SHOWN["blocks"]
    assert last(said) == "React to this message: 👀 you have it in hand · ✅ it is handled."
    assert {**said, "blocks": SHOWN["blocks"]} == SHOWN


def test_one_that_is_open_again_says_what_does_not_count() -> None:
    assert last(answered(SHOWN, ShownAnswer(AnswerStage.OPEN, again=True), "en")).startswith("Open again")


def test_who_has_it_in_hand() -> None:
    said = last(answered(SHOWN, SEEN, "en"))
    assert said == "👀 <@U0AAAAAAA>: in hand, noticed within 4 min. ✅ when it is handled."


@pytest.mark.parametrize(
    ("answer", "mark"),
    [
        pytest.param(HANDLED, "Handled", id="handled"),
        pytest.param(HANDLED._replace(stage=AnswerStage.ARCHIVED), "Archived", id="archived"),
    ],
)
def test_what_is_over_is_grey(answer: ShownAnswer, mark: str) -> None:
    said = answered(SHOWN, answer, "en")
    assert said["text"].startswith(f"{signs.GREY_SIGN} {mark} · High 8.0")
    assert said["blocks"][0]["text"]["text"].startswith(f"{signs.GREY_SIGN} {mark} · High 8.0")
    assert mark in said["blocks"][2]["text"]["text"]
    assert {each["color"] for each in said["attachments"]} == {signs.GREY}
    assert read(said) == MARK
    assert [*said["blocks"][1:2], *said["blocks"][3:]] == SHOWN["blocks"][1:]


@pytest.mark.parametrize("stage", [AnswerStage.HIDDEN, AnswerStage.UNSEEN])
def test_where_there_is_nothing_to_say_nothing_is_said(stage: AnswerStage) -> None:
    assert answered(SHOWN, ShownAnswer(stage, since=SINCE), "en") == SHOWN


def test_a_plain_message_says_it_behind_its_headline() -> None:
    lines = answered(PLAIN, HANDLED, "en")["text"].split("\n")
    first, *rest = PLAIN["text"].split("\n")
    assert lines[0] == f"*Handled* {first}"
    assert "<@U0AAAAAAA>" in lines[1]
    assert lines[2:] == rest


def test_a_long_plain_message_keeps_its_mark() -> None:
    long = {"text": "\n".join(["headline", *["x" * 99] * 39, "`mark`"])}
    said = answered(long, HANDLED, "en")["text"]
    assert len(said) <= 4000
    assert said.startswith("*Handled* headline\n✅")
    assert said.endswith("\n`mark`")


@pytest.mark.parametrize("language", settings.LANGUAGES)
@pytest.mark.parametrize("stage", AnswerStage)
def test_every_language_has_words_for_it(language: str, stage: AnswerStage) -> None:
    for content in (SHOWN, PLAIN):
        said = answered(content, HANDLED._replace(stage=stage), language)
        assert (said == content) == (stage in (AnswerStage.HIDDEN, AnswerStage.UNSEEN))
        assert re.findall(r"\{(?!date_|time\})\w+\}", str(said)) == []


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        pytest.param(("U0AAAAAAA",), "<@U0AAAAAAA>", id="one"),
        pytest.param(("U0AAAAAAA", "W0BBBBBBB"), "<@U0AAAAAAA>, <@W0BBBBBBB>", id="two"),
        pytest.param(("U0AAAAAAA", "U0AAAAAAA"), "<@U0AAAAAAA>", id="the-same-twice"),
        pytest.param(("<!channel>", "U01> <!here", "u0aaaaaaa", "B01AAAAAA"), "somebody", id="no-ids"),
        pytest.param((), "somebody", id="nobody"),
        pytest.param(
            tuple(f"U0{each}" for each in range(7)),
            "<@U00>, <@U01>, <@U02>, <@U03>, <@U04> and 2 more",
            id="many",
        ),
    ],
)
def test_people_are_named_by_ids_alone(ids: tuple[str, ...], said: str) -> None:
    assert people.named(ids, "en") == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "1 s"), (10, "10 s"), (59.5, "1 min"), (60, "1 min"), (61, "2 min"), (240, "4 min"), (5400, "90 min"),
     (7200, "2 h"), (86_400, "24 h"), (172_801, "3 d")],
)  # fmt: skip
def test_a_span_is_rounded_up(seconds: float, said: str) -> None:
    assert people.span(timedelta(seconds=seconds), "en") == said
