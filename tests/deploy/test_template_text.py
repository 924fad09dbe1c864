"""A template as text: what is written is read back as it was, by CloudFormation as by us."""

from typing import Any

import pytest
import yaml

from statemachine.deploy import stack, template_text


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"Ref": "AWS::NoValue"}, id="ref"),
        pytest.param({"Fn::GetAtt": ["Table", "Arn"]}, id="attribute"),
        pytest.param({"Fn::Sub": "arn:${AWS::Partition}:x, {y}: 'z' # no comment"}, id="sub"),
        pytest.param({"Fn::If": ["Is", {"a": {"Ref": "B"}}, {"Ref": "AWS::NoValue"}]}, id="if"),
        pytest.param({"Fn::Not": [{"Fn::Equals": [{"Ref": "A"}, ""]}]}, id="not"),
        pytest.param({"Condition": "Is", "Type": "T"}, id="condition"),
        pytest.param(["on", "off", "7", "2012-10-17", "true", "null", "1:30", "", "=", "~"], id="texts"),
        pytest.param([7, 8.5, True, False], id="values"),
        pytest.param({"Null": {"aws:x": "false"}, "": 1}, id="keys"),
        pytest.param('{"a":"it\'s, [b] \\\\ \\n ${C}"}', id="json"),
        pytest.param("two\nlines, and a tab\t", id="lines"),
        pytest.param("ein Grüß – 通知", id="other-letters"),
    ],
)
def test_what_is_written_is_read_back(value: Any) -> None:
    template = {"Version": "2010-09-09", "Resources": {"A": value, "B": [value, {"c": value}]}}
    assert template_text.read(template_text.write(template)) == template


def test_the_text_is_plain_yaml_without_aliases() -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html"""
    same = {"a": ["b"]}
    text = template_text.write({"Resources": {"A": same, "B": same}})
    assert text == "Resources:\n A: {a: [b]}\n B: {a: [b]}\n"
    events = list(yaml.parse(stack.body(stack.read_stage("prod").parameters)))
    assert not [each for each in events if isinstance(each, yaml.AliasEvent) or getattr(each, "anchor", None)]
    tags = {getattr(each, "tag", None) for each in events} - {None}
    assert tags == {"!Ref", "!Sub", "!GetAtt", "!If", "!Not", "!Equals"}


def test_json_is_read_too() -> None:
    """What an earlier version deployed."""
    assert template_text.read('{"Resources": {"A": {"Ref": "B"}}}') == {"Resources": {"A": {"Ref": "B"}}}
