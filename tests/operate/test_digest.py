"""``python -m statemachine digest``, as a person calls it."""

import json
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from chalicelib import clock
from chalicelib.ledger import digests, watch
from chalicelib.ledger.claim import instant
from chalicelib.ledger.watch import Answer, Watch
from chalicelib.message.digest import FoldedFinding
from statemachine.local.local_aws import REGION
from tests.catch_up.test_replay import TABLE, world
from tests.ledger.test_open_list import asked
from tests.operate.test_replay import call

OWNER = "arn:aws:states:eu-west-1:123456789012:execution:guardduty-notifier-dev:owner-1"


def minutes(ago: float) -> datetime:
    return clock.now() - timedelta(minutes=ago)


def put(key: str, **texts: str) -> None:
    boto3.client("dynamodb", region_name=REGION).put_item(
        TableName=TABLE,
        Item={"finding_id": {"S": key}, **{name: {"S": value} for name, value in texts.items() if value}},
    )


def an_id(ago: float = 10) -> str:
    return digests.digest_id("C1", minutes(ago))


def member(id_: str, number: int, said: dict[str, Any] | None = None, **item: str) -> FoldedFinding:
    """Write a finding that a digest shows, and what has become of it since."""
    key = f"{number:032x}"
    of = FoldedFinding(
        id=key,
        type="Recon:EC2/Portscan",
        severity=8.0,
        account="111122223333",
        account_name="payments",
        region="eu-west-1",
        at=instant(digests.begins(id_) + timedelta(seconds=number)),
        resources=(f"i-{number:02}",),
        hosts=("203.0.113.7", "198.51.100.9"),
        channel="#security",
    )._replace(**(said or {}))
    folded_at = instant(digests.begins(id_) + timedelta(seconds=30))
    put(
        key,
        fold=digests.fold(id_, key),
        folded=digests.written(of),
        **{"notified_update": of.at, "notified_at": folded_at, **item},
    )
    return of


def posted(id_: str, asks: Watch | None = None, **changed: str) -> None:
    """Write the item of a digest that its owner has posted."""
    put(
        digests.key(id_),
        **{
            "claimed_by": OWNER,
            "claimed_update": instant(digests.begins(id_)),
            "notified_update": instant(digests.begins(id_)),
            "notified_by": OWNER,
            "notified_at": instant(digests.begins(id_) + timedelta(seconds=125)),
            "channel": "C1",
            "ts": "1760000000.000100",
            **(watch.changes(asks) if asks else {}),
            **changed,
        },
    )


def unposted(id_: str, **changed: str) -> None:
    begins = instant(digests.begins(id_))
    put(
        digests.key(id_),
        **{
            "claimed_by": OWNER,
            "claimed_update": begins,
            "claimed_until": instant(minutes(-1)),
            "awaits": watch.POST,
            "awaits_since": begins,
            **changed,
        },
    )


def shown(*arguments: str) -> int:
    return call("digest", *arguments, "--stage", "dev")


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out.splitlines()


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("  ") if cell.strip()]


def test_all_findings_are_listed_the_most_severe_first(capsys: pytest.CaptureFixture[str]) -> None:
    id_ = an_id()
    with world():
        posted(id_)
        for number, severity in ((1, 7.0), (2, 8.5), (3, 7.0), (4, 8.0)):
            member(id_, number, {"severity": severity, "sample": number == 2})
        member(an_id(30), 5)
        assert shown(id_) == 0
    *_, blank, head, first, second, third, fourth = lines(capsys)
    assert blank == ""
    assert head.split() == ["severity", "type", "account", "region", "resource", "hosts", "at", "since"]
    assert [cells(each)[0] for each in (first, second, third, fourth)] == ["8.5", "8.0", "7.0", "7.0"]
    at = digests.begins(id_) + timedelta(seconds=2)
    assert cells(first)[1:] == [
        "Recon:EC2/Portscan (sample)",
        "111122223333 payments",
        "eu-west-1",
        "i-02",
        "203.0.113.7 198.51.100.9",
        f"{at:%Y-%m-%d %H:%M:%S} UTC",
    ]
    assert [cells(each)[4] for each in (third, fourth)] == ["i-01", "i-03"]
    starts = {each.index(cells(each)[2]) for each in (first, second, third, fourth)}
    assert starts == {head.index("account")}


