"""What is said of instances."""

from chalicelib.finding.event import parse
from chalicelib.finding.model import Detail, Form
from tests.finding.common import of_kind, said
from tests.generate import example


def test_instance_details() -> None:
    posted = said(of_kind(parse(example("example")), "ec2_instance"))
    assert posted["instance_type"] == "m6i.large"
    assert posted["public_address"] == "203.0.113.57"
    assert posted["private_address"] == "10.0.12.34"
    assert posted["vpc"] == "vpc-0fedcba9876543210"
    assert posted["instance_profile"] == "arn:aws:iam::111122223333:instance-profile/payments-api"
    assert "platform" not in posted


def test_launch_time_in_milliseconds() -> None:
    instance = of_kind(parse(example("ec2-port-probe")), "ec2_instance")
    assert Detail("launched", "2026-10-02T06:30:11+00:00", Form.TIME) in instance.details
