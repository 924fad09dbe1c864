"""The settings about answers (within which time, and whose), and about storms."""

import json

import pytest

from chalicelib import settings
from chalicelib.errors import InvalidSettings
from tests.pages import ROOT

HOUR, DAY = 3600, 86_400


@pytest.mark.parametrize(
    ("written", "within"),
    [
        pytest.param(None, {"critical": 900, "high": DAY}, id="not-set"),
        pytest.param("", {"critical": 900, "high": DAY}, id="empty-is-not-off"),
        pytest.param("off", {}, id="off"),
        pytest.param("critical=10s high=10s", {"critical": 10, "high": 10}, id="seconds"),
        pytest.param(
            "  low=30d\tmedium=7d ", {"low": 30 * DAY, "medium": 7 * DAY}, id="any-bands-in-any-order"
        ),
        pytest.param("critical=1h", {"critical": HOUR}, id="what-is-not-named-is-not-asked-for"),
    ],
)
def test_answer_within(written: str | None, within: dict[str, int]) -> None:
    assert settings.answer_within({} if written is None else {"ANSWER_WITHIN": written}) == within


@pytest.mark.parametrize(
    ("written", "part"),
    [
        pytest.param("15m", "15m", id="no-band"),
        pytest.param("critical", "critical", id="no-time"),
        pytest.param("critical=", "critical=", id="empty-time"),
        pytest.param("critical=0m", "critical=0m", id="nothing"),
        pytest.param("critical=31d", "critical=31d", id="too-long"),
        pytest.param("critical = 15m", "critical", id="spaces"),
        pytest.param("critical=15m,high=24h", "critical=15m,high=24h", id="commas"),
        pytest.param("Critical=15m", "Critical=15m", id="case"),
        pytest.param("urgent=15m", "urgent=15m", id="no-band-of-guardduty"),
        pytest.param("high=15m high=24h", "high=24h", id="twice"),
        pytest.param("critical=15m off", "off", id="off-beside-others"),
        pytest.param("OFF", "OFF", id="off-in-capitals"),
        pytest.param("x" * 60, "x" * 40, id="long"),
    ],
)
def test_what_of_answer_within_can_not_be_read_is_named(written: str, part: str) -> None:
    with pytest.raises(InvalidSettings) as refused:
        settings.answer_within({"ANSWER_WITHIN": written})
    assert str(refused.value).startswith(f"ANSWER_WITHIN: {part!r} can't be read.")
    assert settings.ANSWER_WITHIN in str(refused.value)


@pytest.mark.parametrize("written", ["", "S01", "S0614TZR7"])
def test_responders(written: str) -> None:
    assert settings.responders({"RESPONDERS": written}) == written
    assert settings.responders({}) == ""


@pytest.mark.parametrize(
    "written", ["S", "s0614tzr7", "U0614TZR7", "@S0614TZR7", "<!subteam^S0614TZR7>", "security", "S01 S02"]
)
def test_responders_is_the_id_of_one_user_group(written: str) -> None:
    with pytest.raises(InvalidSettings, match=r"^RESPONDERS must be the id of a Slack user group"):
        settings.responders({"RESPONDERS": written})


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        pytest.param(None, 90, id="not-set"),
        pytest.param("", 90, id="empty-is-not-off"),
        pytest.param("off", 0, id="off"),
        pytest.param("1", 1, id="least"),
        pytest.param("3600", 3600, id="most"),
        pytest.param(" 045\t", 45, id="spaces-and-zeros-before-it"),
    ],
)
def test_fold_after(written: str | None, seconds: int) -> None:
    assert settings.fold_after({} if written is None else {"FOLD_AFTER": written}) == seconds


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("0", id="nothing-is-off"),
        pytest.param("0000", id="zeros"),
        pytest.param("3601", id="over-an-hour"),
        pytest.param("99999", id="too-long"),
        pytest.param("-5", id="sign"),
        pytest.param("+5", id="plus"),
        pytest.param("1.5", id="part-of-a-second"),
        pytest.param("90s", id="unit"),
        pytest.param("1 5", id="spaces"),
        pytest.param("OFF", id="off-in-capitals"),
        pytest.param("٩٠", id="other-digits"),
        pytest.param("1\n2", id="lines"),
    ],
)
def test_fold_after_is_whole_seconds_of_an_hour(written: str) -> None:
    with pytest.raises(InvalidSettings) as refused:
        settings.fold_after({"FOLD_AFTER": written})
    assert str(refused.value) == "FOLD_AFTER must be off, or seconds: a whole number from 1 to 3600"


def test_sixty_findings_at_once_stay_messages_of_their_own() -> None:
    """As many as GuardDuty's samples make at High."""
    assert settings.fold_after({}) * settings.slack_messages_per_second({}) > 60


def test_who_deploys_reads_them() -> None:
    assert {settings.answer_within, settings.responders, settings.fold_after} <= {*settings.READERS}


def test_the_stages_ask_for_answers_as_they_would_if_they_said_nothing() -> None:
    stages = json.loads((ROOT / ".chalice/config.json").read_text("utf-8"))["stages"]
    said = {name: stage["environment_variables"] for name, stage in stages.items()}
    assert said
    assert all(each["ANSWER_WITHIN"] == settings.ANSWER_WITHIN for each in said.values())
    assert not any(each["RESPONDERS"] for each in said.values())