def test_the_digest_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    id_ = an_id()
    with world():
        posted(id_)
        member(id_, 1)
        assert shown(id_) == 0
    about, message, answer, *_ = lines(capsys)
    begins = digests.begins(id_)
    assert about == f"Digest {id_}: the minute of {begins:%Y-%m-%d %H:%M:%S} UTC, C1, 1 finding"
    at = begins + timedelta(seconds=125)
    assert message == (
        f"posted {at:%Y-%m-%d %H:%M:%S} UTC by owner-1: https://slack.com/archives/C1/p1760000000000100"
    )
    assert answer == "answer: none is asked for"


def test_what_a_webhook_posted_has_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    id_ = an_id()
    with world():
        posted(id_, ts="", channel="")
        member(id_, 1)
        assert shown(id_) == 0
    about, message, *_ = lines(capsys)
    assert "UTC, #security, 1 finding" in about
    assert message.endswith(" UTC by owner-1")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({}, "answer: open for 2h, 1d allowed", id="open"),
        pytest.param({"seen_by": ("U1", "U2")}, "answer: open for 2h, 1d allowed, seen by U1 U2", id="seen"),
        pytest.param(
            {
                "answer": Answer.HANDLED,
                "handled_by": ("U3",),
                "seen_by": ("U1",),
                "answered_at": "2026-11-26T14:05:01.000Z",
            },
            "answer: handled by U3, 2026-11-26 14:05:01 UTC, seen by U1",
            id="handled",
        ),
    ],
)
def test_whether_somebody_has_answered(
    changed: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    id_ = an_id(150)
    with world():
        posted(id_, asked(121, within=86_400, folded=1, **changed), awaits_since=instant(minutes(1)))
        member(id_, 1)
        assert shown(id_) == 0
    assert lines(capsys)[2] == said


@pytest.mark.parametrize(
    ("ago", "changed", "said"),
    [
        pytest.param(0, {}, "not posted yet: owner-1 posts it after {ready}", id="gathering"),
        pytest.param(3, {}, "not posted yet: owner-1 posts it as soon as it is its turn", id="its-turn"),
        pytest.param(30, {"claimed_until": "0"}, "not posted: owner-1 has not posted it.", id="owner-died"),
        pytest.param(
            30,
            {"unanswered": "1", "claimed_until": "0"},
            "not posted: Slack never answered its post, so its message may stand there.",
            id="unanswered",
        ),
        pytest.param(
            30,
            {"attempt": "n", "attempt_until": "1", "claimed_until": "0"},
            "not posted: Slack never answered its post, so its message may stand there.",
            id="attempt-ran-out",
        ),
    ],
)
def test_what_is_not_posted_says_whose_turn_it_is(
    ago: float, changed: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    id_ = an_id(ago)
    ready = digests.begins(id_) + timedelta(minutes=2)
    with world():
        unposted(id_, **changed)
        member(id_, 1)
        assert shown(id_) == 0
    _, state, *rest = lines(capsys)
    assert state.startswith(said.format(ready=f"{ready:%Y-%m-%d %H:%M:%S} UTC"))
    is_anybodys = "The hourly look posts it; a failed execution does when it is redriven" in state
    assert is_anybodys == state.startswith("not posted: ")
    assert not rest[0].startswith("answer")


def test_a_digest_whose_findings_the_index_does_not_list_yet_has_no_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    id_ = an_id(0)
    with world():
        unposted(id_)
        assert shown(id_) == 0
    about, state = lines(capsys)
    assert about.endswith(", its channel is not known, 0 findings")
    assert state.startswith("not posted yet: ")


def test_findings_whose_digest_nobody_has_begun_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    id_ = an_id(30)
    with world():
        member(id_, 1)
        assert shown(id_) == 0
    assert "nobody has begun to post it" in lines(capsys)[1]


@pytest.mark.parametrize(
    ("item", "said"),
    [
        pytest.param({}, "", id="nothing"),
        pytest.param(
            {"unfolded": "u", "channel": "C1", "ts": "12.34"},
            "message of its own https://slack.com/archives/C1/p1234",
            id="own-message",
        ),
        pytest.param({"unfolded": "u"}, "message of its own", id="webhook"),
        pytest.param(
            {
                "suppressed_update": "{later}",
                "suppressed_by": "Recon:* scanner",
                "suppressed_at": "2026-11-26T14:05:01.000Z",
            },
            "hidden by Recon:* scanner, 2026-11-26 14:05:01 UTC",
            id="hidden",
        ),
        pytest.param(
            {"suppressed_update": "1", "suppressed_by": "Recon:* scanner"},
            "",
            id="hidden-before-it-was-folded",
        ),
        pytest.param({"notified_at": "{later}"}, "newer update {later_said}", id="update"),
        pytest.param(
            {"unfolded": "u", "notified_at": "{later}"}, "message of its own", id="update-in-its-own-message"
        ),
        pytest.param({"notified_update": "2999"}, "its item is gone", id="not-believed"),
    ],
)
def test_what_has_become_of_a_finding(
    item: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    id_, later = an_id(30), minutes(1)
    written: dict[str, Any] = {name: value.format(later=instant(later)) for name, value in item.items()}
    with world():
        posted(id_)
        member(id_, 1, **written)
        assert shown(id_) == 0
    row = lines(capsys)[-1]
    assert row.partition("UTC")[2].strip() == said.format(later_said=f"{later:%Y-%m-%d %H:%M:%S} UTC")


def test_json_has_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    id_ = an_id(30)
    with world():
        asks = asked(25, folded=2, within=900, seen_by=("U1",))
        posted(id_, asks)
        member(id_, 1)
        second = member(id_, 2, {"severity": 8.9}, unfolded="u", channel="C1", ts="1.2")
        assert shown(id_, "--json") == 0
    found = json.loads("\n".join(lines(capsys)))
    begins = digests.begins(id_)
    assert found["digest"] == {
        "id": id_,
        "minute": instant(begins),
        "posted_at": instant(begins + timedelta(seconds=125)),
        "posted_by": OWNER,
        "owned_by": OWNER,
        "message": "https://slack.com/archives/C1/p1760000000000100",
        "to_do": None,
        "answer": {
            "state": "open",
            "asked_at": asks.posted_at,
            "allowed_seconds": 900,
            "seen_by": ["U1"],
            "handled_by": [],
            "answered_at": None,
        },
        "channel": "C1",
        "findings": 2,
    }
    first, _ = found["findings"]
    assert first == {
        "finding_id": second.id,
        "severity": 8.9,
        "type": "Recon:EC2/Portscan",
        "sample": False,
        "account": "111122223333",
        "account_name": "payments",
        "region": "eu-west-1",
        "resources": ["i-02"],
        "hosts": ["203.0.113.7", "198.51.100.9"],
        "at": second.at,
        "since": {
            "own_message": True,
            "message": "https://slack.com/archives/C1/p12",
            "hidden_by": None,
            "hidden_at": None,
            "newer_update_at": None,
            "item_gone": False,
        },
    }


def test_many_are_read_page_by_page(capsys: pytest.CaptureFixture[str]) -> None:
    id_ = an_id()
    with world():
        posted(id_)
        for number in range(1, 251):
            member(id_, number, unfolded="u" if number % 100 == 0 else "")
        assert shown(id_, "--json") == 0
    found = json.loads("\n".join(lines(capsys)))["findings"]
    assert len(found) == len({each["finding_id"] for each in found}) == 250
    assert sum(each["since"]["own_message"] for each in found) == 2


def test_what_others_wrote_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    id_ = an_id()
    evil = "\x1b[2J[bold]x\u202e"
    with world():
        posted(id_, channel=evil, notified_by=evil)
        names = ("type", "account", "account_name", "region", "at")
        member(
            id_,
            1,
            {**dict.fromkeys(names, evil), "resources": (evil,), "hosts": (evil,)},
            suppressed_update=instant(minutes(0)),
            suppressed_by=evil,
            notified_update="1",
        )
        assert shown(id_) == 0
        assert shown(id_, "--json") == 0
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert "[bold]x" in printed


def test_what_somebody_wrote_by_hand_is_listed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    id_ = an_id()
    with world():
        posted(id_)
        member(id_, 1)
        for number, folded in (
            (2, "not json"),
            (3, '{"type":5,"account":7,"region":null,"at":3,"severity":9}'),
        ):
            key = f"{number:032x}"
            put(key, fold=digests.fold(id_, key), folded=folded)
        assert shown(id_) == 0
    assert [cells(each)[0] for each in lines(capsys)[-3:]] == ["8.0", "0.0", "0.0"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["nonsense"], "'nonsense' is no digest's id. One like 2026", id="no-id"),
        pytest.param(["\x1b[2J"], "is no digest's id", id="hostile"),
        pytest.param(["202613261405-3fa9c1d2"], "is no digest's id", id="no-month"),
        pytest.param(
            ["202611261405-3fa9c1d2"], "There is no digest 202611261405-3fa9c1d2 in dev.", id="unknown"
        ),
        pytest.param(["--json", "202611261405-3fa9c1d2"], "There is no digest", id="unknown-json"),
    ],
)
def test_a_wrong_id_is_one_clear_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with world():
        assert shown(*arguments) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert "stands in the digest's message" in printed.err
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert "\x1b" not in printed.err


@pytest.mark.parametrize("arguments", [["202611261405-3fa9c1d2"], []], ids=["one", "all"])
@pytest.mark.parametrize(
    ("stage", "said"),
    [
        pytest.param("nosuch", "No stage 'nosuch'", id="stage"),
        pytest.param("prod", "make deploy STAGE=prod", id="not-deployed"),
    ],
)
def test_a_stage_that_is_not_there_is_one_clear_line(
    arguments: list[str], stage: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with world():
        assert call("digest", *arguments, "--stage", stage) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.err.count("\n") == 1


def test_a_stage_of_a_version_without_digests_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with world():
        dynamodb = boto3.client("dynamodb", region_name=REGION)
        dynamodb.update_table(
            TableName=TABLE, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": digests.INDEX}}]
        )
        assert shown(an_id()) == 2
    assert "make deploy STAGE=dev" in capsys.readouterr().err


def test_without_an_id_what_waits_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    late, running, answered = an_id(60), an_id(0), an_id(90)
    with world():
        unposted(running)
        posted(late, asked(57, folded=1_234, within=900))
        posted(answered, asked(57, answer=Answer.HANDLED, answered_at=instant(minutes(1))))
        put(f"{1:032x}", **watch.changes(asked(5)))
        assert shown() == 0
    head, first, second = lines(capsys)
    assert head.split() == ["digest", "findings", "state", "message"]
    assert cells(first) == [
        late,
        "1,234",
        "answer: open for 57m, 15m allowed",
        "https://slack.com/archives/C1/p1760000000000100",
    ]
    assert cells(second)[0] == running
    assert cells(second)[1].startswith("not posted yet: owner-1 posts it after ")


def test_without_an_id_programs_get_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    id_ = an_id()
    with world():
        assert shown("--json") == 0
        assert json.loads("\n".join(lines(capsys))) == []
        posted(id_, asked(5, folded=3))
        assert shown("--json") == 0
    [found] = json.loads("\n".join(lines(capsys)))
    assert (found["id"], found["answer"]["state"], found["to_do"]) == (id_, "open", None)


def test_where_nothing_waits_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with world():
        assert shown() == 0
    assert lines(capsys) == ["No digest waits to be posted or answered. Give the id of another."]
