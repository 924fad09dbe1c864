"""Imports go one way: event → finding → verdict → message → Slack; pure modules know nothing of AWS."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "chalicelib").rglob("*.py"))

EDGES = {
    # module: what it alone may import, besides the pure modules
    "aws": {"boto3", "botocore"},
    "enrichment": {"botocore"},
    "guardduty": {"botocore"},
    "notifications": {"botocore"},
    "organizations": {"botocore"},
    "parameter_store": {"botocore", "time"},
    "rule_tables": {"boto3"},
    "settings": {"os"},
    "slack": {"requests", "urllib3"},
    "telling": {"botocore"},
}
FOREIGN = {"boto3", "botocore", "chalice", "os", "requests", "socket", "subprocess", "time", "urllib3"}


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, dotted."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{name.name}" for name in node.names)


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT / "chalicelib").with_suffix("").parts)


@pytest.mark.parametrize("path", MODULES, ids=module)
def test_only_edges_know_the_world(path: Path) -> None:
    foreign = {name.split(".")[0] for name in imported(path)} & FOREIGN
    assert foreign <= EDGES.get(module(path), set())


@pytest.mark.parametrize("path", MODULES, ids=module)
def test_pure_modules_import_no_edge(path: Path) -> None:
    if module(path) not in EDGES.keys() | USERS_OF_EDGES:
        assert not _own_imports(path) & EDGES.keys()


USERS_OF_EDGES = {"pace", "posting", "tagging"}
"""Modules that call edges and import nothing foreign themselves."""


def _own_imports(path: Path) -> set[str]:
    names = {name.removeprefix("chalicelib.") for name in imported(path) if name.startswith("chalicelib.")}
    return {name.split(".")[0] for name in names}


def test_the_finding_knows_nobody_else() -> None:
    for path in (ROOT / "chalicelib" / "finding").glob("*.py"):
        assert _own_imports(path) <= {"finding", "errors"}, path
