"""The threat model says what is so: who chooses each value, and which test holds each claim."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from chalicelib.finding.model import Account, Actor, Finding, Resource, Signal
from chalicelib.message.context import MessageContext
from chalicelib.message.digest import Digest, FoldedFinding
from chalicelib.rules.table import CONDITIONS
from statemachine.deploy import stack
from tests.rules.test_table import CHOSEN_BY

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)((?:::\w+)+)`")
CHOOSERS = {"AWS", "the organisation", "the account's owner", "the other side", "anyone"}
CHOOSERS |= {"who deploys", "who edits rules"}


def section(title: str) -> str:
    """What stands under a heading, down to the next one."""
    return re.split(r"^#+ ", PAGE.split(f"# {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of a section's tables, without their heads."""
    lines = re.findall(r"^\| (.*) \|$", text, flags=re.MULTILINE)
    return [line.split(" | ") for line in lines][1:]


# --- each claim has its test --------------------------------------------------------------------------------


def named(text: str) -> list[tuple[str, str]]:
    """The tests that a text names: file, and the name in it with its class's before it."""
    return [(path, names.removeprefix("::")) for path, names in NAMED.findall(text)]


@cache
def expected_to_fail(path: str) -> dict[str, bool]:
    """Every test of a file, and whether it is expected to fail."""
    return dict(_tests(ast.parse((ROOT / path).read_text("utf-8")).body, ""))


def _tests(body: list[ast.stmt], before: str) -> Iterator[tuple[str, bool]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _tests(node.body, f"{node.name}::")
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield f"{before}{node.name}", any("xfail" in ast.unparse(each) for each in node.decorator_list)


def test_every_test_named_is_there_and_holds() -> None:
    held = named(PAGE)
    assert len(held) > 40
    assert [(path, name) for path, name in held if expected_to_fail(path).get(name) is not False] == []


BOUNDARIES = re.findall(r"^### (.*)$", PAGE.split("# Who can do what\n")[1].split("\n## ")[0], flags=re.M)


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_every_claim_has_a_test_or_its_vendors_page(boundary: str) -> None:
    claims = rows(section(boundary))
    assert claims
    assert [claim for claim in claims if not named(claim[-1]) and "](https://" not in claim[-1]] == []


def test_every_test_is_named_so_that_it_is_checked() -> None:
    assert len(NAMED.findall(PAGE)) == PAGE.count("`tests/")


# --- who chooses --------------------------------------------------------------------------------------------


def chosen() -> list[tuple[str, str]]:
    """The conditions of the page, each with who can choose it, as it says."""
    said = rows(section("Who chooses what a condition matches"))
    return [(name, who) for names, who, _ in said for name in re.findall(r"`(\w+)`", names)]


def test_every_condition_has_its_chooser_as_the_table_of_the_code_has_it() -> None:
    wanted = {name: CHOSEN_BY[row.chooser] for name, row in CONDITIONS.items()}
    assert dict(chosen()) == wanted
    assert len(chosen()) == len(wanted)


def shown() -> list[str]:
    """Every value that a message may show, by its place in the model."""
    models = [
        (model.__name__, each.name)
        for model in (Finding, MessageContext, Signal, Digest)
        for each in fields(model)
    ]
    tuples = [
        (model.__name__, name)
        for model in (Account, Actor, Resource, FoldedFinding)
        for name in model._fields
    ]
    return [f"{model}.{name}" for model, name in (*models, *tuples)]


NOT_SHOWN = {"Resource.listed", "MessageContext.account", "Digest.findings"}
"""How a resource was listed; the account and a digest's findings, whose parts have lines of their own."""


def test_every_value_of_a_message_has_its_chooser() -> None:
    text = section("Who chooses what a message says")
    said = re.findall(r"`([A-Z]\w+\.\w+)`", text)
    assert sorted(said) == sorted({*shown()} - NOT_SHOWN)
    assert {cells[-1] for cells in rows(text)} <= CHOOSERS


# --- how long it is kept ------------------------------------------------------------------------------------


def test_what_started_nothing_is_kept_for_a_fortnight() -> None:
    queue = stack.template()["Resources"]["DeadLetterQueue"]["Properties"]
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 60 * 60


# --- from outside -------------------------------------------------------------------------------------------


def test_nothing_listens() -> None:
    """No address of ours that anybody could call: no API, no function's URL, no route of Chalice's."""
    kinds = {resource["Type"] for resource in stack.template()["Resources"].values()}
    assert not [kind for kind in kinds if re.search(r"ApiGateway|AppSync|LoadBalancing|Lambda::Url", kind)]
    assert not re.search(r"@app\.(route|websocket|on_)|add_permission", (ROOT / "app.py").read_text("utf-8"))
