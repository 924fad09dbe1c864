"""The version stands in one place, and the changelog begins with it."""

import re
import subprocess
import sys
from pathlib import Path

import yaml

from statemachine.version import version

ROOT = Path(__file__).parent.parent


def test_the_command_says_it() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "statemachine", "--version"],
        capture_output=True,
        check=True,
        text=True,
        cwd=ROOT,
    )
    assert ran.stdout == f"guardduty-notifier {version()}\n"


def test_it_is_a_semantic_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", version())


def test_it_stands_in_one_place() -> None:
    config = [ROOT / ".chalice/config.json", ROOT / "app.py", ROOT / "statemachine/template.yaml"]
    code = [path for folder in ("chalicelib", "statemachine") for path in (ROOT / folder).rglob("*.py")]
    assert not [path.name for path in (*config, *code) if f'"{version()}"' in path.read_text("utf-8")]


def test_the_changelog_begins_with_it() -> None:
    heads = re.findall(r"^## \[(.*?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), flags=re.MULTILINE)
    assert next(head for head in heads if head != "Unreleased") == version()


def test_ci_tests_each_python_that_the_project_allows() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    tested = workflow["jobs"]["check"]["strategy"]["matrix"]["python"]
    lowest, above = re.findall(
        r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (ROOT / "pyproject.toml").read_text()
    )[0]
    assert tested == [f"3.{minor}" for minor in range(int(lowest), int(above))]
