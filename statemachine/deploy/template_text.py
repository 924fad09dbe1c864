"""A CloudFormation template as text and as JSON's values: YAML with the short forms (``!Ref``), both ways.

What is deployed is YAML as well: as JSON the same template is a tenth longer, and its size has a limit.
"""

import json
from functools import cache
from typing import Any

import yaml

Template = dict[str, Any]

_ONE_LINE = float("inf")


def read(text: str) -> Template:
    """Read a template of YAML or JSON, its short forms written out."""
    found: Template = json.loads(_written_out_text(text))
    return found


@cache
def _written_out_text(text: str) -> str:
    return json.dumps(yaml.load(text, _TemplateLoader))


def write(template: Template) -> str:
    """Write a template as short as can be read: YAML, a line for each resource."""
    return _short_text(json.dumps(template))


@cache
def _short_text(template: str) -> str:
    lines: list[str] = []
    for section, content in json.loads(template).items():
        if isinstance(content, dict):
            lines += [f"{section}:", *(f" {name}: {_on_one_line(each)}" for name, each in content.items())]
        else:
            lines.append(f"{section}: {_on_one_line(content)}")
    return "\n".join(lines) + "\n"


def _on_one_line(value: Any) -> str:
    written = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=True, width=_ONE_LINE, allow_unicode=True, sort_keys=False
    )
    return written.removesuffix("\n").removesuffix("\n...")


class _TemplateLoader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms."""


def _written_out(loader: yaml.SafeLoader, short: str, node: yaml.Node) -> Template:
    value = _value(loader, node)
    if short == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {short if short in ("Ref", "Condition") else f"Fn::{short}": value}


def _value(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


_TemplateLoader.add_multi_constructor("!", _written_out)


class _Dumper(yaml.SafeDumper):
    """YAML with CloudFormation's short forms, and without aliases, which it does not know."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def choose_scalar_style(self) -> str:
        """Write a resource's name as it is: it needs no quotes."""
        names = isinstance(self.event, yaml.ScalarEvent) and self.event.tag in ("!Ref", "!GetAtt")
        return "" if names else str(super().choose_scalar_style())

    def write_indicator(self, indicator: str, need_whitespace: bool, *rest: bool, **named: bool) -> None:
        """Write no space behind a comma: between braces it ends what stands before it."""
        super().write_indicator(indicator, need_whitespace, *rest, **named)
        self.whitespace = self.whitespace or indicator == ","


def _shortened(dumper: yaml.SafeDumper, value: Template) -> yaml.Node:
    name = next(iter(value)) if len(value) == 1 else ""
    if name != "Ref" and not name.startswith("Fn::"):
        return dumper.represent_mapping("tag:yaml.org,2002:map", value.items())
    tag, held = f"!{name.removeprefix('Fn::')}", value[name]
    if name == "Fn::GetAtt":
        held = ".".join(held)
    if isinstance(held, str):
        return dumper.represent_scalar(tag, held)
    return dumper.represent_sequence(tag, held)


_Dumper.add_representer(dict, _shortened)
