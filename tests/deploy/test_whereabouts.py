"""A stage is in one account and one region."""

import json
import shutil

import pytest

from tests.deploy.common import FAKE, REGION, Project, made


@pytest.mark.parametrize("recorded", [True, False], ids=["recorded-here", "deployed-from-elsewhere"])
def test_a_stage_is_not_made_in_a_second_region(
    project: Project, monkeypatch: pytest.MonkeyPatch, recorded: bool
) -> None:
    """The functions' roles are the account's: a second region would share, change and delete them."""
    assert project.make("deploy", "STAGE=dev").returncode == 0
    before = made(project)
    if not recorded:
        shutil.rmtree(project.folder / ".chalice/deployed")
    monkeypatch.setitem(FAKE, "AWS_DEFAULT_REGION", "us-east-1")
    for target in ("deploy", "delete"):
        refused = project.make(target, "STAGE=dev")
        assert "error: Stage dev is in eu-west-1 already" in refused.stderr
        assert "AWS_DEFAULT_REGION=eu-west-1" in refused.stderr
    monkeypatch.setitem(FAKE, "AWS_DEFAULT_REGION", REGION)
    assert made(project) == before


def test_a_record_of_another_account_is_not_overwritten(project: Project) -> None:
    path = project.folder / ".chalice/deployed/dev.json"
    path.parent.mkdir()
    arn = f"arn:aws:lambda:{REGION}:999999999999:function:guardduty-notifier-dev-post-to-slack"
    path.write_text(json.dumps({"resources": [{"resource_type": "lambda_function", "lambda_arn": arn}]}))
    refused = project.make("deploy", "STAGE=dev")
    assert "Stage dev was deployed from this folder into account 999999999999" in refused.stderr
    assert made(project) == []
