"""The state machines' definitions: YAML with ``${Placeholders}`` inside its strings, deployed as JSON.

The stack fills them by DefinitionSubstitutions, the local run by `definition`.
"""

import json
import re
from collections.abc import Hashable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent.parent

NOTIFIER, ATTENTION = "StateMachine", "AttentionMachine"
"""The machines, as the template names them."""
FILES = {NOTIFIER: _FOLDER / "guardduty-notifier.asl.yaml", ATTENTION: _FOLDER / "attention.asl.yaml"}
RETRIES = _FOLDER / "retries.yaml"
"""What both machines name; it is read before each."""

SHARED = "x-retries"
"""The key of the blocks that states share; it is no part of the machine."""

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


@cache
def text(machine: str = NOTIFIER) -> str:
    """Read a definition, once, as what is deployed: compact JSON, with its placeholders."""
    return json.dumps(read(written(machine)), separators=(",", ":"), ensure_ascii=False)


def written(machine: str = NOTIFIER) -> str:
    """Return a machine's YAML with the blocks that it names."""
    return RETRIES.read_text("utf-8") + FILES[machine].read_text("utf-8")


def read(yaml_text: str) -> dict[str, Any]:
    """Return the machine that a YAML text describes, its shared blocks copied to where they are named."""
    machine: dict[str, Any] = yaml.load(yaml_text, _Loader)
    del machine[SHARED]
    return machine


def placeholders(machine: str = NOTIFIER) -> frozenset[str]:
    """Name what is to be filled in: LookUpAccountFunction, SuppressionsTable, Partition, …."""
    return frozenset(_PLACEHOLDER.findall(text(machine)))


def definition(values: Mapping[str, str], machine: str = NOTIFIER) -> dict[str, Any]:
    """Return a definition with every placeholder filled; raises KeyError naming one that has no value."""
    filled: dict[str, Any] = json.loads(
        _PLACEHOLDER.sub(lambda found: json.dumps(values[found[1]])[1:-1], text(machine))
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
            if key.value in seen:  # a merged key (<<) may have another value
                raise yaml.MarkedYAMLError(
                    problem=f"{key.value} stands here twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)
