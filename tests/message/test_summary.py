"""What a phone shows first: severity, mark and title, then the sentence that matters."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.finding.model import Account, Direction, Finding, Resource
from chalicelib.message.context import MessageContext
from chalicelib.message.render import render, render_news
from chalicelib.settings import LANGUAGES
from tests.bless import OU_PATH
from tests.message.common import PLAIN, RENDERINGS, SSH, Rendering, said, shown


@pytest.mark.parametrize(
    ("severity", "word", "colour"),
    [
        pytest.param(1.0, "Low 1.0", "#0073bb", id="low"),
        pytest.param(3.9, "Low 3.9", "#0073bb", id="3.9-is-low"),
        pytest.param(4.0, "Medium 4.0", "#ff9900", id="4.0-is-medium"),
        pytest.param(6.9, "Medium 6.9", "#ff9900", id="6.9-is-medium"),
        pytest.param(7.0, "High 7.0", "#d13212", id="7.0-is-high"),
        pytest.param(8.9, "High 8.9", "#d13212", id="8.9-is-high"),
        pytest.param(8.96, "High 8.96", "#d13212", id="never-rounded-into-another-band"),
        pytest.param(9.0, "Critical 9.0", "#7b1fa2", id="9.0-is-critical"),
        pytest.param(10.0, "Critical 10.0", "#7b1fa2", id="10-is-critical"),
    ],
)
def test_severity_comes_first_in_words_and_number(severity: float, word: str, colour: str) -> None:
    payload = render(replace(SSH, severity=severity), PLAIN)
    header = payload["blocks"][0]["text"]["text"]
    assert header[2:] == f"{word} · SSH brute force attempts against i-0abc1234def567890."
    assert payload["text"][2:].startswith(word)
    assert payload["attachments"][0]["color"] == colour


ATTACKED = replace(SSH, direction=Direction.ATTACKED_FROM)


def test_the_order_is_what_whose_when() -> None:
    assert render(ATTACKED, replace(PLAIN, on_resource=3))["blocks"][1]["text"]["text"] == (
        "EC2 instance `web-1` (`i-0abc1234def567890`) *attacked from* `198.51.100.7`, Oslo, Norway.\n"
        "Account `web-prod` (111122223333), eu-west-1, OU `ou-ab12-payments1`. Owner: `team-web`.\n"
        "12 times since <!date^1795136520^{date_short_pretty} {time}|2026-11-20 01:02 UTC>, "
        "last <!date^1795144440^{time}|03:14 UTC>. *Third finding on this resource in 7 days.*"
    )


def test_japanese_says_the_same_in_its_own_order() -> None:
    context = replace(PLAIN, language="ja", on_resource=3)
    assert render(ATTACKED, context)["blocks"][1]["text"]["text"] == (
        "EC2 インスタンス `web-1` (`i-0abc1234def567890`) ← 攻撃の送信元 `198.51.100.7`, Oslo, Norway\n"
        "アカウント `web-prod` (111122223333) / eu-west-1 / OU `ou-ab12-payments1`"
        " / 所有者: `team-web`\n"
        "検出回数: 12 回 (最初: <!date^1795136520^{date_short_pretty} {time}|2026-11-20 01:02 UTC>"
        " / 最終: <!date^1795144440^{time}|03:14 UTC>) / *このリソースで 7 日間に 3 件目*"
    )


def test_who_is_not_said_is_not_invented() -> None:
    alone = replace(SSH, actors=(), resources=SSH.resources)
    assert render(alone, PLAIN)["blocks"][1]["text"]["text"].startswith(
        "EC2 instance `web-1` (`i-0abc1234def567890`).\n"
    )


def test_an_owner_that_no_tag_names_is_said_to_be_missing() -> None:
    untagged = replace(SSH, resources=(SSH.resources[0]._replace(tags=()),))
    payload = render(untagged, PLAIN)
    assert "Owner: no tag." in payload["blocks"][1]["text"]["text"]
    assert payload["text"].endswith("owner: no tag")


PLACES = (
    pytest.param([], "eu-west-1, OU", id="all-here"),
    pytest.param(
        [("444455556666", "us-east-1")] * 2,
        "… and 2 more in `data-prod` (444455556666), us-east-1.",
        id="one-place",
    ),
    pytest.param([("111122223333", "us-east-1")], "… and 1 more in us-east-1.", id="another-region"),
    pytest.param(
        [("444455556666", "us-east-1"), ("777788889999", "us-west-2")],
        "… and 2 more in 2 accounts, 2 Regions.",
        id="several",
    ),
)


@pytest.mark.parametrize(("places", "expected"), PLACES)
def test_more_of_it_elsewhere_is_said_to_be_elsewhere(places: list[tuple[str, str]], expected: str) -> None:
    more = tuple(
        Resource("s3_bucket", (f"b-{number}",), account_id=account, region=region)
        for number, (account, region) in enumerate(places)
    )
    context = replace(PLAIN, other_accounts={"444455556666": "data-prod"})
    first, where, *_ = render(replace(SSH, resources=(*SSH.resources, *more)), context)["blocks"][1]["text"][
        "text"
    ].splitlines()
    assert "more" not in first
    assert expected in where


def test_what_belongs_to_it_is_not_one_more() -> None:
    facet = Resource("ebs_volume", ("vol-1",), account_id="111122223333", region="eu-west-1", facet=True)
    more = facet._replace(ids=("vol-2",), facet=False)
    first = render(replace(SSH, resources=(*SSH.resources, facet, more)), PLAIN)["blocks"][1]["text"]["text"]
    assert "(`i-0abc1234def567890`) and 1 more, `198.51.100.7`" in first


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("finding", "name", "harmless"),
    [
        pytest.param(SSH, "https://evil.example/x", "hxxps://evil[.]example/x", id="account"),
        pytest.param(SSH, "evil.example", "evil[.]example", id="account-named-as-a-domain"),
        pytest.param(
            replace(SSH, resources=(Resource("s3_bucket", ("arn:aws:s3:::x",), "https://evil.example/x"),)),
            "web-prod",
            "hxxps://evil[.]example/x",
            id="resource",
        ),
        pytest.param(
            replace(SSH, title="ftp://evil.example", type="x"), "web-prod", "ftp://evil[.]example", id="title"
        ),
    ],
)
def test_where_no_block_is_shown_nothing_of_others_is_a_link_either(
    finding: Finding, name: str, harmless: str, language: str
) -> None:
    context = replace(PLAIN, language=language, account=Account(name))
    message = render(finding, context)
    texts = message["text"], message["attachments"][0]["fallback"]
    for text in (*texts, render_news(finding, context, [])["text"]):
        assert harmless in text
        assert "evil.example" not in text


@pytest.mark.parametrize(
    ("path", "units"),
    [
        pytest.param(OU_PATH, "OU `ou-ab12-payments1`", id="the-nearest-one-above-the-account"),
        pytest.param(
            "o-exampleorgid/r-ab12/ou-ab12-payments1/111122223333/", "OU `ou-ab12-payments1`", id="one"
        ),
        pytest.param("o-exampleorgid/r-ab12/111122223333/", "", id="right-below-the-root"),
        pytest.param("", "", id="unknown"),
    ],
)
def test_organizational_units_are_shown_without_root_and_account(path: str, units: str) -> None:
    message = said(render(SSH, MessageContext(account=Account("web-prod", path))))
    assert units in message if units else "OU `" not in message
    assert "o-exampleorgid" not in message


@pytest.mark.parametrize(
    ("change", "mark"),
    [
        pytest.param({"sample": True}, "SAMPLE", id="sample"),
        pytest.param({"source": "guardduty-notifier.test"}, "TEST", id="test"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rendering", RENDERINGS.values(), ids=RENDERINGS)
def test_what_did_not_happen_is_marked_and_mentions_nobody(
    rendering: Rendering, language: str, change: dict[str, Any], mark: str
) -> None:
    payload = rendering(replace(SSH, **change), replace(PLAIN, language=language, mention="<!channel>"))
    assert mark in payload["text"]
    assert mark in shown(payload) or "blocks" not in payload
    assert "<!channel>" not in said(payload)
