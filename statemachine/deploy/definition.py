"""The state machine's definition: YAML with ``${Placeholders}`` inside its strings, deployed as JSON.

The stack fills them by DefinitionSubstitutions, the local run by `definition`.
"""

import json
import re
from collections.abc import Hashable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent.parent / "guardduty-notifier.asl.yaml"

SHARED = "x-retries"
"""The key of the blocks that states share; it is no part of the machine."""

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


@cache
def text() -> str:
    """Read the definition, once, as what is deployed: compact JSON, with its placeholders."""
    return json.dumps(read(FILE.read_text("utf-8")), separators=(",", ":"), ensure_ascii=False)


def read(written: str) -> dict[str, Any]:
    """Return the machine that a YAML text describes, its shared blocks copied to where they are named."""
    machine: dict[str, Any] = yaml.load(written, _Loader)
    del machine[SHARED]
    return machine


def placeholders() -> frozenset[str]:
    """Name what is to be filled in: LookUpAccountFunction, SuppressionsTable, Partition, …."""
    return frozenset(_PLACEHOLDER.findall(text()))


def definition(values: Mapping[str, str]) -> dict[str, Any]:
    """Return the definition with every placeholder filled; raises KeyError naming one that has no value."""
    filled: dict[str, Any] = json.loads(
        _PLACEHOLDER.sub(lambda found: json.dumps(values[found[1]])[1:-1], text())
    )
    return filled


def function_placeholder(name: str) -> str:
    """Name the placeholder of a function: ``look-up-account`` → ``LookUpAccountFunction``."""
    return "".join(word.capitalize() for word in name.split("-")) + "Function"


class _Loader(yaml.SafeLoader):
    """YAML that refuses a key's second value, where PyYAML would drop the first: a whole state, at worst."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{key.value} stands here twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)
