"""The indexes of a table that is there already: one in each update, and each only when the table takes it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto import mock_aws

from statemachine import session
from statemachine.deploy import command, indexes, stack, template_text
from statemachine.deploy import watch as watching
from statemachine.deploy.stack import Json
from tests.deploy.common import FAKE
from tests.deploy.test_command import put_function

STAGE = stack.read_stage("dev")
BOTH = ["attention", "digests"]


@pytest.fixture
def aws(fresh: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in FAKE.items():
        fresh.setenv(name, value)
    fresh.setattr(watching, "PAUSE", 0)
    with mock_aws():
        yield


def table_of(template: Json) -> Json:
    table: Json = template["Resources"][indexes.TABLE]["Properties"]
    return table


def names_of(table: Json) -> list[str]:
    return [each["IndexName"] for each in table.get("GlobalSecondaryIndexes", [])]


def older(*names: str) -> Json:
    """The template of a version that had these indexes only."""
    left_out = [name for name in BOTH if name not in names]
    return indexes.without(stack.filled(STAGE.parameters), left_out)


def deployed(fresh: pytest.MonkeyPatch, template: Json) -> None:
    """Deploy a stage of an older version."""
    for function in STAGE.functions:
        put_function(STAGE.function(function))
    with fresh.context() as patched:
        patched.setattr(indexes, "bodies", lambda *_: iter([template_text.write(template)]))
        command.deploy(STAGE)


def keep_bodies(fresh: pytest.MonkeyPatch) -> list[list[str]]:
    """The names of the indexes of each template that is sent from now on."""
    sent: list[list[str]] = []
    cloudformation = session.client("cloudformation")

    def record(params: dict[str, Any], **_: object) -> None:
        sent.append(names_of(table_of(template_text.read(params["TemplateBody"]))))

    cloudformation.meta.events.register("provide-client-params.cloudformation.CreateChangeSet", record)
    known: Callable[..., Any] = session.client
    fresh.setattr(
        command, "client", lambda service: cloudformation if service == "cloudformation" else known(service)
    )
    return sent


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("there", "sent"),
    [
        pytest.param([], [["attention"], BOTH], id="none-there"),
        pytest.param(["attention"], [BOTH], id="one-there"),
        pytest.param(["digests"], [BOTH], id="the-other-there"),
        pytest.param(BOTH, [BOTH], id="all-there"),
    ],
)
def test_an_update_brings_one_index_at_most(
    there: list[str], sent: list[list[str]], fresh: pytest.MonkeyPatch
) -> None:
    deployed(fresh, older(*there))
    seen = keep_bodies(fresh)
    command.deploy(STAGE)
    assert seen == sent


@pytest.mark.usefixtures("aws")
def test_what_two_updates_make_is_what_one_would(
    fresh: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(fresh, older())
    capsys.readouterr()
    command.deploy(STAGE)
    said = "The index attention first: CloudFormation makes one in an update. Then digests."
    assert said in capsys.readouterr().out
    made = session.client("cloudformation").get_template(StackName=STAGE.stack)["TemplateBody"]
    assert made == stack.body(STAGE.parameters)
    command.deploy(STAGE)
    assert "No changes" in capsys.readouterr().out


def test_a_new_table_is_made_with_all_of_them() -> None:
    assert list(indexes.bodies(STAGE, "CREATE")) == [stack.body(STAGE.parameters)]


@pytest.mark.parametrize("there", [[], ["attention"], ["digests"], BOTH], ids=" ".join)
def test_what_is_left_out_takes_its_attributes_with_it(there: list[str]) -> None:
    """DynamoDB refuses an attribute that no key names, and a key without one."""
    whole = stack.filled(STAGE.parameters)
    table = table_of(older(*there))
    assert names_of(table) == there
    schemas = (table["KeySchema"], *(each["KeySchema"] for each in table.get("GlobalSecondaryIndexes", [])))
    keys = {key["AttributeName"] for schema in schemas for key in schema}
    assert sorted(each["AttributeName"] for each in table["AttributeDefinitions"]) == sorted(keys)
    others = {name for name, made in older(*there)["Resources"].items() if made == whole["Resources"][name]}
    assert others >= whole["Resources"].keys() - {indexes.TABLE}


class BusyAWS:
    """A stack whose template has one of the indexes, and a table that is making it for some looks."""

    def __init__(self, looks: int, body: Any) -> None:
        self.looks, self.body = looks, body

    def get_template(self, **_: object) -> Json:
        return {"TemplateBody": self.body}

    def describe_table(self, **_: object) -> Json:
        self.looks -= 1
        status = "CREATING" if self.looks > 0 else "ACTIVE"
        return {"Table": {"GlobalSecondaryIndexes": [{"IndexName": "attention", "IndexStatus": status}]}}


@pytest.mark.parametrize("written", [template_text.write, dict], ids=["yaml", "json-as-boto3-reads-it"])
def test_the_next_index_is_asked_for_when_the_table_takes_it(
    written: Callable[[Json], Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """CloudFormation calls an update complete while the index is still being made."""
    aws = BusyAWS(4, written(older("attention")))
    monkeypatch.setattr(indexes, "client", lambda _: aws)
    monkeypatch.setattr(watching, "PAUSE", 0)
    assert list(indexes.bodies(STAGE, "UPDATE")) == [stack.body(STAGE.parameters)]
    assert aws.looks == 0
    assert capsys.readouterr().out == "The index attention is being made: that takes minutes.\n"


def test_where_no_index_is_missing_nobody_waits_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = BusyAWS(4, stack.body(STAGE.parameters))
    monkeypatch.setattr(indexes, "client", lambda _: aws)
    assert list(indexes.bodies(STAGE, "UPDATE")) == [stack.body(STAGE.parameters)]
    assert aws.looks == 4
