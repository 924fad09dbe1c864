"""Imports go one way: event → finding → verdict → message → Slack; pure modules know nothing of AWS."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CHALICELIB = Path(__file__).parent.parent / "chalicelib"

# What each edge alone may know of the world. Every other module imports none of it, directly.
WORLD = {"boto3", "botocore", "chalice", "os", "requests", "socket", "subprocess", "time", "urllib3"}
EDGES = {
    "aws": {"boto3", "botocore"},
    "guardduty": {"botocore"},
    "notifications": {"botocore"},
    "organizations": {"botocore"},
    "parameter_store": {"botocore", "time"},
    "rule_tables": {"boto3"},
    "settings": {"os"},
    "slack": {"requests", "urllib3"},
    "step_functions": {"botocore"},
    "tagging": set(),
}

# What runs in a state or function and calls edges; of the world it knows botocore's errors at most.
FUNCTIONS = {
    "announcement", "daily_proof", "enrichment", "hello", "history", "pace", "posting", "records", "replay",
    "replay_findings", "rule_stream", "telling",
}  # fmt: skip


def imported(path: Path) -> Iterator[str]:
    """Name every module that a file imports, and what it imports from packages, dotted."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def own(path: Path) -> set[str]:
    """Name the modules of ours that a file imports: the first part behind ``chalicelib``."""
    names = (name.split(".") for name in imported(path))
    return {parts[1] for parts in names if parts[0] == "chalicelib" and len(parts) > 1}


def of_the_world(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)} & WORLD


def pure() -> list[Path]:
    return [path for path in sorted(CHALICELIB.rglob("*.py")) if path.stem not in EDGES.keys() | FUNCTIONS]


@pytest.mark.parametrize("path", pure(), ids=lambda path: path.stem)
def test_pure_modules_know_neither_the_world_nor_its_edges(path: Path) -> None:
    assert not of_the_world(path)
    assert not own(path) & (EDGES.keys() | FUNCTIONS)


@pytest.mark.parametrize("name", EDGES)
def test_an_edge_knows_its_part_of_the_world(name: str) -> None:
    path = CHALICELIB / f"{name}.py"
    assert of_the_world(path) <= EDGES[name]
    assert not own(path) & FUNCTIONS


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_what_runs_in_a_function_knows_errors_at_most(name: str) -> None:
    assert of_the_world(CHALICELIB / f"{name}.py") <= {"botocore"}


def test_the_finding_knows_nobody_else() -> None:
    assert {name for path in (CHALICELIB / "finding").glob("*.py") for name in own(path)} <= {
        "finding",
        "errors",
    }


def test_only_the_finding_knows_guarddutys_field_names() -> None:
    names = ("instanceDetails", "accessKeyDetails", "remoteIpDetails", "eventFirstSeen", "dnsRequestAction")
    outside = [path for path in CHALICELIB.rglob("*.py") if "finding" not in path.parts]
    assert not [path.name for path in outside for name in names if f'"{name}"' in path.read_text()]
