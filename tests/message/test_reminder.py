"""What a reminder says: since when nobody has answered, whom it calls, what reactions do."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import settings
from chalicelib.message.reminder import Unanswered, render, render_pool

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ONE = Unanswered(
    8.0, "Backdoor:EC2/C&CActivity.B", "111122223333", "payments-prod", NOON, calls=("<!here>", "")
)


def said(payload: dict[str, list[dict[str, dict[str, str]]]]) -> str:
    [block] = payload["blocks"]
    return block["text"]["text"]


def test_it_calls_and_says_since_when() -> None:
    shown = said(render(ONE, NOON + timedelta(hours=24), "en", last=False))
    assert shown.startswith("<!here> Nobody has taken this finding yet. Posted <!date^1795176000^")
    assert "24 h ago" in shown
    assert "👀" in shown
    assert "last reminder" not in shown


def test_the_last_one_says_so_and_calls_others_besides() -> None:
    last = ONE._replace(calls=("<!here>", "<@U0AAAAAAA>"))
    shown = said(render(last, NOON + timedelta(hours=1), "en", last=True))
    assert shown.startswith("<!here> <@U0AAAAAAA> ")
    assert "last reminder" in shown


def test_it_says_who_has_it_in_hand() -> None:
    shown = said(render(ONE._replace(in_hand=("U0AAAAAAA",)), NOON, "en", last=False))
    assert "Not handled yet, in hand: <@U0AAAAAAA>." in shown


def test_nothing_typed_becomes_markup() -> None:
    hostile = ONE._replace(type="<!channel>`*x*", account_name="<!channel> *b*", calls=("<!everyone|x> <a>",))
    for payload in (render(hostile, NOON, "en", last=True), render_pool([hostile] * 6, "en")):
        assert "<!channel>" not in str(payload)
        assert "<a>" not in str(payload)


def test_many_are_one_message_the_most_urgent_first() -> None:
    many = [
        ONE._replace(
            severity=7.0 + each / 10, calls=(f"<@U0{each}>", "<!here>"), permalink=f"https://x/{each}"
        )
        for each in range(12)
    ]
    payload = render_pool(many, "en")
    first, *lines = said(payload).split("\n")
    assert first.startswith("<@U011> <!here> <@U010> <@U09> <@U08> *12 findings")
    assert len(lines) == 12
    assert lines[0].startswith("• <https://x/11|High 8.1> · `Backdoor:EC2/C&amp;CActivity.B` · payments-prod")
    assert lines[10] == "and 2 more"
    assert "12 findings in this channel wait" in str(payload["text"])


@pytest.mark.parametrize("language", settings.LANGUAGES)
def test_every_language_says_it(language: str) -> None:
    for payload in (render(ONE, NOON, language, last=True), render_pool([ONE] * 12, language)):
        assert re.findall(r"\{(?!date_|time\})\w+\}", str(payload)) == []


@pytest.mark.parametrize(
    ("folded", "said_of_it"), [(1, "a digest of 1 finding,"), (1200, "a digest of 1,200 findings,")]
)
def test_a_digest_is_one_with_its_number_and_its_highest_finding(folded: int, said_of_it: str) -> None:
    payload = render(ONE._replace(folded=folded), NOON + timedelta(hours=24), "en", last=False)
    shown = said(payload)
    assert f"Nobody has taken this digest yet: it is {said_of_it} highest: High 8.0, Backdoor:EC2/" in shown
    assert "once for all findings of a digest" in shown
    assert f"No answer for 24 h: {said_of_it}" in payload["text"]
    in_hand = said(render(ONE._replace(folded=folded, in_hand=("U0AAAAAAA",)), NOON, "en", last=False))
    assert f"in hand: <@U0AAAAAAA>. It is {said_of_it}" in in_hand


def test_many_with_digests_among_them_count_all_findings() -> None:
    digest = ONE._replace(severity=8.9, folded=900, permalink="https://x/d")
    payload = render_pool([ONE] * 10 + [digest, ONE._replace(severity=7.0, folded=50)], "en")
    first, line, *_ = said(payload).split("\n")
    assert "*960 findings in this channel wait" in first
    assert line.startswith("• <https://x/d|High 8.9> · a digest of 900 findings, highest: `Backdoor:EC2/")
    assert "and 51 more" in said(payload)
