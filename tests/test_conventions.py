"""What helps who changes the project or writes to it: forms, the editor, what is looked at before a commit."""

import re

import pytest
import yaml
from click.testing import CliRunner

from statemachine.__main__ import main
from tests.pages import ROOT


@pytest.mark.parametrize("form", ["bug.yml", "finding-reads-badly.yml"])
def test_a_form_asks_for_nothing_real(form: str) -> None:
    read = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE" / form).read_text("utf-8"))
    assert {*read} == {"name", "description", "labels", "body"}
    ids = [each["id"] for each in read["body"] if "id" in each]
    assert len(ids) == len({*ids})
    assert "Nothing real, please" in read["body"][0]["attributes"]["value"]
    [asked] = [each for each in read["body"] if each["type"] == "checkboxes"]
    assert all(option["required"] for option in asked["attributes"]["options"])


def test_forms_name_commands_that_exist() -> None:
    for form in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"):
        for call in re.findall(r"\.venv/bin/guardduty-notifier ([^`]*)`", form.read_text("utf-8")):
            assert CliRunner().invoke(main, call.split()).exit_code == 0, call


def test_editors_and_commits_keep_to_what_is_checked() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    [length] = re.findall(r"^line-length = (\d+)$", project, flags=re.MULTILINE)
    assert f"max_line_length = {length}" in (ROOT / ".editorconfig").read_text("utf-8")
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    assert [repository["repo"] for repository in hooks["repos"]] == ["local"]
    assert all(hook["language"] == "system" for hook in hooks["repos"][0]["hooks"])
