"""What people want to say in a rule: it hides what it says, and not a finding that differs in that alone."""

from typing import Any

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.model import Account
from chalicelib.rules import suppressions
from chalicelib.rules.faults import RuleFault
from tests.generate import example
from tests.rules.common import NOW
from tests.rules.places import Place, changed
from tests.rules.test_table import ROWS

Given = dict[str, Any]

BOUNDED: Given = {"max_severity": 8.9, "expires_at": "2026-12-31"}
"""What a rule needs that says what anyone can make a finding carry."""

SHA256 = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
SHELL = "af9d2c92ddc38ca77b3cd29e944c9b61928032808d3a3cb6c3a3c8965067291e"
SCAN = "service.malwareScanDetails.threats.0"
PROCESS = "service.runtimeDetails.process"
POD = "resource.kubernetesDetails.kubernetesWorkloadDetails"
INTERFACE = "resource.instanceDetails.networkInterfaces.0"
REMOTE = "service.action.networkConnectionAction.remoteIpDetails"
PROBE = "service.action.portProbeAction.portProbeDetails.0"
TASK = "resource.ecsClusterDetails.taskDetails"

SAID = [
    pytest.param(
        {"file_hash": SHA256},
        "snapshot-malware",
        f"{SCAN}.itemDetails.0.hash",
        "f" * 64,
        id="malware-by-hash",
    ),
    pytest.param(
        {"threat_name": "Trojan.Example"}, "snapshot-malware", f"{SCAN}.name", "Worm", id="threat-by-name"
    ),
    pytest.param(
        BOUNDED | {"process_path": "/usr/bin/dash"},
        "runtime-container",
        f"{PROCESS}.executablePath",
        "/tmp/dash",
        id="process",
    ),
    pytest.param(
        BOUNDED | {"process_hash": SHELL},
        "runtime-container",
        f"{PROCESS}.executableSha256",
        "f" * 64,
        id="process-by-hash",
    ),
    pytest.param(
        {"namespace": "payments", "service_account": "default"},
        "eks-role-binding",
        f"{POD}.serviceAccountName",
        "admin",
        id="pods-service-account",
    ),
    pytest.param(
        {"image_id": "ami-0fedcba9876543210"},
        "example",
        "resource.instanceDetails.imageId",
        "ami-0a",
        id="ami",
    ),
    pytest.param({"finding_id": "ID"}, "example", "id", "f" * 32, id="one-finding"),
    pytest.param(
        BOUNDED | {"api": "iam:ListUsers/AccessDenied"},
        "iam-user-anomaly",
        "service.action.awsApiCallAction.errorCode",
        "",
        id="api-and-how-it-ended",
    ),
    pytest.param(
        BOUNDED | {"api": "ListUsers"},
        "iam-user-anomaly",
        "service.action.awsApiCallAction.api",
        "DeleteUser",
        id="api",
    ),
    pytest.param(BOUNDED | {"asn": "AS64500"}, "example", f"{REMOTE}.organization.asn", "64501", id="asn"),
    pytest.param(
        BOUNDED | {"country": "Norway"},
        "lambda-network",
        f"{REMOTE}.country",
        {"countryName": "Japan"},
        id="country",
    ),
    pytest.param(
        BOUNDED | {"local_port": [22, 3389]},
        "ec2-port-probe",
        f"{PROBE}.localPortDetails.port",
        23,
        id="local-port",
    ),
    pytest.param(
        {"image": "example.com/worker"},
        "ecs-task-runtime",
        f"{TASK}.containers.0.image",
        "evil/worker",
        id="ecs-image",
    ),
    pytest.param(
        {"ecs_service": "nightly"}, "ecs-task-runtime", f"{TASK}.group", "service:other", id="ecs-service"
    ),
    pytest.param({"vpc_id": "vpc-0fedcba9876543210"}, "example", f"{INTERFACE}.vpcId", "vpc-0a", id="vpc"),
    pytest.param(
        {"subnet_id": "subnet-0a1b2c3d4e5f60718"},
        "example",
        f"{INTERFACE}.subnetId",
        "subnet-0b",
        id="subnet",
    ),
    pytest.param(
        {"security_group_id": "sg-0123456789abcdef0"},
        "example",
        f"{INTERFACE}.securityGroups.0.groupId",
        "sg-0b",
        id="security-group",
    ),
    pytest.param(
        {"instance_profile": "payments-api"},
        "example",
        "resource.instanceDetails.iamInstanceProfile.arn",
        "arn:aws:iam::111122223333:instance-profile/other",
        id="instance-profile",
    ),
    pytest.param(
        {"remote_account_id": "9999-8888-7777"},
        "iam-user-tor",
        "service.action.awsApiCallAction.remoteAccountDetails.accountId",
        "444455556666",
        id="remote-account",
    ),
]


def place(path: str) -> Place:
    return ("detail", *(int(step) if step.isdigit() else step for step in path.split(".")))


@pytest.mark.parametrize(("said", "shown", "path", "otherwise"), SAID)
def test_a_rule_hides_what_it_says_and_not_what_differs_in_it(
    said: Given, shown: str, path: str, otherwise: object
) -> None:
    event = example(shown)
    rule = {"finding_type": event["detail"]["type"], "rule": "ours", "reason": "we know it", **said}
    if "finding_id" in said:
        rule["finding_id"] = event["detail"]["id"]
    assert suppressions.check(parse(event), Account(), [rule], NOW).suppressed
    assert not suppressions.check(
        parse(changed(event, place(path), otherwise)), Account(), [rule], NOW
    ).suppressed


@pytest.mark.parametrize("said", [case.values[0] for case in SAID], ids=[case.id for case in SAID])
def test_the_documentation_has_a_row_for_it(said: Given) -> None:
    assert said.keys() - BOUNDED.keys() <= ROWS.keys()


@pytest.mark.parametrize("attribute", ["not", "not_principal", "hours", "user_agent", "db_user"])
def test_what_cannot_be_said_is_refused(attribute: str) -> None:
    """A condition that is left out unread would hide more than its author meant."""
    item = {"finding_type": "Recon:EC2/Portscan", "rule": "ours", "reason": "we know it", attribute: "x"}
    assert isinstance(suppressions.read(item), RuleFault)
