"""A file of rules that can not be used is refused in one line."""

from typing import Any

import pytest

from tests.operate.common import Desk, rule


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("{", "not JSON", id="no-json"),
        pytest.param({"finding_type": "x"}, "not a JSON list", id="no-list"),
        pytest.param([1], "rule 1 has no finding_type or no rule", id="no-object"),
        pytest.param([rule(), {"finding_type": "x"}], "rule 2 has no finding_type or no rule", id="no-name"),
        pytest.param([rule(rule="")], "rule 1 has no finding_type or no rule", id="empty-name"),
        pytest.param([rule(), rule(owner="x")], "rule 2 has the same finding_type and rule", id="twice"),
        pytest.param('[{"max_severity": NaN}]', "NaN is no number", id="nan"),
        pytest.param("[" * 100_000, "not JSON", id="too-deep"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(desk: Desk, content: Any, said: str) -> None:
    result = desk.run("--check", desk.file(content))
    assert result.exit_code == 2
    assert said in result.stderr and "Traceback" not in result.stderr
    assert isinstance(result.exception, SystemExit)
