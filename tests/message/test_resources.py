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
    ("kind", "details", "beside", "below"),
    [
        pytest.param(
            "ec2_instance",
            INSTANCE,
            "VPC: `vpc-1` · Instance profile: `api` · Launched: `2026-10-02`",
            "Subnet: `subnet-1`",
            id="what-matters-in-its-order",
        ),
        pytest.param(
            "new_thing",
            tuple(Detail(f"label{number}", str(number)) for number in range(10)),
            " · ".join(f"Label{number}: `{number}`" for number in range(8)),
            "Label8: `8` · Label9: `9`",
            id="the-first-ones-of-other-kinds",
        ),
    ],
)
def test_what_matters_stands_beside_the_resource_and_the_rest_below(
    kind: str, details: tuple[Detail, ...], beside: str, below: str
) -> None:
    blocks = render(replace(SSH, resources=(Resource(kind, ("x-1",), details=details),)), PLAIN)
    shown = [block["text"]["text"] for block in blocks["attachments"][0]["blocks"] if "text" in block]
    assert shown[0].endswith(f" `x-1`\n{beside}")
    assert shown[-1] == f"*Details*\n{below}"


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
    assert (
        "*Quantum vault details* `qv-1`\nCold storage qubit count: `8` · Image: `a`, `b`, and 3 more"
        in message
    )
