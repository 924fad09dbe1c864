"""Rules in a file: a JSON list of items of the suppression list, as plain JSON."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from statemachine.session import WrongInput

_KEY = ("finding_type", "rule")


def read_rules(path: str) -> list[dict[str, Any]]:
    """Read the rules, numbers as Decimal; raises WrongInput for what is no list of items with keys of their own.

    Whether the rules are any good is not judged here.
    """
    rules = _json(path)
    if not isinstance(rules, list):
        raise WrongInput(f"{path}: not a JSON list of suppression rules.")
    for number, rule in enumerate(rules, 1):
        if not isinstance(rule, dict) or not all(_is_name(rule.get(name)) for name in _KEY):
            raise WrongInput(f"{path}: rule {number} has no finding_type or no rule, which are its key.")
    keys = [tuple(rule[name] for name in _KEY) for rule in rules]
    for number, key in enumerate(keys, 1):
        if key in keys[: number - 1]:
            raise WrongInput(f"{path}: rule {number} has the same finding_type and rule as one before it.")
    return rules


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _json(path: str) -> Any:
    try:
        return json.loads(Path(path).read_bytes(), parse_float=Decimal, parse_constant=_refused)
    except OSError as error:
        raise WrongInput(f"{path}: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise WrongInput(f"{path}: not JSON ({error}).") from None


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no number")
