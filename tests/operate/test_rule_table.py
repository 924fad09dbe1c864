"""What is written to the table of rules, and what is left as it is."""

from decimal import Decimal

import pytest

from statemachine.operate import rule_table
from statemachine.session import WrongInput
from tests.operate.common import TABLE, TYPE, Desk, rule


def test_a_rule_that_somebody_else_has_just_made_or_changed_is_not_overwritten(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.put(rule(owner="bob"))
    assert not rule_table.put(TABLE, rule(owner="alice"))
    assert not rule_table.replace(TABLE, rule(owner="alice"), rule(owner="carol"))
    assert not rule_table.replace(TABLE, rule(rule="gone", owner="alice"), rule(rule="gone"))
    assert desk.items == {(TYPE, "ours"): rule(owner="bob")}
    assert capsys.readouterr().err.count("Not written: somebody else has just changed") == 3
    assert rule_table.replace(TABLE, rule(owner="alice"), rule(owner="bob"))
    assert desk.items == {(TYPE, "ours"): rule(owner="alice")}


def test_what_dynamodb_can_not_hold_is_wrong_input(desk: Desk) -> None:
    with pytest.raises(WrongInput, match="DynamoDB can't hold it"):
        rule_table.put(TABLE, rule(max_severity=Decimal("1." + "1" * 60)))
