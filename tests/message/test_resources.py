"""What a resource reads like: what matters beside it, the rest below."""

from dataclasses import replace

import pytest

from chalicelib.finding.model import Detail, Form, Resource
from chalicelib.message.render import render
from tests.message.common import PLAIN, SSH, said

INSTANCE = (
    Detail("availability_zone", "eu-west-1a"),
    Detail("launched", "2026-10-02", Form.CODE),
    Detail("instance_profile", "arn:aws:iam::111122223333:instance-profile/web/api"),
    Detail("subnet", "subnet-1"),
    Detail("vpc", "vpc-1"),
)


@pytest.mark.parametrize(
    ("kind", "details", "beside", "left_out"),
    [
        pytest.param(
            "ec2_instance",
            INSTANCE,
            "`vpc-1` · profile `api` · since `2026-10-02`",
            1,
            id="what-matters-in-its-order",
        ),
        pytest.param(
            "new_thing",
            tuple(Detail(f"label{number}", str(number)) for number in range(10)),
            " · ".join(f"Label{number}: `{number}`" for number in range(6)),
            4,
            id="the-first-ones-of-other-kinds",
        ),
    ],
)
def test_what_matters_stands_beside_the_resource_and_the_rest_in_guardduty(
    kind: str, details: tuple[Detail, ...], beside: str, left_out: int
) -> None:
    blocks = render(replace(SSH, resources=(Resource(kind, ("x-1",), details=details),)), PLAIN)
    lines = said({"text": "-", "blocks": blocks["attachments"][0]["blocks"]}).splitlines()
    assert any(line.endswith(f"*  {beside}") for line in lines)
    assert lines[-1].endswith(f" · and {left_out} more in GuardDuty")


def test_an_unknown_kind_label_and_several_values_read_well() -> None:
    thing = Resource(
        "quantumVaultDetails",
        ("qv-1",),
        details=(
            Detail("coldStorage.qubitCount", "8"),
            Detail("image", "a"),
            Detail("image", "b"),
            Detail("more", "3", Form.TEXT),
        ),
    )
    message = said(render(replace(SSH, resources=(thing,)), PLAIN))
    assert "*Quantum vault details*  Cold storage qubit count: `8` · image `a`, `b`, and 3 more" in message
