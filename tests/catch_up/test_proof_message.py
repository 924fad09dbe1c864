"""The daily proof's words: a day, a week, and the rules that ask for attention."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.catch_up import proof_message
from chalicelib.catch_up.proof_message import Compared, Day, Review, Week
from tests import slack_limits
from tests.catch_up.test_replay import finding

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        pytest.param(
            Day(214, 190, 24, 3, 0, 0),
            "GuardDuty lists 214 findings of the last 24 h at severity 7 and above:"
            " posted 190, suppressed 24 (by 3 rules), missing 0.",
            id="usual",
        ),
        pytest.param(
            Day(0, 0, 0, 0, 0, 0),
            "GuardDuty lists 0 findings of the last 24 h at severity 7 and above:"
            " posted 0, suppressed 0, missing 0.",
            id="nothing",
        ),
        pytest.param(
            Day(1_234, 1_231, 1, 1, 1, 0, 1),
            "GuardDuty lists 1,234 findings of the last 24 h at severity 7 and above:"
            " posted 1,231, suppressed 1 (by 1 rule), being posted 1, unreadable 1, missing 0.",
            id="everything",
        ),
        pytest.param(
            Day(1, 1, 0, 0, 0, 0),
            "GuardDuty lists 1 finding of the last 24 h at severity 7 and above:"
            " posted 1, suppressed 0, missing 0.",
            id="one",
        ),
    ],
)
def test_the_days_line(counts: Day, line: str) -> None:
    assert proof_message.day(counts, 24, 7.0, [], "en") == [line]


def test_the_days_line_in_japanese() -> None:
    assert proof_message.day(Day(214, 190, 24, 3, 0, 0), 24, 4.5, [], "ja") == [
        "GuardDuty の過去 24 時間の検出結果 (重大度 4.5 以上) は 214 件です:"
        " 通知済み 190、抑制 24 (ルール 3 件)、未通知 0。"
    ]


def test_several_regions_and_what_is_incomplete_in_japanese() -> None:
    compared = Compared(["eu-west-1", "us-east-1"], {"af-south-1": "no detector"})
    lines = proof_message.day(Day(2, 0, 0, 0, 0, 1, not_looked_at=1), 24, 7, [finding()], "ja", compared)
    assert lines[:2] == [
        "GuardDuty (eu-west-1、us-east-1) の過去 24 時間の検出結果 (重大度 7 以上) は 2 件です:"
        " 通知済み 0、抑制 0、未確認 1、未通知 1。",
        "不完全です。照合できなかった、または最後まで照合できなかったリージョン: `af-south-1` (`no detector`)。",
    ]
    assert lines[-1].endswith("(重大度 8、アカウント `111122223333`、`eu-west-1`)")


def test_where_no_region_could_be_compared_the_reasons_are_said_and_call_nobody() -> None:
    said = proof_message.day(
        Day(0, 0, 0, 0, 0, 0), 24, 7, [], "en", Compared([], {"a-b-1": "<!here>", "c-d-1": ""})
    )
    assert said[0].startswith("GuardDuty lists 0 findings of the last 24 h at severity 7 and above:")
    assert "<!" not in said[1]


@pytest.mark.parametrize(
    ("language", "line"),
    [
        pytest.param("en", "The week, not counted to its end: at least High 1,200.", id="en"),
        pytest.param("ja", "この 1 週間 (集計は途中まで): 少なくとも 高 (High) 1,200。", id="ja"),
    ],
)
def test_a_week_that_was_not_counted_to_its_end_says_at_least(language: str, line: str) -> None:
    found = Week({"High": 1_200}, Counter(), at_least=True)
    assert proof_message.week(found, Review(), language)[0] == line


@pytest.mark.parametrize("language", ["en", "ja"])
def test_missing_findings_are_named_as_far_as_there_is_room(language: str) -> None:
    missing = [finding(id=f"{number:032x}") for number in range(13)]
    lines = proof_message.day(Day(13, 0, 0, 0, 0, 13), 24, 7, missing, language)
    assert len(lines) == 13
    assert f"{0:032x}" in lines[2]
    assert "3" in lines[-1]
    assert f"{10:032x}" not in "".join(lines)


def test_hostile_names_call_nobody() -> None:
    hostile = finding(id="<!channel> `x`", type="<!here>|x> *b*", accountId="<!everyone>")
    [_, _, line] = proof_message.day(Day(1, 0, 0, 0, 0, 1), 24, 7, [hostile], "en")
    assert "<!" not in line
    rule = rule_item(rule="<!channel>`", expires_at="2026-11-24")
    found = proof_message.review([rule, {**rule, "rule": "<!here>", "max_severity": "<!here>"}], MONDAY)
    said = "\n".join(proof_message.week(Week({}, Counter({"<!here>": 1})), found, "en"))
    assert "<!" not in slack_limits.OUR_MARKUP.sub("", said)


def rule_item(**changed: Any) -> dict[str, Any]:
    usual = {"finding_type": "Recon:EC2/Portscan", "rule": "scanner", "reason": "known"}
    return usual | {"match_count": 1, "last_matched_at": "2026-11-20T08:00:00.000Z"} | changed


@pytest.mark.parametrize(
    ("changed", "groups"),
    [
        pytest.param({}, set(), id="in-order"),
        pytest.param({"expires_at": "2026-11-29"}, {"expiring"}, id="expires-in-six-days"),
        pytest.param({"expires_at": "2026-11-30T08:00Z"}, {"expiring"}, id="expires-in-seven-days"),
        pytest.param({"expires_at": "2026-11-30T08:01Z"}, set(), id="expires-later"),
        pytest.param({"expires_at": "2026-11-22"}, set(), id="has-expired"),
        pytest.param({"last_matched_at": "2026-08-25T08:00:00Z"}, set(), id="used-90-days-ago"),
        pytest.param({"last_matched_at": "2026-08-25T07:59:00Z"}, {"unused"}, id="unused-for-longer"),
        pytest.param({"last_matched_at": ""}, {"never_matched"}, id="never-matched"),
        pytest.param({"last_matched_at": "by hand"}, set(), id="unreadable-time"),
        pytest.param({"last_matched_at": "2026-08-25"}, set(), id="time-without-zone"),
        pytest.param({"enabled": False, "expires_at": "2026-11-29"}, set(), id="switched-off"),
        pytest.param({"reason": ""}, {"faulty"}, id="faulty"),
        pytest.param({"finding_type": "Recon"}, {"faulty"}, id="matches-no-type"),
        pytest.param({"account_id": "123"}, set(), id="padded-account"),
    ],
)
def test_what_asks_for_attention(changed: dict[str, Any], groups: set[str]) -> None:
    reviewed = proof_message.review([rule_item(**changed)], MONDAY)
    assert {each for each in Review.__dataclass_fields__ if getattr(reviewed, each)} == groups


def test_the_week() -> None:
    items = [
        rule_item(rule="soon", expires_at="2026-11-24"),
        rule_item(rule="old", last_matched_at="2026-01-01T00:00:00Z"),
        rule_item(rule="wrong", acount_id="1"),
        rule_item(rule="new", last_matched_at=""),
    ]
    found = Week({"Critical": 1, "High": 1_200, "Medium": 0}, Counter({"scanner": 40, "soon": 2}))
    assert proof_message.week(found, proof_message.review(items, MONDAY), "en") == [
        "The week: Critical 1, High 1,200.",
        "Rules that hid most: `scanner` 40, `soon` 2.",
        "Rules that expire within 7 days: `soon` `Recon:EC2/Portscan` "
        "<!date^1795564799^{date_short_pretty} {time}|2026-11-24 23:59 UTC>.",
        "Rules without a match for 90 days: `old` `Recon:EC2/Portscan`.",
        "Faulty rules, never applied: `wrong` (`unknown attribute acount_id, perhaps account_id`).",
        "Rules that have never matched: `new` `Recon:EC2/Portscan`.",
    ]


def test_a_week_of_nothing_says_so() -> None:
    assert proof_message.week(Week({}, Counter()), Review(), "en") == [
        "The week: no findings.",
        "Rules: none expires within 7 days, is unused for 90 or faulty.",
    ]


def test_a_long_list_is_cut_and_the_message_fits() -> None:
    items = [rule_item(rule=f"{number} " + "<&>" * 500, reason="") for number in range(1_000)]
    items += [rule_item(rule=f"{number} " + "<&>" * 500, expires_at="2026-11-24") for number in range(1_000)]
    missing = [finding(id="<" * 500, type="&" * 500) for _ in range(50)]
    hid = Counter({f"{number} {'>' * 500}": number for number in range(50)})
    lines = proof_message.day(Day(50, 0, 0, 0, 0, 50), 24, 7, missing, "ja")
    lines += proof_message.week(Week({"High": 1}, hid), proof_message.review(items, MONDAY), "ja")
    assert slack_limits.faults(proof_message.payload(lines, "ja")) == []


@pytest.mark.parametrize(
    ("language", "digests", "said"),
    [
        ("en", 1, "posted 5, posted in 1 digest 1,200, suppressed 0"),
        ("en", 3, "posted 5, posted in 3 digests 1,200, suppressed 0"),
        ("ja", 3, "通知済み 5、ダイジェスト 3 件で通知済み 1,200、抑制 0"),
    ],
)
def test_what_digests_show_is_counted_by_itself(language: str, digests: int, said: str) -> None:
    counts = Day(1_205, 5, 0, 0, 0, 0, in_digests=1_200, digests=digests)
    [line] = proof_message.day(counts, 24, 7, [], language)
    assert said in line
