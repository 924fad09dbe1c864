"""The checks of what somebody is to answer."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.ledger import watch
from chalicelib.ledger.claim import instant
from statemachine.deploy import definition
from statemachine.local.local_aws import make_tables
from statemachine.operate.checks import Check, StagePlace, attention
from tests.operate.checks.common import ACCOUNT, REGION, aws, place, role

pytestmark = pytest.mark.usefixtures("local_aws")

ARN = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:guardduty-notifier-dev-attention"
FUNCTIONS = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:guardduty-notifier-dev"
NOW = datetime.now(UTC)
WAITS = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}


def make_machine(made: object) -> None:
    aws("stepfunctions").create_state_machine(
        name=ARN.rsplit(":", 1)[1], definition=json.dumps(made), roleArn=role()
    )


def of_this_folder(post_to_slack: str = "post-to-slack") -> object:
    values = {
        "LookForAnswerFunction": f"{FUNCTIONS}-look-for-answer",
        "PostToSlackFunction": f"{FUNCTIONS}-{post_to_slack}",
    }
    return definition.definition(values, definition.ATTENTION)


@pytest.mark.parametrize(
    "check", [attention.machine_as_here, attention.index_active, attention.executions_run]
)
def test_where_nobody_is_asked_nothing_is_looked_at(check: Callable[[StagePlace, str], Check]) -> None:
    found = check(place(ANSWER_WITHIN="off"), "x")
    assert (found.good, found.said) == (None, "not looked at: ANSWER_WITHIN is off")


@pytest.mark.parametrize(
    ("made", "good", "said"),
    [
        pytest.param(of_this_folder(), True, "that of this folder", id="as-designed"),
        pytest.param(WAITS, False, "another definition", id="changed-by-hand"),
        pytest.param(of_this_folder("read-finding"), False, "another definition", id="another-function"),
        pytest.param(None, False, "missing", id="missing"),
    ],
)
def test_the_machine_is_that_of_this_folder(made: object, good: bool, said: str) -> None:
    if made:
        make_machine(made)
    check = attention.machine_as_here(place(), "attention machine")
    assert check.good is good
    assert said in check.said
    assert ("make deploy STAGE=dev" in check.hint) is not good


def test_the_index_is_there() -> None:
    make_tables(aws("dynamodb"), "dev")
    assert attention.index_active(place(), "index").good is True


@pytest.mark.parametrize(
    ("status", "said", "hint"),
    [
        pytest.param("", "missing", "make deploy STAGE=dev", id="missing"),
        pytest.param("CREATING", "creating", "look again", id="being-made"),
        pytest.param("DELETING", "deleting", "make deploy STAGE=dev", id="on-its-way-out"),
    ],
)
def test_an_index_that_can_not_be_asked_fails(
    monkeypatch: pytest.MonkeyPatch, status: str, said: str, hint: str
) -> None:
    monkeypatch.setattr(attention, "_index_status", lambda _: status)
    check = attention.index_active(place(), "index")
    assert (check.good, check.said) == (False, said)
    assert hint in check.hint
    assert attention.executions_run(place(), "open").said == "not looked at: there is no index to ask"


def test_without_a_table_there_is_no_index() -> None:
    assert attention.index_active(place(), "index").said == "missing"


# --- what is open ---


def put(finding_id: str, age: timedelta, **changes: object) -> str:
    """What somebody is to answer; the name of its execution."""
    opening = instant(datetime.now(UTC) - age)  # as of now: a whole run of the tests takes a while
    asked = watch.Watch(opening, opening, 900, 8, "T", "111122223333", "", REGION).with_(**changes)
    item = {"finding_id": finding_id, **watch.changes(asked)}
    aws("dynamodb").put_item(
        TableName="guardduty-notifier-dev-notifications",
        Item={name: {"S": value} for name, value in item.items()},
    )
    return watch.execution_name(finding_id, opening)


def start(*names: str) -> None:
    for name in names:
        aws("stepfunctions").start_execution(stateMachineArn=ARN, name=name)


@pytest.fixture
def machine(local_aws: None) -> None:
    make_tables(aws("dynamodb"), "dev")
    make_machine(WAITS)


HOURS = timedelta(hours=2)


@pytest.mark.usefixtures("machine")
def test_what_is_open_has_an_execution_also_one_started_anew() -> None:
    start(put("a" * 32, HOURS), f"{put('b' * 32, HOURS)}-2")
    check = attention.executions_run(place(), "open")
    assert (check.good, check.said) == (True, "2 findings wait for an answer")


@pytest.mark.usefixtures("machine")
def test_what_nothing_keeps_time_of_is_named() -> None:
    start(put("a" * 32, HOURS), f"{put('b' * 32, HOURS)}9")  # of an opening whose name only begins so
    put("c" * 32, HOURS * 2)
    check = attention.executions_run(place(), "open")
    assert (check.good, check.said) == (
        False,
        f"2 wait for an answer and nothing keeps time: {'c' * 32}",
    )
    assert "guardduty-notifier-dev-replay-findings" in check.hint


@pytest.mark.parametrize(
    ("age", "changes"),
    [
        pytest.param(timedelta(minutes=50), {}, id="just-opened"),
        pytest.param(timedelta(days=7, minutes=1), {}, id="not-waited-for-any-more"),
        pytest.param(
            HOURS,
            {"answer": watch.Answer.HANDLED, "answered_at": instant(NOW - HOURS)},
            id="answered",
        ),
    ],
)
@pytest.mark.usefixtures("machine")
def test_what_needs_no_execution_is_none_that_is_missing(age: timedelta, changes: dict[str, object]) -> None:
    put("a" * 32, age, **changes)
    assert attention.executions_run(place(), "open").good is True


@pytest.mark.usefixtures("machine")
def test_more_than_a_batch_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "_BATCH", 2)
    for number in range(5):
        put(f"{number:032x}", HOURS)
    assert attention.executions_run(place(), "open").said.startswith("5 wait")


@pytest.mark.usefixtures("machine")
def test_more_than_people_can_answer_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "MANY_RUNNING", 1)
    start(put("a" * 32, HOURS), put("b" * 32, HOURS))
    check = attention.executions_run(place(), "open")
    assert (check.good, check.said) == (False, "2 findings wait for an answer")
    assert "ANSWER_WITHIN" in check.hint
