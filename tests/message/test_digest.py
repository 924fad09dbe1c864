"""What a digest says: how bad, how many, whose, what, by whom, what to do, and in numbers what it leaves out."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.message import blocks
from chalicelib.message.answer import AnswerStage, ShownAnswer, answered
from chalicelib.message.digest import MOST_HOSTS, MOST_RESOURCES, Digest, FoldedFinding
from chalicelib.message.digest_message import render, render_plain
from chalicelib.message.digest_thread import replies
from chalicelib.message.mark import Mark, MarkKind, marked, read
from chalicelib.rules import finding_types
from chalicelib.settings import LANGUAGES
from chalicelib.text.untrusted import defang
from tests.bless_digests import (
    BRUTE_FORCE,
    KINDS,
    NOON,
    PROBE,
    brute_force,
    digest,
    goldens,
    probe,
    storm,
    tor,
)
from tests.goldens import written
from tests.message.common import urls
from tests.message.measure import headline, notification, shown
from tests.slack_limits import OUR_MARKUP, faults, hosts, texts, utf16

HOSTILE = (
    "<!channel> <@U012ABCDEF> @here",
    "*bold* _it_ ~no~ `code` :fire:",
    "https://evil.example.com/x?<a|b>",
    "> quoted\n\u202ereversed\u0000",
    "&amp; &lt;!here&gt;",
    "```\nx\n```",
    "{minute}{0.__class__}",
    "🔥" * 150,
    "\ud800",
    "x" * 5000,
    "",
)
CONSOLES = {"console.aws.amazon.com", "docs.aws.amazon.com", "eu-west-1.console.aws.amazon.com"}
PORTAL = "https://d-1234567890.awsapps.com/start"


def said(payload: dict[str, Any]) -> str:
    return "\n".join(shown(payload))


def everything(of: Digest, language: str) -> list[dict[str, Any]]:
    """Every message that is made of a digest."""
    return [render(of, language), render_plain(of, language), *replies(of, language)]


# --- as readers see it ---


@pytest.mark.parametrize(
    ("path", "payload"), [pytest.param(path, payload, id=path.name) for path, payload in goldens()]
)
def test_golden(path: Path, payload: dict[str, Any]) -> None:
    """After a change of the words: python -m tests.bless_digests, and make pictures."""
    assert written(path, payload) == path.read_text(encoding="utf-8")
    assert faults(payload) == []


def test_no_other_golden_digest_is_left() -> None:
    made = {path for path, _ in goldens()}
    assert made == set(next(iter(made)).parent.iterdir())


@pytest.mark.parametrize(
    ("of", "headlined"),
    [
        pytest.param(
            digest(*storm()), "🔴 High 8.0 at most · 9,916 findings of 3 types in 213 accounts", id="storm"
        ),
        pytest.param(
            digest(*storm(), at_least=True),
            "🔴 High 8.0 at most · at least 9,916 findings of 3 types in 213 accounts",
            id="at-least",
        ),
        pytest.param(
            digest(*map(brute_force, range(60))),
            f"🔴 High 8.0 · 60 findings of {BRUTE_FORCE} in payments-prod",
            id="one-type-in-one-account",
        ),
        pytest.param(digest(brute_force(1)), f"🔴 High 8.0 · {BRUTE_FORCE} in payments-prod", id="one"),
        pytest.param(
            digest(brute_force(1), at_least=True),
            f"🔴 High 8.0 · at least 1 finding of {BRUTE_FORCE} in payments-prod",
            id="at-least-one",
        ),
        pytest.param(
            digest(*(brute_force(number)._replace(sample=True) for number in range(60))),
            f"⚪ SAMPLE · High 8.0 · 60 findings of {BRUTE_FORCE} in payments-prod",
            id="samples",
        ),
        pytest.param(
            digest(brute_force(1)._replace(sample=True), probe(1)),
            "🔵 Low 2.0 · 2 findings of 2 types in 2 accounts",
            id="a-sample-makes-nothing-worse",
        ),
        pytest.param(digest(FoldedFinding("1")), "🔵 Low 0.0 · unknown in unknown", id="unreadable"),
        pytest.param(
            digest(probe(1)._replace(account_name="")),
            f"🔵 Low 2.0 · {PROBE} in 000000000001",
            id="account-without-a-name",
        ),
    ],
)
def test_headline(of: Digest, headlined: str) -> None:
    payload = render(of, "en")
    assert headline(payload) == headlined
    assert headlined in notification(payload)
    assert headlined in render_plain(of, "en")["text"].split("\n")[0].replace("*", "")


def test_the_most_severe_type_stands_first_then_the_rarest() -> None:
    order = re.findall(r"^\w+ [\d.]+(?: at most)? · (\S+)", said(render(digest(*storm()), "en")), re.M)
    assert order == [BRUTE_FORCE, tor(1).type, PROBE]


def test_a_flood_of_many_types_does_not_hide_the_one_that_is_unlike_them() -> None:
    flood = [
        brute_force(number)._replace(id=f"{number}", type=f"Recon:EC2/Kind{number % 30}")
        for number in range(900)
    ]
    alone = brute_force(1)._replace(id="alone", type="Backdoor:EC2/DenialOfService.Dns")
    payload = render(digest(*flood, alone), "en")
    assert alone.type in notification(payload)
    assert said(payload).index(alone.type) < said(payload).index("Recon:EC2/Kind")


def test_samples_stand_behind_all_that_is_real() -> None:
    of = digest(*(brute_force(number)._replace(sample=True) for number in range(3)), probe(1))
    message = said(render(of, "en"))
    assert message.index(f"Low 2.0 · {PROBE}") < message.index(f"High 8.0 · {BRUTE_FORCE}")
    assert f"{BRUTE_FORCE} · 3 findings · SAMPLE" in message
    assert "3 of them are SAMPLES" in message
    assert "SAMPLE · " in said(replies(of, "en")[0]).split("\n")[2]


def test_samples_among_real_ones_of_their_type_are_counted() -> None:
    of = digest(*(brute_force(number)._replace(sample=number == 1) for number in range(3)))
    assert f"{BRUTE_FORCE} · 3 findings · SAMPLE ×1" in said(render(of, "en"))
    assert "1 of them is a SAMPLE" in said(render(of, "en"))


# --- numbers ---


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_its_numbers_are_those_of_its_findings() -> None:
    findings = storm()
    message = said(render(digest(*findings), "en"))
    [bands] = re.findall(r"([\d,]+) High · ([\d,]+) Medium · ([\d,]+) Low", message)
    severities = [each.severity for each in findings]
    assert list(map(number, bands)) == [severities.count(8.0), severities.count(5.0), severities.count(2.0)]
    [probes] = re.findall(rf"{PROBE} · ([\d,]+) findings", message)
    assert number(probes) == sum(each.type == PROBE for each in findings)
    [east] = re.findall(r"us-east-1 ×([\d,]+)", message)
    assert number(east) == sum(each.type == PROBE and each.region == "us-east-1" for each in findings)
    [team] = re.findall(r"team-001-prod ×(689)", message)
    assert number(team) == sum(each.type == PROBE and each.account.endswith("001") for each in findings)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            FoldedFinding,
            id=st.uuids().map(str),
            type=st.sampled_from([*KINDS, PROBE, ""]),
            severity=st.sampled_from([0.0, 2.0, 5.0, 8.0]),
            account=st.sampled_from(["", "1", "2", "3", *(f"{each:012d}" for each in range(9))]),
            account_name=st.sampled_from(["", "a", "b", "2", "a (1)"]),
            region=st.sampled_from(["", "eu-west-1", "us-east-1"]),
        ),
        min_size=1,
        max_size=60,
    ),
    st.randoms(use_true_random=False),
)
def test_nothing_is_left_out_without_a_number_in_whatever_order_they_come(
    findings: list[FoldedFinding], shuffled: Any
) -> None:
    payload = render(digest(*findings), "en")
    heads = re.findall(r"^\w+ [\d.]+(?: at most)? · \S+(?: · ([\d,]+) findings)?", said(payload), re.M)
    [left] = re.findall(r"^and \d+ more types?: ([\d,]+) finding", said(payload), re.M) or ["0"]
    assert sum(number(each or "1") for each in heads) + number(left) == len(findings)
    accounts = len({each.account for each in findings})
    assert accounts == 1 or f"in {accounts} accounts" in headline(payload)
    again = list(findings)
    shuffled.shuffle(again)
    assert everything(digest(*again), "en") == everything(digest(*findings), "en")


def test_types_without_room_are_counted() -> None:
    payload = render(digest(*(tor(each)._replace(type=kind) for each, kind in enumerate(KINDS * 3))), "en")
    assert said(payload).split("\n")[-1] == "and 12 more types: 36 findings, Medium 5.0"


def test_accounts_of_one_name_are_told_apart() -> None:
    twins = [probe(1)._replace(account=f"{each:012d}", account_name="prod") for each in (1, 2)]
    assert "`prod (000000000001)` · `prod (000000000002)`" in str(render(digest(*twins), "en"))


@pytest.mark.parametrize(
    ("kept", "most", "label"),
    [
        pytest.param("resources", MOST_RESOURCES, "Resources", id="resources"),
        pytest.param("hosts", MOST_HOSTS, "Remote hosts", id="hosts"),
    ],
)
def test_what_was_not_kept_of_a_finding_is_not_said_to_be_nothing(kept: str, most: int, label: str) -> None:
    full = [
        FoldedFinding(**{**probe(each)._asdict(), kept: tuple(f"x-{each}-{other}" for other in range(most))})
        for each in range(5)
    ]
    [line] = [each for each in said(render(digest(*full), "en")).split("\n") if each.startswith(label)]
    assert line.endswith(f" · and at least {5 * most - 3} more")
    [line] = [each for each in said(render(digest(full[0]), "en")).split("\n") if each.startswith(label)]
    assert line.endswith(" · perhaps others")


def test_times_are_those_of_its_first_and_last_finding() -> None:
    days = [probe(0)._replace(at=(NOON - timedelta(hours=each)).isoformat()) for each in (0, 5)]
    assert "2026-11-20 09:05 UTC – 14:05 UTC" in said(render(digest(*days), "en"))
    days[0] = days[0]._replace(at="2026-11-24T01:02:03.000Z")
    assert "2026-11-20 09:05 UTC – 2026-11-24 01:02 UTC" in said(render(digest(*days), "en"))
    for unreadable in ("", "yesterday", "0001-01-01T00:00:00+14:00"):
        assert "UTC –" not in said(render(digest(*(each._replace(at=unreadable) for each in days)), "en"))


# --- notes, calls, links ---


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rendering", [render, render_plain], ids=["blocks", "plain"])
def test_every_note_is_said(rendering: Any, language: str) -> None:
    of = digest(*storm(), refused=("#pay<>", "channel_not_found"), repeated=True)
    message = "\n".join(texts(rendering(of, language)))
    assert "possibly repeated" in message.lower()
    assert "`#pay&lt;&gt;`" in message
    assert "`channel_not_found`" in message
    assert "`guardduty-notifier digest 202611201405-3fa9c1d2 --stage dev`" in message


def test_the_most_severe_that_calls_anybody_calls_once() -> None:
    findings = [
        tor(1)._replace(severity=8.9),
        tor(2)._replace(severity=8.5, mention="<@U0SECOND>"),
        *map(brute_force, range(5)),
        tor(3)._replace(severity=8.8, mention="<!channel>", sample=True),
    ]
    payload = render(digest(*findings), "en")
    assert [text.count("<@U0SECOND>") for text in texts(payload)[:3]] == [1, 0, 1]
    assert all("<!" not in text.replace("<!date", "") for text in texts(payload))
    assert "<@U0SECOND>" not in "".join(
        text for each in replies(digest(*findings), "en") for text in texts(each)
    )
    assert render_plain(digest(*findings), "en")["text"].startswith("<@U0SECOND> *🔴 High 8.9")


def test_a_mention_that_is_none_calls_nobody() -> None:
    payload = render(digest(brute_force(1)._replace(mention="<https://evil.example.com|x> @here")), "en")
    assert faults(payload) == []
    assert "@here" not in str(payload)


def test_links_lead_to_the_findings_of_a_type_and_to_the_execution() -> None:
    links = urls(render(digest(*storm()), "en"))
    asked = BRUTE_FORCE.replace(":", "%3A").replace("/", "%2F")
    home = "https://eu-west-1.console.aws.amazon.com/guardduty/home?region=eu-west-1"
    assert links["open_findings"] == f"{home}#/findings?search=type%3D{asked}"
    assert "/states/home" in links["open_execution"]


def test_links_lead_through_the_portal_to_the_account_that_sees_all_of_them() -> None:
    message = str(render(digest(*storm(), access_portal=PORTAL), "en"))
    accounts = re.findall(r"awsapps\.com/start/#/console\?account_id=(\d+)", message)
    assert set(accounts) == {"111122223333"}, "the only account's, or the administrator's"
    [alone] = [urls(render(digest(tor(1), access_portal=PORTAL), "en"))["open_finding"]]
    assert "account_id=000000000001&" in alone


def test_a_runbook_stands_in_for_awss_guide() -> None:
    message = str(render(digest(*storm(), runbook="https://wiki.example.com/{type}"), "en"))
    assert "<https://wiki.example.com/UnauthorizedAccess%3AEC2%2FSSHBruteForce|" in message
    assert "docs.aws.amazon.com" not in message


def test_a_type_reads_as_guardduty_writes_it() -> None:
    known = [each for each in finding_types.known().values() if "*" not in each]
    assert [each for each in known if defang(each) != each] == []


# --- replies ---


def test_replies_name_the_first_two_hundred_the_most_severe_first() -> None:
    pages = replies(digest(*storm()), "en")
    lines = [[line for line in shown(page) if line.startswith("• ")] for page in pages]
    assert list(map(len, lines)) == [20] * 10
    severities = [float(line.split(" ")[2]) for page in lines for line in page]
    assert severities == sorted(severities, reverse=True)
    assert [said(page).split("\n")[0] for page in pages][:2] == [
        "Findings 1–20 of the digest, the most severe first",
        "Findings 21–40 of the digest, the most severe first",
    ]
    assert said(pages[-1]).split("\n")[-1].startswith("9,716 more: guardduty-notifier digest ")
    assert not any(" more: " in said(page) for page in pages[:-1])


def test_a_reply_says_of_a_finding_what_an_overview_needs() -> None:
    [page] = replies(digest(brute_force(1), brute_force(3)), "en")
    [_, line, _] = shown(page)
    assert line == (
        f"• High 8.0 · {BRUTE_FORCE} · payments-prod (111122223333) · payments-api-1 · 203.0.113.80"
        " · 14:04 UTC · Finding"
    )
    assert hosts(page) == {"eu-west-1.console.aws.amazon.com"}


def test_a_single_finding_is_not_said_again() -> None:
    assert replies(digest(brute_force(1)), "en") == []


@pytest.mark.parametrize(
    ("portal", "type_", "hosts_"),
    [
        pytest.param(PORTAL, PROBE, {"d-1234567890.awsapps.com"}, id="through-the-portal"),
        pytest.param(PORTAL + "x" * 200, PROBE, {"eu-west-1.console.aws.amazon.com"}, id="past-the-portal"),
    ],
)
def test_each_finding_of_a_full_reply_has_its_link(portal: str, type_: str, hosts_: set[str]) -> None:
    portal = portal.replace("awsapps.com/start" + "x" * 200, "x" * 190 + ".awsapps.com")
    full = [brute_force(each)._replace(type=type_) for each in range(20)]
    [page] = replies(digest(*full, access_portal=portal), "en")
    assert hosts(page) == hosts_
    assert faults(page) == []


# --- limits, hostile texts ---


def hostile(text: str, each: int) -> FoldedFinding:
    return FoldedFinding(
        id=f"{text}{each}",
        type=f"{text}{each}",
        severity=float(each % 9),
        account=f"{text}{each}",
        account_name=text,
        region=text,
        partition="aws",
        at=text,
        resources=(text, f"{each}{text}"),
        hosts=(text, f"{each}{text}", f"{text}{each}"),
    )


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("many", [1, 2, 250])
def test_hostile_text_stays_text(language: str, text: str, many: int) -> None:
    findings = [hostile(text, each) for each in range(many)]
    of = digest(*findings, refused=(text, text), repeated=True, at_least=True, stage=text)
    for payload in everything(of, language):
        assert faults(payload) == []
        assert "<!channel>" not in str(payload)
        assert hosts(payload) <= CONSOLES
        left = OUR_MARKUP.sub("", re.sub(r"`[^`]+`", "", "\n".join(texts(payload))))
        assert "evil.example.com" not in left


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=200), min_size=8, max_size=8), st.sampled_from(LANGUAGES))
def test_any_text_stays_text(written_by_others: list[str], language: str) -> None:
    type_, account, name, region, resource, other, first, second = written_by_others
    findings = [
        FoldedFinding(
            id=f"{each}",
            type=f"{type_}{each % 40}",
            severity=5.0,
            account=f"{account}{each % 7}",
            account_name=name,
            region=region if each % 3 else "eu-west-1",
            resources=(resource, f"{other}{each}"),
            hosts=(first, second, f"{each}{first}"),
        )
        for each in range(90)
    ]
    for payload in everything(digest(*findings, access_portal=PORTAL), language):
        assert faults(payload) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kinds", [1, 3, 40, 10_000])
def test_ten_thousand_findings_have_room(language: str, kinds: int) -> None:
    findings = [
        probe(each)._replace(type=f"Recon:EC2/{'Long' * 20}{each % kinds}", account=f"{each:012d}")
        for each in range(10_000)
    ]
    for payload in everything(digest(*findings, access_portal=PORTAL), language):
        assert faults(payload) == []
        assert len(payload.get("blocks", [])) <= 20


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stage", AnswerStage)
def test_there_is_room_for_the_answer_and_the_mark(language: str, stage: AnswerStage) -> None:
    longest = [hostile("🔥&" * 200, each)._replace(region="eu-west-1") for each in range(60)]
    answer = ShownAnswer(stage, tuple(f"U{each:020d}" for each in range(9)), NOON, NOON + timedelta(days=6))
    mark = Mark(MarkKind.DIGEST, "0" * 32, "2026-11-20T14:05:00.000Z", 8.0, 60)
    of = digest(*longest, refused=("#" * 300, "x" * 300), repeated=True, at_least=True)
    payload = answered(marked(render(of, language), mark), answer, language)
    assert blocks.size(payload["blocks"]) <= blocks.MESSAGE_LIMIT
    assert read(payload) == mark
    assert payload["blocks"][0]["type"] == "header"
    without = answered(marked(render_plain(of, language), mark), answer, language)
    assert utf16(without["text"]) <= 4000
    assert read({**without, "bot_id": "B1"}) == mark


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_handled_digest_is_grey(language: str) -> None:
    handled = ShownAnswer(AnswerStage.HANDLED, ("U012AB3CD",), NOON, NOON + timedelta(minutes=9))
    payload = answered(render(digest(*storm()), language), handled, language)
    assert headline(payload).startswith("⚪ ")
    assert "🔴" not in str(payload)
    assert "<@U012AB3CD>" in payload["blocks"][2]["text"]["text"]


def test_it_is_the_same_message_without_what_it_need_not_know() -> None:
    bare = replace(digest(*storm()), execution="", access_portal="")
    assert "open_execution" not in urls(render(bare, "en"))
    assert faults(render(bare, "en")) == []
