"""Nobody buys silence: not by many addresses, by a tag, by moving an account, by one written item, by tests."""

import json
import re
from collections.abc import Mapping
from typing import Any

from statemachine.local.local_aws import STAGE
from statemachine.local.slack_stand_in import SlackStandIn
from tests.machine import Event, Machine, event
from tests.promises.common import NOON
from tests.promises.trials import WHY, a_finding

ACCOUNT = "111122223333"


class NotEnded(Exception):
    """A step that only prepares the test did not end as it has to."""


def run(machine: Machine, made: Event, end: str) -> None:
    """Run what prepares a test."""
    outcome = machine.run(made)
    if outcome.end != end:
        raise NotEnded(f"{outcome.end}, not {end}: {outcome.cause}")


# --- many addresses, many buckets ---------------------------------------------------------------------------


def probed_by(addresses: int, update: int) -> Event:
    """A port probed from so many addresses, at one of the finding's updates."""
    details = [
        {"localPortDetails": {"port": 22}, "remoteIpDetails": {"ipAddressV4": f"198.51.100.{number}"}}
        for number in range(addresses)
    ]
    changes = {"service.action.portProbeAction.portProbeDetails": details}
    return a_finding("ec2-port-probe", changes, severity=8, updatedAt=f"2026-11-20T10:{update:02d}:00.000Z")


def read_from(buckets: int, update: int) -> Event:
    """So many buckets read, at one of the finding's updates."""
    details = [
        {"name": f"bucket-{number}", "arn": f"arn:aws:s3:::bucket-{number}", "tags": []}
        for number in range(buckets)
    ]
    changes = {"resource.s3BucketDetails": details}
    return a_finding("s3-buckets-exfiltration", changes, updatedAt=f"2026-11-20T10:{update:02d}:00.000Z")


def replies(machine: Machine) -> int:
    return sum(1 for message in machine.messages() if message.thread_ts)


def test_an_address_beside_some_known_ones_is_news(machine: Machine) -> None:
    run(machine, probed_by(99, 0), "Notified")
    run(machine, probed_by(100, 5), "Notified")
    assert replies(machine) == 1


def test_an_address_beside_a_hundred_known_ones_is_news(machine: Machine) -> None:
    run(machine, probed_by(100, 0), "Notified")
    run(machine, probed_by(101, 5), "Notified")
    assert replies(machine) == 1


def test_a_bucket_beside_a_hundred_known_ones_is_news(machine: Machine) -> None:
    run(machine, read_from(100, 0), "Notified")
    run(machine, read_from(101, 5), "Notified")
    assert replies(machine) == 1


# --- a tag that whoever has the resource gives it ------------------------------------------------------------


def tagged(severity: float, *tags: tuple[str, str]) -> Event:
    changes = {"resource.instanceDetails.tags": [{"key": key, "value": value} for key, value in tags]}
    return a_finding("example", changes, severity=severity)


def to_the_data_team(**given: object) -> Mapping[str, object]:
    usual = {"finding_type": "*", "rule": "data team", "priority": 20, "tag": "Team=data"}
    return usual | {"channel": "#data-alerts"} | given


def test_a_tag_alone_takes_no_high_finding_out_of_the_channel(machine: Machine) -> None:
    machine.put("routes", **to_the_data_team())
    run(machine, tagged(8.9, ("Team", "data")), "Notified")
    assert len(machine.messages("#security")) == 1


def test_a_tag_moves_what_its_route_is_bounded_to(machine: Machine) -> None:
    machine.put("routes", **to_the_data_team(max_severity=6.9))
    run(machine, tagged(6.9, ("Team", "data")), "Notified")
    assert (len(machine.messages("#security")), len(machine.messages("#data-alerts"))) == (0, 1)


def test_a_tag_moves_nothing_above_its_routes_bound(machine: Machine) -> None:
    machine.put("routes", **to_the_data_team(max_severity=6.9))
    run(machine, tagged(8.9, ("Team", "data")), "Notified")
    assert (len(machine.messages("#security")), len(machine.messages("#data-alerts"))) == (1, 0)


# --- an account that moves to another organisational unit ---------------------------------------------------


def move(machine: Machine, to: str) -> None:
    """Move the finding's account from where it is."""
    organizations = machine.aws.client("organizations")
    [parent] = organizations.list_parents(ChildId=ACCOUNT)["Parents"]
    organizations.move_account(AccountId=ACCOUNT, SourceParentId=parent["Id"], DestinationParentId=to)


def test_an_account_moved_out_of_the_sandbox_is_posted_after_a_day(slack: SlackStandIn) -> None:
    with Machine(slack, at=NOON) as machine:
        root = in_the_sandbox(machine)
        run(machine, event(id="1" * 32), "Suppressed")
        move(machine, root)
        machine.pass_time(hours=25)
        assert machine.run(event(id="2" * 32)).end == "Notified"


def in_the_sandbox(machine: Machine) -> str:
    """Move the account into an organizational unit that a rule hides; name the root, where it was."""
    organizations = machine.aws.client("organizations")
    [root] = organizations.list_roots()["Roots"]
    sandbox = organizations.create_organizational_unit(ParentId=root["Id"], Name="sandbox")
    unit = sandbox["OrganizationalUnit"]["Id"]
    rule = {"finding_type": "*", "rule": "sandbox", "reason": WHY, "ou_path": f"*/{unit}/*"}
    machine.suppress(**rule)
    move(machine, unit)
    return str(root["Id"])


# --- one item written into the table of notifications ---------------------------------------------------------

ONE, OTHER = f"{1:032x}", f"{2:032x}"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")


def forge(machine: Machine, posted: str, silenced: str) -> None:
    """Write of one finding what is known of another that was posted, and that all of it happens in far future."""
    dynamodb = machine.aws.client("dynamodb")
    table = f"guardduty-notifier-{STAGE}-notifications"
    item: dict[str, Any] = dynamodb.get_item(TableName=table, Key={"finding_id": {"S": posted}})["Item"]
    forged = TIME.sub("9999-01-01T00:00:00.000Z", json.dumps(item).replace(posted, silenced))
    dynamodb.put_item(TableName=table, Item=json.loads(forged))


def test_an_item_from_the_future_silences_no_critical_finding(machine: Machine) -> None:
    run(machine, event(id=ONE), "Notified")
    forge(machine, ONE, OTHER)
    outcome = machine.run(event(id=OTHER, severity=9.5))
    assert outcome.end == "Notified"
    assert any(OTHER in json.dumps(message.shown) for message in machine.messages())


# --- tests ------------------------------------------------------------------------------------------------------


def test_a_test_leaves_no_trace_at_a_rule(machine: Machine) -> None:
    rule = {"finding_type": "Backdoor:EC2/*", "rule": "lab", "reason": WHY}
    machine.suppress(**rule)
    before = machine.aws.client("dynamodb").scan(TableName=f"guardduty-notifier-{STAGE}-suppressions")
    run(machine, event() | {"source": "guardduty-notifier.test"}, "Suppressed")
    after = machine.aws.client("dynamodb").scan(TableName=f"guardduty-notifier-{STAGE}-suppressions")
    assert after["Items"] == before["Items"]
