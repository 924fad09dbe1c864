"""Imports go downwards only, and what decides knows nothing of the world."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CHALICELIB = Path(__file__).parent.parent / "chalicelib"

FLOORS = (
    {"functions"},
    {"catch_up", "rule_feed"},
    {"notify"},
    {"ledger"},
    {"aws", "slack", "message"},
    {"rules"},
    {"finding"},
    {"text"},
    {"settings"},
    {"errors"},
)
"""Packages and modules from the top floor down: each knows those on the floors below it, and no other."""

PURE = {"finding", "text", "rules", "message"}
"""What decides, and knows neither the settings nor anything that acts."""

# What of the world is known, and where alone.
WORLD = {"boto3", "botocore", "chalice", "os", "requests", "socket", "subprocess", "time", "urllib3"}
DOORS = {
    "aws": {"boto3", "botocore", "time"},
    "settings": {"os"},
    "slack": {"requests", "urllib3"},
}
ERRORS_OF_AWS = {"functions", "catch_up", "notify", "ledger"}
"""Who reacts to botocore's errors."""

MODULES = sorted(CHALICELIB.rglob("*.py"))


def package(path: Path) -> str:
    """The package of a module, or the module where it is in none."""
    return path.relative_to(CHALICELIB).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Name every module that a file imports, and what it imports from packages, dotted."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def own(path: Path) -> set[str]:
    """Name the packages of ours that a file imports, but its own."""
    names = (name.split(".") for name in imported(path))
    return {parts[1] for parts in names if parts[0] == "chalicelib"} - {package(path)}


def of_the_world(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)} & WORLD


def named(path: Path) -> str:
    return str(path.relative_to(CHALICELIB))


def below(name: str) -> set[str]:
    floor = next(number for number, names in enumerate(FLOORS) if name in names)
    return set().union(*FLOORS[floor + 1 :])


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_imports_go_downwards_only(path: Path) -> None:
    if path.name != "__init__.py":
        assert own(path) <= below(package(path))


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_only_doors_know_the_world(path: Path) -> None:
    errors = {"botocore"} if package(path) in ERRORS_OF_AWS else set()
    assert of_the_world(path) <= DOORS.get(package(path), set()) | errors


@pytest.mark.parametrize("path", [path for path in MODULES if package(path) in PURE], ids=named)
def test_what_decides_knows_neither_settings_nor_what_acts(path: Path) -> None:
    assert own(path) <= PURE | {"errors"}


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.name == "__init__.py"], ids=lambda path: path.parent.name
)
def test_a_package_file_is_empty(path: Path) -> None:
    """Every function's cold start would load what stands in it."""
    assert path.read_bytes() == b""


def test_only_the_finding_knows_guarddutys_field_names() -> None:
    names = ("instanceDetails", "accessKeyDetails", "remoteIpDetails", "eventFirstSeen", "dnsRequestAction")
    outside = [path for path in MODULES if package(path) != "finding"]
    assert not [path.name for path in outside for name in names if f'"{name}"' in path.read_text()]
