"""What is told of an execution on the local AWS."""

from statemachine.local.executions import LocalExecution, SlackCall, Step


def test_a_step_that_did_not_answer() -> None:
    run = LocalExecution(
        "e", True, "FAILED", "X", "why", [Step("A", 1.0, 2, None)], None, [SlackCall("", "m", 1, None)]
    )
    assert run.to_json()["slack"] == [{"method": "m", "body": 1, "status": None}]
