"""What is shown of a change while CloudFormation makes it, and of its failure."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from statemachine.deploy import watch as watching
from statemachine.session import Failed
from tests.deploy.common import REGION


def resource_event(number: int, name: str, status: str, why: str = "") -> dict[str, Any]:
    kind = "AWS::CloudFormation::Stack" if name == "S" else "AWS::DynamoDB::Table"
    return {
        "StackId": "S", "EventId": str(number), "StackName": "S", "LogicalResourceId": name, "ResourceType": kind,
        "Timestamp": datetime(2026, 11, 20, tzinfo=UTC), "ResourceStatus": status, "ResourceStatusReason": why,
    }  # fmt: skip


Look = tuple[str, list[dict[str, Any]]]


def watch(looks: list[Look], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Watch a stack whose status and events at each look are given; what was printed."""
    monkeypatch.setattr(watching, "PAUSE", 0)
    cloudformation: Any = boto3.client(
        "cloudformation", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x"
    )
    events: list[dict[str, Any]] = []
    with Stubber(cloudformation) as stub:
        for status, new in looks:
            events = [*new[::-1], *events]
            described = {
                "StackName": "S",
                "CreationTime": datetime(2026, 11, 20, tzinfo=UTC),
                "StackStatus": status,
            }
            stub.add_response("describe_stacks", {"Stacks": [described]})
            stub.add_response("describe_stacks", {"Stacks": [described]})
            stub.add_response("describe_stack_events", {"StackEvents": events})
        try:
            watching.watch(cloudformation, "S", {"0"}, 2)
        finally:
            printed = capsys.readouterr().out
        stub.assert_no_pending_responses()
    return printed


def test_progress_is_posted_resource_by_resource(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = [
        (
            "UPDATE_COMPLETE",
            [resource_event(0, "S", "UPDATE_COMPLETE")],
        ),  # from before: not the end of this one
        (
            "UPDATE_IN_PROGRESS",
            [resource_event(1, "S", "UPDATE_IN_PROGRESS"), resource_event(2, "T", "UPDATE_IN_PROGRESS")],
        ),
        (
            "UPDATE_COMPLETE",
            [resource_event(3, "T", "UPDATE_COMPLETE"), resource_event(4, "S", "UPDATE_COMPLETE")],
        ),
    ]
    lines = watch(looks, capsys, monkeypatch).splitlines()
    assert lines[2] == "  UPDATE_COMPLETE      T (AWS::DynamoDB::Table)"
    assert lines[-1] == "The stack is UPDATE_COMPLETE."
    assert len(lines) == 5


def test_a_failure_names_the_resource_and_the_reason_and_not_what_it_stopped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [
        resource_event(1, "A", "CREATE_FAILED", "Limit exceeded"),
        resource_event(2, "B", "CREATE_FAILED", "Resource creation cancelled"),
    ]
    looks = [
        ("ROLLBACK_IN_PROGRESS", failures),
        ("ROLLBACK_COMPLETE", [resource_event(3, "S", "ROLLBACK_COMPLETE")]),
    ]
    with pytest.raises(Failed) as failed:
        watch(looks, capsys, monkeypatch)
    assert failed.value.format_message() == (
        "The stack is ROLLBACK_COMPLETE.\n  A (AWS::DynamoDB::Table): Limit exceeded"
    )
    assert failed.value.exit_code == 1


def test_reasons_of_others_move_no_cursor_and_make_no_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    why = "\x1b[2Jno [bold]\nThe stack is UPDATE_COMPLETE.\u202e"
    looks = [
        (
            "UPDATE_ROLLBACK_COMPLETE",
            [
                resource_event(1, "T", "UPDATE_FAILED", why),
                resource_event(2, "S", "UPDATE_ROLLBACK_COMPLETE"),
            ],
        )
    ]
    with pytest.raises(Failed) as failed:
        watch(looks, capsys, monkeypatch)
    said = r"\x1b[2Jno [bold]\nThe stack is UPDATE_COMPLETE.\u202e"
    assert str(failed.value.message).splitlines()[1:] == [f"  T (AWS::DynamoDB::Table): {said}"]
