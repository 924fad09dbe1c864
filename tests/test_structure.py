"""Imports go downwards only, and what decides knows nothing of the world."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHALICELIB = ROOT / "chalicelib"

FLOORS = (
    {"functions"},
    {"attention", "catch_up", "rule_feed"},
    {"notify"},
    {"ledger"},
    {"aws", "slack", "message"},
    {"rules"},
    {"finding"},
    {"settings", "clock", "logs"},
    {"text"},
    {"errors"},
)
"""Packages and modules from the top floor down: each knows those on the floors below it, and no other."""

PURE = {"finding", "text", "rules", "message"}
"""What decides, and knows neither the settings nor anything that acts."""

# What of the world is known, and where alone.
WORLD = {
    *("boto3", "botocore", "chalice", "os", "requests", "socket", "subprocess", "urllib3"),
    *("random", "secrets", "time", "uuid"),
}
DOORS = {
    "aws": {"boto3", "botocore"},
    "clock": {"time"},
    "settings": {"os"},
    "slack": {"requests", "urllib3"},
}
ERRORS_OF_AWS = {"functions", "attention", "catch_up", "notify", "ledger"}
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


@pytest.mark.parametrize("path", [ROOT / "app.py", *MODULES], ids=lambda path: path.name)
def test_one_door_knows_the_time(path: Path) -> None:
    """Who asks elsewhere can't be tested through a day of virtual time."""
    calls = (node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    names = {ast.unparse(call) for call in calls}
    assert path.name == "clock.py" or not names & {
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
    }


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


# --- budgets ---

PRODUCTION = sorted(
    path for folder in ("chalicelib", "statemachine") for path in (ROOT / folder).rglob("*.py")
)
LONGEST = 300


@pytest.mark.parametrize("path", PRODUCTION, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_fits_its_budget(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST


def test_few_modules_stand_outside_packages() -> None:
    assert len([path for path in CHALICELIB.glob("*.py") if path.name != "__init__.py"]) <= 4


def test_contributing_says_the_budgets() -> None:
    assert f"at most {LONGEST} lines" in (ROOT / "CONTRIBUTING.md").read_text()


def types_of(path: Path) -> Iterator[str]:
    """Name the classes of a module and its aliases for types."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            yield node.name.lstrip("_")
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id.lstrip("_")
            if name[:1].isupper() and not name.isupper():
                yield name


def test_no_types_name_stands_twice() -> None:
    named = [name for path in PRODUCTION for name in types_of(path)]
    assert sorted({name for name in named if named.count(name) > 1}) == []


def test_nothing_is_told() -> None:
    """One word for one thing: findings are notified, messages are posted."""
    said = [(path, word) for path in PRODUCTION for word in re.findall(r"\w+", path.read_text())]
    private = re.compile(r"(^|_)(tell|tells|told|telling|tellings|teller)(_|$)", re.IGNORECASE)
    assert [(named_(path), word) for path, word in said if private.search(word)] == []


def named_(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_path_that_contributing_names_is_there() -> None:
    said = re.findall(
        r"`((?:chalicelib|statemachine|tests|docs|\.chalice)/[^`*]*)`", (ROOT / "CONTRIBUTING.md").read_text()
    )
    assert len(said) > 20
    assert [path for path in said if not (ROOT / path).exists() and path != "tests/events/NAME.json"] == []
