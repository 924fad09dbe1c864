"""A file of rules that can not be used is refused in one line."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from statemachine.operate.rule_file import read_rules
from tests.operate.common import TYPE, Desk, rule

STORED = {"finding_type": {"S": TYPE}, "rule": {"S": "ours"}, "reason": {"S": "our own scanner"}}


def lines(*documents: Any) -> str:
    return "".join(json.dumps(document) + "\n" for document in documents)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("{", "not JSON", id="no-json"),
        pytest.param("", "not JSON", id="empty"),
        pytest.param('[{"a": 1},\n {"b" 2}]', "line 2 column 7", id="where-it-is-no-json"),
        pytest.param({"finding_type": "x"}, "rule 1 has no finding_type or no rule", id="half-a-rule"),
        pytest.param([1], "rule 1 is no JSON object. Give one rule, a JSON list", id="no-object"),
        pytest.param("7", "rule 1 is no JSON object", id="a-number"),
        pytest.param({"Items": [{"rule": {"S": "x"}}]}, "rule 1 has no finding_type", id="an-item-without"),
        pytest.param(
            [STORED | {"owner": "jane"}], "rule 1: owner is not in DynamoDB's form", id="half-stored"
        ),
        pytest.param([STORED | {"max_severity": {"N": "x"}}], "max_severity is not in", id="no-number"),
        pytest.param(lines(rule(), {"rule": "x"}), "rule 2 (line 2) has no finding_type", id="second-line"),
        pytest.param(lines(rule(), rule()), "rule 2 (line 2) has the same", id="two-lines-alike"),
        pytest.param('{"rule": "a",\n"rule": "b"}', '"rule" stands twice in one object', id="key-twice"),
        pytest.param('[{"a":' + "[" * 300 + "]" * 300 + "}]", "deeper than 200 levels", id="300-levels"),
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
    assert result.stderr.count("rules.json") == 1, "which file"


OTHER = STORED | {"rule": {"S": "other"}}
FULL = {
    **STORED,
    "region": {"L": [{"S": "eu-west-1"}]},
    "max_severity": {"N": "6.9"},
    "enabled": {"BOOL": True},
    "match_count": {"N": "12"},
}
PLAIN_FULL = rule(region=["eu-west-1"], max_severity=6.9, enabled=True, match_count=12)


@pytest.mark.parametrize(
    ("content", "rules"),
    [
        pytest.param(rule(), [rule()], id="one"),
        pytest.param([rule(), rule(rule="other")], [rule(), rule(rule="other")], id="list"),
        pytest.param([], [], id="empty-list"),
        pytest.param(lines(rule(), rule(rule="other")), [rule(), rule(rule="other")], id="lines"),
        pytest.param(
            json.dumps(rule(), indent=2) + "\n\n" + json.dumps(rule(rule="other"), indent=2),
            [rule(), rule(rule="other")],
            id="one-after-the-other",
        ),
        pytest.param("\ufeff" + json.dumps([rule()]), [rule()], id="with-a-byte-order-mark"),
        pytest.param(FULL, [PLAIN_FULL], id="one-stored"),
        pytest.param([STORED, OTHER], [rule(), rule(rule="other")], id="list-of-stored"),
        pytest.param(
            {"Items": [STORED, OTHER], "Count": 2, "ScannedCount": 2, "ConsumedCapacity": None},
            [rule(), rule(rule="other")],
            id="scan",
        ),
        pytest.param({"Items": []}, [], id="scan-of-nothing"),
        pytest.param({"Item": FULL}, [PLAIN_FULL], id="get-item"),
        pytest.param(
            lines({"Item": STORED}, {"Item": OTHER}),
            [rule(), rule(rule="other")],
            id="an-export-of-the-table",
        ),
    ],
)
def test_rules_are_read_in_every_form_that_people_have(
    tmp_path: Path, content: Any, rules: list[dict[str, Any]]
) -> None:
    file = tmp_path / "rules.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    assert read_rules(str(file)) == [
        {name: Decimal(str(value)) if type(value) in (int, float) else value for name, value in each.items()}
        for each in rules
    ]


def test_what_a_scan_prints_is_checked_and_added(desk: Desk) -> None:
    file = desk.file({"Items": [FULL]})
    assert desk.run("--check", file).exit_code == 0
    assert desk.run("--add", file, "--yes").exit_code == 0
    [item] = desk.items.values()
    assert (item["region"], item["max_severity"]) == (["eu-west-1"], Decimal("6.9"))
