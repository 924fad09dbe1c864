"""What waits for an answer, and how long answers took, in the proof's words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.catch_up import open_message, proof_message
from chalicelib.catch_up.open_message import Waiting
from chalicelib.ledger.claim import instant
from chalicelib.ledger.open_list import Watched
from chalicelib.ledger.watch import Answer, Watch
from tests import slack_limits
from tests.ledger.test_open_list import asked

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def entry(hours: float, ts: str = "1795.0001", **changed: Any) -> Watched:
    """A finding that waits since so many hours."""
    since = instant(NOW - timedelta(hours=hours))
    return Watched("1", asked(posted_at=since, **{"severity": 8.0, "within": 86_400, **changed}), "C1", ts)


def answered(minutes: float, answer: Answer = Answer.HANDLED, severity: float = 8.0) -> Watch:
    posted = NOW - timedelta(days=1)
    return asked(
        posted_at=instant(posted),
        answered_at=instant(posted + timedelta(minutes=minutes)),
        answer=answer,
        severity=severity,
    )


def test_what_waits_too_long_is_named_with_its_message_its_age_and_who_has_it() -> None:
    late = [entry(30, seen_by=("U2", "U3"), account_name="payments"), entry(26, ts="", account_name="")]
    assert open_message.day(Waiting(7, late), NOW, "en") == [
        "Waiting for an answer longer than is allowed: 2 of 7, the oldest first:",
        "• <https://slack.com/archives/C1/p17950001|`Recon:EC2/Portscan`>"
        " (severity 8, account `111122223333` `payments`, open for 30h, allowed 1d, seen by `U2` `U3`)",
        "• `Recon:EC2/Portscan` (severity 8, account `111122223333`, open for 26h, allowed 1d)",
    ]


def test_the_same_in_japanese() -> None:
    assert open_message.day(Waiting(1, [entry(72, seen_by=("U2",))], {"scope"}), NOW, "ja") == [
        "期限を過ぎた対応待ちの検出結果は 1 件中 1 件です (古い順):",
        "• <https://slack.com/archives/C1/p17950001|`Recon:EC2/Portscan`>"
        " (重大度 8、アカウント `111122223333` `payments`、経過 3d、期限 1d、対応中 `U2`)",
        "対応を確認できないため、リマインドは行われません: Slack アプリにスコープ `reactions:read` が必要です。",
    ]


@pytest.mark.parametrize(
    ("number", "lines"),
    [
        pytest.param(0, [], id="none"),
        pytest.param(1, ["1 finding waits for an answer, not longer than is allowed."], id="one"),
        pytest.param(1200, ["1,200 findings wait for an answer, none longer than is allowed."], id="many"),
    ],
)
def test_where_nothing_waits_too_long_a_line_is_enough(number: int, lines: list[str]) -> None:
    assert open_message.day(Waiting(number, []), NOW, "en") == lines


@pytest.mark.parametrize("language", ["en", "ja"])
def test_ten_are_named_and_the_rest_is_counted(language: str) -> None:
    lines = open_message.day(Waiting(20, [entry(30 + n) for n in range(13)]), NOW, language)
    assert len(lines) == 12
    assert "3" in lines[-1]
    assert "https" not in lines[-1]


def test_why_answers_can_not_be_seen_is_said_once_in_one_line() -> None:
    [_, line] = open_message.day(Waiting(3, [], {"group", "", "scope", "of a newer release"}), NOW, "en")
    assert line == (
        "Answers can't be seen, so nobody is reminded: the Slack app needs the scope `reactions:read`,"
        " the members of RESPONDERS can't be read, or are none."
    )


def test_nobody_is_called() -> None:
    hostile = entry(
        30,
        ts="1|<!here>",
        type="<!here>|`x`",
        account="<@U1>",
        account_name="<!channel> *x*",
        seen_by=("U1> <!everyone>", "`<@U2>`"),
    )
    said = "\n".join(open_message.day(Waiting(1, [hostile]), NOW, "en"))
    assert "<!" not in said
    assert "<@" not in said
    assert open_message.unlisted("<!here>", "en") == [
        "What waits for an answer could not be listed: `&lt;!here&gt;`."
    ]


def test_the_message_fits() -> None:
    wide = entry(30, type="&" * 500, account_name="<" * 500, seen_by=("U" * 50,) * 9)
    lines = open_message.day(Waiting(1000, [wide] * 50, {"scope", "channel", "group"}), NOW, "ja")
    assert slack_limits.faults(proof_message.payload(lines, "ja")) == []


def test_how_long_answers_took_by_severity() -> None:
    week = [
        *(answered(minutes) for minutes in (10, 20, 30, 40, 50, 60, 70, 80, 90, 1200)),
        answered(4, Answer.ARCHIVED, severity=9.1),
        answered(300, Answer.HIDDEN, severity=5.0),
    ]
    assert open_message.week(week, "en") == [
        "Answers of the week: handled 10, archived in GuardDuty 1, hidden by a rule 1.",
        "Median time until they were noticed (90th percentile):"
        " Critical 4m (4m), High 50m (90m), Medium 5h (5h).",
    ]
    assert open_message.week([answered(4)], "ja") == [
        "この 1 週間の対応: 対応済み 1。",
        "対応に気づくまでの時間の中央値 (90 パーセンタイル): 高 (High) 4m (4m)。",
    ]


def test_a_week_without_answers_says_nothing_of_them() -> None:
    assert open_message.week([], "en") == []
