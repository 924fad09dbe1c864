"""The tags that the execution carries leave room for the finding."""

import json
from collections.abc import Iterator

import pytest

from chalicelib.functions.look_up_resource_tags import look_up_resource_tags
from statemachine.local.local_aws import ACCOUNT, LocalAWS
from tests.machine import Event, event


@pytest.fixture(autouse=True)
def aws() -> Iterator[LocalAWS]:
    with LocalAWS() as local:
        yield local


def with_tags(number: int, size: int) -> Event:
    made = event()
    tags = [{"key": f"{n}", "value": "x" * size} for n in range(number)]
    made["detail"]["resource"] = {
        "s3BucketDetails": [
            {"arn": f"arn:aws:s3:::bucket-{n}", "name": f"bucket-{n}", "tags": tags} for n in range(20)
        ]
    }
    return made


@pytest.mark.parametrize(
    ("number", "size", "all_of_them"),
    [pytest.param(10, 20, True, id="usual"), pytest.param(50, 256, False, id="as-many-as-aws-allows")],
)
def test_the_tags_leave_room_for_the_finding(number: int, size: int, all_of_them: bool) -> None:
    found = look_up_resource_tags(with_tags(number, size), ACCOUNT)
    assert found["source"] == "finding"
    assert (len(found["tags"]) == 20) is all_of_them
    assert len(json.dumps(found)) < 62_000
