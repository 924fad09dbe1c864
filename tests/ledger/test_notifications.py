"""The state machine on Amazon's own DynamoDB, run here: conditions and expressions as AWS reads them.

Moto only resembles them, and its writes are made one after another by a lock of ours.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from chalicelib.aws import clients
from chalicelib.ledger import account_names, announcements, clocks, places, records, resources
from chalicelib.ledger.announcements import Announcement
from chalicelib.ledger.places import CRITICAL, LATE, REST, QueuePlace
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.fakes.dynamodb_local import DynamoDBLocalMissing, dynamodb_local
from tests.machine import Machine, finding, shown

ONE = f"{1:032x}"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
UNANSWERED = SlackFault(reset=True, taken=True)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    try:
        with dynamodb_local() as running:
            yield running
    except DynamoDBLocalMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def machine(url: str, slack: SlackStandIn) -> Iterator[Machine]:
    with Machine(slack, AWS_ENDPOINT_URL_DYNAMODB=url) as local:
        yield local
        assert not local.dynamodb_calls, "nothing went to moto's tables"
        tables = clients.client("dynamodb")
        for name in tables.list_tables()["TableNames"]:
            tables.delete_table(TableName=name)


def test_posted_once_and_kept_current(machine: Machine) -> None:
    updates = (finding(1), finding(1), finding(1, 5), finding(1, 2))
    ends = [machine.run(update).end for update in updates]
    assert ends == ["Notified", "AlreadyNotified", "Notified", "Superseded"]
    [message] = machine.messages()
    assert len(message.updates) == 1
    assert machine.item(ONE)["notified_update"] == "2026-11-20T10:05:00.000Z"
    [record] = records.read([ONE]).values()
    assert record.notified_update == "2026-11-20T10:05:00.000Z"


def test_twenty_twice_at_once(machine: Machine) -> None:
    outcomes = machine.run_all([finding(number) for number in range(20) for _ in (1, 2)])
    assert {outcome.end for outcome in outcomes} == {"Notified", "AlreadyNotified"}
    assert [len(machine.posts(f"{number:032x}")) for number in range(20)] == [1] * 20


def test_places_are_taken_given_back_and_moved(machine: Machine) -> None:
    def due(place: QueuePlace) -> int:
        return places.due(place, clocks.clock(place.channel))

    taken = [clocks.take("#a", band, 1000, 5_000)[0] for band in (REST, REST, CRITICAL, REST, LATE)]
    assert [due(place) for place in taken] == [7_000, 8_000, 5_000, 9_000, 6_000]
    clocks.give_back(taken[1], 1000, 5_000)
    assert due(taken[3]) == 8_000
    clocks.close("#a", 5, 5_000)
    clocks.close("#a", 6, 5_000)
    assert clocks.clock("#a").closed_until == 10_000, "one closing, whoever hears of it"
    assert clocks.pass_gate("#a", 900, 5_000)[0] == 5_000
    assert [clocks.pass_gate("#a", 900, now)[0] for now in (10_000, 10_100)] == [0, 800]
    clocks.took("#a")
    assert clocks.clock("#a").closed_since == 0
    clocks.is_also("#a", "C0123456789")
    clocks.forget()
    assert clocks.clock("C0123456789") == clocks.clock("#a")


def test_many_places_at_once(machine: Machine) -> None:
    bands = [CRITICAL if number % 4 == 0 else REST for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda band: clocks.take("#a", band, 1000, 5_000)[0], bands))
    seen = clocks.clock("#a")
    assert sorted(places.due(place, seen) for place in taken) == [
        5_000 + 1000 * number for number in range(40)
    ]


@pytest.mark.parametrize(
    ("faults", "repeated"),
    [
        pytest.param((SlackFault(retry_after=1),), False, id="429"),
        pytest.param((SlackFault(status=500),), False, id="500"),
        pytest.param((UNANSWERED,), True, id="taken-and-unanswered"),
        pytest.param((UNANSWERED, SlackFault(status=500)), True, id="then-500"),
        pytest.param((UNANSWERED, SlackFault(retry_after=1)), True, id="then-429"),
    ],
)
def test_a_fault_of_slack_is_got_over(
    machine: Machine, slack: SlackStandIn, faults: tuple[SlackFault, ...], repeated: bool
) -> None:
    slack.script(*faults)
    assert machine.run(finding(1)).end == "Notified"
    assert ("ossibly repeated" in shown(machine.messages()[-1])) is repeated
    assert not {"attempt", "attempt_until", "attempted_update", "unanswered"} & machine.item(ONE).keys()


def test_a_rule_counts_what_it_hides(machine: Machine) -> None:
    machine.run(finding(1))
    machine.suppress(finding_type="Backdoor:EC2/*", rule="known", reason="a test of ours")
    assert [machine.run(finding(1, 5)).end, machine.run(finding(2)).end] == ["Suppressed", "Suppressed"]
    assert "known" in shown(machine.messages()[0])
    rules = machine.rules()
    assert [rule["match_count"] for rule in rules] == ["2"]
    machine.delete("suppressions", finding_type="Backdoor:EC2/*", rule="known")
    assert machine.run(finding(1, 9)).end == "Notified"
    assert machine.rules() == [], "recording never brings a deleted rule back"


def test_a_list_of_many_pages_is_read_to_its_end(machine: Machine) -> None:
    for number in range(30):  # a page of a query ends at 1 MB
        machine.suppress(finding_type="*", rule=f"rule {number:02}", reason="x" * 50_000, account_id="9" * 12)
    machine.suppress(finding_type="*", rule="rule 99", reason="the last", account_id="111122223333")
    verdict = machine.run(finding(1)).output["verdict"]
    assert verdict["rule"]["rule"] == "rule 99"


def test_what_is_kept_of_accounts_resources_and_announcements(machine: Machine) -> None:
    assert [resources.findings_on("i-1", name, NOW) for name in ("a", "b", "b")] == [1, 2, 2]
    assert account_names.read("111122223333", NOW) is None
    assert announcements.begin("batch", NOW) == Announcement()
    assert announcements.begin("batch", NOW) == Announcement(repeated=True)
    announcements.withdraw("batch")
    announcements.end("batch", NOW)
    assert announcements.begin("batch", NOW).announced
