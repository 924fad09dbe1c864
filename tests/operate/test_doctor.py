"""The doctor examines a stage with every check, and shows what they say."""

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from statemachine.operate import doctor
from statemachine.operate.checks import Check, StagePlace
from tests.operate.checks.common import aws, place

pytestmark = pytest.mark.usefixtures("local_aws")


def test_nothing_deployed_fails_what_can_fail_and_names_the_way() -> None:
    checks = {check.name: check for check in doctor.examine(place())}
    assert checks.keys() == doctor.CHECKS.keys()
    assert not [name for name, check in checks.items() if check.good]
    assert checks["functions"].hint == "make deploy STAGE=dev"
    assert all(check.hint for check in checks.values() if check.good is False)


def test_what_aws_refuses_is_a_failed_check(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: StagePlace, __: str) -> Check:
        aws("guardduty").get_detector(DetectorId="0" * 32)
        raise AssertionError("not refused")

    monkeypatch.setattr(doctor, "CHECKS", {"refused": refused})
    (check,) = doctor.examine(place())
    assert check.good is False
    assert "AWS refused GetDetector" in check.said
    assert check.hint == "Correct what AWS says, or look again later."


@pytest.mark.parametrize(
    ("word", "credentials"),
    [("AccessDeniedException", True), ("UnauthorizedOperation", True), ("AuthorizationError", True),
     ("ThrottlingException", False), ("ServiceException", False)],
)  # fmt: skip
def test_other_credentials_help_only_against_a_refusal(
    monkeypatch: pytest.MonkeyPatch, word: str, credentials: bool
) -> None:
    def refused(_: StagePlace, __: str) -> Check:
        raise ClientError({"Error": {"Code": word, "Message": "no"}}, "GetDetector")

    monkeypatch.setattr(doctor, "CHECKS", {"refused": refused})
    (check,) = doctor.examine(place())
    assert ("credentials" in check.hint) is credentials


# --- how it is shown ---

CHECKS = [
    Check("stack", True, "CREATE_COMPLETE"),
    Check("Slack [bold]", False, "invalid_auth", "Put [a new] token there."),
    Check("alarms", None, "nobody is notified"),
]


def test_without_a_terminal_each_check_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    doctor.show(CHECKS, Console())
    assert capsys.readouterr().out.splitlines() == [
        "ok    stack: CREATE_COMPLETE",
        "FAIL  Slack [bold]: invalid_auth",
        "      Put [a new] token there.",
        "-     alarms: nobody is notified",
    ]


def test_a_terminal_gets_a_table_with_the_text_as_it_is() -> None:
    console = Console(force_terminal=True, width=120, record=True)
    doctor.show(CHECKS, console)
    text = console.export_text()
    assert "Slack [bold]" in text
    assert "Put [a new] token there." in text
