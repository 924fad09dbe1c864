"""app.py: one function for each Lambda state, and nothing loaded that the function does not need."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import app
from statemachine.deploy import definition
from statemachine.local.local_aws import handlers
from tests.machine import event

ROOT = Path(__file__).parent.parent


def test_the_functions_stand_in_the_order_of_the_machines() -> None:
    text = "".join(map(definition.text, definition.FILES))
    places = [text.find(definition.function_placeholder(name)) for name in handlers()]
    used = [place for place in places if place >= 0]
    assert len(used) == 6
    assert used == sorted(used)


def test_importing_the_app_loads_no_client_and_no_library_of_ours() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import app, sys, json; print(json.dumps(sorted(sys.modules)))"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    loaded = {name.split(".")[0] for name in json.loads(said)}
    assert not loaded & {"boto3", "botocore", "requests", "urllib3", "chalicelib", "moto"}


@pytest.mark.parametrize(
    "name", ["read_finding", "look_up_account", "look_up_resource_tags", "check_suppression_list"]
)
def test_a_handler_raises_what_the_machine_knows(name: str) -> None:
    class Context:
        invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:guardduty-notifier-local-x"

    wrong = event()
    del wrong["detail"]["id"]
    with pytest.raises(Exception, match=r"detail\.id is missing") as raised:
        getattr(app, name)(wrong, Context())
    assert type(raised.value).__name__ == "InvalidFinding"
