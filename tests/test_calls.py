"""Each function's policy allows the calls that it makes, and no others: compared with recorded runs."""

import threading
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from moto.core.exceptions import JsonRESTError
from moto.organizations.models import OrganizationsBackend
from pytest_httpserver import HTTPServer

from statemachine.local.guardduty_stand_in import GuardDutyStandIn
from statemachine.local.local_aws import ACCOUNT
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.machine import Event, Machine, breaking, event, finding
from tests.test_policies import LOGS, allowed, function_policy

PREFIXES = {"resourcegroupstaggingapi": "tag"}
"""Services whose actions have another prefix: https://docs.aws.amazon.com/service-authorization/latest/reference/."""

MADE_BY_AWS = {
    name: {"kms:Decrypt"} for name in ("check-suppression-list", "look-up-account", "post-to-slack")
}
"""What AWS does in the function's name: Parameter Store decrypts a SecureString, DynamoDB opens a table."""

NOT_TAKEN = {"post-to-slack": {"dynamodb:BatchGetItem"}}
"""What a way through a function asks that no run here takes: several reminders that are due at once."""

Calls = Mapping[str, set[str]]


def volume(account: str) -> Event:
    made = event("ebs-malware", id=account, accountId=account)
    arn = f"arn:aws:ec2:eu-west-1:{account}:volume/vol-0123456789abcdef0"
    made["detail"]["resource"] = {"ebsVolumeDetails": {"scannedVolumeDetails": [{"volumeArn": arn}]}}
    return made


@pytest.fixture(scope="module")
def calls(make_httpserver: HTTPServer) -> Calls:
    """What each function asked of AWS, in runs that take every way through it."""
    made: dict[str, set[str]] = defaultdict(set)
    here = threading.local()
    make_api_call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def recorded(client: Any, operation: str, arguments: Any) -> Any:
        if name := getattr(here, "function", ""):
            service = client.meta.service_model.service_name
            made[name].add(f"{PREFIXES.get(service, service)}:{operation}")
        return make_api_call(client, operation, arguments)

    def invoked(name: str, _: object) -> None:
        here.function = name  # an invocation has a thread of its own

    make_httpserver.expect_request("/getAccountInformation").respond_with_json({"AccountName": "lone"})
    sequence = event("attack-sequence")["detail"]
    with (
        pytest.MonkeyPatch.context() as patched,
        SlackStandIn() as slack,
        GuardDutyStandIn([sequence]) as guardduty,
        Machine(
            slack,
            TAG_READER_ROLE_NAME="guardduty-notifier-tag-reader",
            AWS_ENDPOINT_URL_GUARDDUTY=guardduty.url,
            AWS_ENDPOINT_URL_ACCOUNT=make_httpserver.url_for("").rstrip("/"),
        ) as machine,
    ):
        patched.setattr(BaseClient, "_make_api_call", recorded)
        machine.disturb = invoked
        _every_way(machine, slack)
        _alone(machine)
    return made


def _every_way(machine: Machine, slack: SlackStandIn) -> None:
    """Tags of all sources, an attack sequence by its identifiers, a route, a rule, Slack's refusals."""
    iam = boto3.client("iam")
    iam.create_user(UserName="alice")
    iam.create_role(RoleName="Deploy", AssumeRolePolicyDocument="{}")
    machine.put("routes", finding_type="Backdoor:EC2/*", rule="soc", channel="#soc")
    machine.suppress(finding_type="Recon:EC2/*", rule="probe", reason="known")
    organization = boto3.client("organizations")
    root = organization.list_roots()["Roots"][0]["Id"]
    unit = organization.create_organizational_unit(ParentId=root, Name="Payments")["OrganizationalUnit"]["Id"]
    organization.move_account(AccountId="111122223333", SourceParentId=root, DestinationParentId=unit)
    identifiers = event("identifiers-only", id=event("attack-sequence")["detail"]["id"])
    slack.script(SlackFault(retry_after=1), SlackFault(status=500))
    outcomes = machine.run_all(
        [
            finding(1),
            event("iam-user-anomaly", accountId=ACCOUNT),
            event("iam-user-tor", accountId=ACCOUNT),
            event("ec2-port-probe"),
            volume(ACCOUNT),
            volume("444455556666"),
            identifiers,
        ]
    )
    outcomes.append(machine.run(finding(1, 5)))
    assert {outcome.end for outcome in outcomes} == {"Notified", "Suppressed"}


def _alone(machine: Machine) -> None:
    def no_organisation(*_: object, **__: object) -> None:
        raise JsonRESTError("AWSOrganizationsNotInUseException", "none")

    with breaking(OrganizationsBackend, "describe_account", no_organisation):
        # A new container: nothing is known of the own account.
        from chalicelib.ledger import accounts

        accounts.forget()
        machine.aws.client("dynamodb").delete_item(
            TableName="guardduty-notifier-local-notifications",
            Key={"finding_id": {"S": f"account#{ACCOUNT}"}},
        )
        assert machine.run(finding(9, accountId=ACCOUNT)).end == "Notified"


@pytest.mark.parametrize(
    "name",
    ["read-finding", "look-up-account", "look-up-resource-tags", "check-suppression-list", "post-to-slack"],
)
def test_a_policy_allows_what_is_called_and_no_more(calls: Calls, name: str) -> None:
    unseen = MADE_BY_AWS.get(name, set()) | NOT_TAKEN.get(name, set())
    assert allowed(function_policy(name)) - LOGS == calls[name] | unseen


def test_every_function_of_the_machine_was_watched(calls: Calls) -> None:
    assert all(calls[name] for name in calls)
    assert len(calls) == 5
