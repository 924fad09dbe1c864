"""A storm on Amazon's own DynamoDB, run here: places within a limit, members of a digest and its one owner, at once."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.model import OperationModel

from chalicelib import clock
from chalicelib.aws import clients
from chalicelib.functions.post_to_slack import post_to_slack
from chalicelib.ledger import clocks, digest_ids, digests, notifications, places, watch
from chalicelib.ledger.claim import Claim, instant
from chalicelib.ledger.clocks import QueueTooLong
from chalicelib.ledger.decide import FindingItem
from chalicelib.ledger.places import CRITICAL, REST, QueuePlace
from chalicelib.ledger.table import ConditionFailed
from chalicelib.notify import own_digest
from chalicelib.settings import notifications_table
from statemachine.local.slack_stand_in import SlackStandIn
from tests.fakes.dynamodb_local import DynamoDBLocalMissing, dynamodb_local
from tests.machine import Machine, finding
from tests.promises.common import NOON

THREADS = 16
STEP, BEGINS = 1_000, 5_000


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    try:
        with dynamodb_local() as running:
            yield running
    except DynamoDBLocalMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def tables(url: str, slack: SlackStandIn) -> Iterator[Machine]:
    with Machine(
        slack, AWS_ENDPOINT_URL_DYNAMODB=url, FOLD_AFTER="5", SLACK_MESSAGES_PER_SECOND="1"
    ) as local:
        clients.client("dynamodb")  # made once, before threads would make it at once
        yield local
        assert not local.dynamodb_calls, "nothing went to moto's tables"
        for name in clients.client("dynamodb").list_tables()["TableNames"]:
            clients.client("dynamodb").delete_table(TableName=name)


# --- places within a limit ---


def place(band: int, longest: int | None) -> QueuePlace | None:
    """Take a place; None where it is too far away."""
    try:
        return clocks.take("#a", band, STEP, BEGINS, longest)[0]
    except QueueTooLong:
        return None


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("longest", [0, 999, 10_000, 20_500])
def test_of_many_at_once_those_within_the_limit_have_places_and_nobody_else(longest: int) -> None:
    clocks.item_key("#a")
    with ThreadPoolExecutor(THREADS) as pool:
        taken = [each for each in pool.map(lambda _: place(REST, longest), range(60)) if each]
    given, seen = longest // STEP + 1, clocks.clock("#a")
    assert sorted(places.due(each, seen) for each in taken) == [BEGINS + STEP * each for each in range(given)]
    assert seen.ends[REST] == BEGINS + STEP * given, "no place was wasted"


@pytest.mark.usefixtures("tables")
def test_with_critical_ones_among_them_every_place_is_somebodys() -> None:
    longest = 10 * STEP
    wants = [(CRITICAL, None) if number % 6 == 5 else (REST, longest) for number in range(60)]
    with ThreadPoolExecutor(THREADS) as pool:
        taken = [each for each in pool.map(lambda want: place(*want), wants) if each]
    seen, bands = clocks.clock("#a"), Counter(each.band for each in taken)
    assert bands[CRITICAL] == 10
    assert bands[REST] <= 11
    assert len(taken) >= 11, "the queue was filled as far as it may be"
    assert sorted(places.due(each, seen) for each in taken) == [
        BEGINS + STEP * number for number in range(len(taken))
    ]
    assert seen.ends[REST] == BEGINS + STEP * len(taken)


# --- members of a digest ---


@pytest.fixture
def noon(tables: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still: one digest; and the queue is longer than findings are to wait."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    for _ in range(20):
        clocks.take("#security", REST, STEP, clock.milliseconds())


def posted(
    number: int, update: int = 0, name: str = "", now: datetime = NOON, *, forgets: bool = True
) -> dict[str, Any]:
    """What a run of PostToSlack comes to; where its container ``forgets`` it knows nobody's digest."""
    event = finding(number, update)
    claim = Claim(
        finding_id=f"{number:032x}",
        update=event["detail"]["updatedAt"],
        lease_over=instant(now),
        expires_at="4000000000",
    )
    if forgets:
        own_digest.forget()
    execution = f"arn:{number}-{update}{name}"
    request = {
        "state": {**event, "claim": claim},
        "execution": execution,
        "retry_count": 0,
        "answer": "whole",
    }
    answer: dict[str, Any] = post_to_slack(request, f"nonce of {execution}", now)["posted"]  # type: ignore[arg-type]
    return answer


@pytest.mark.usefixtures("noon")
def test_of_a_storm_everyone_is_a_member_once_and_one_sees_to_the_digest() -> None:
    numbers = range(240)
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(posted, numbers))
    id_ = digests.digest_id("channel##security", NOON)
    assert {each["digest"]["id"] for each in answers} == {id_}
    assert Counter(each["status"] for each in answers) == {"posted": 239, "wait": 1}
    found = digests.members(id_)
    assert sorted(each.id for each in found) == [f"{number:032x}" for number in numbers]
    assert {(each.type, each.channel) for each in found} == {("Backdoor:EC2/C&CActivity.B", "#security")}
    [owner] = [number for number, answer in zip(numbers, answers, strict=True) if answer["status"] == "wait"]
    assert digests.held(id_, NOON).read().claimed_by == f"arn:{owner}-0"
    assert list(digests.unposted(NOON)) == [id_]
    assert clocks.clock("#security").ends[REST] == clock.milliseconds() + 20 * STEP, "no place was taken"
    shards = Counter(notifications.read(each.id).fold for each in found)
    assert set(shards) == set(digest_ids.folds(id_))


@pytest.mark.usefixtures("noon")
def test_executions_of_one_finding_at_once_make_one_member() -> None:
    wants = [(number, update, name) for number in range(12) for update in (0, 5) for name in ("a", "b")]
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda want: posted(*want), wants))
    again = [posted(*want) for want in wants]
    assert {each["decision"] for each in answers} <= {"fold", "already", "wait"}
    assert {each["decision"] for each in again} <= {"fold", "wait"}, "the owner waits"
    id_ = digests.digest_id("channel##security", NOON)
    assert sorted(each.id for each in digests.members(id_)) == [f"{number:032x}" for number in range(12)]
    assert {notifications.read(f"{number:032x}").notified_update for number in range(12)} == {
        "2026-11-20T10:05:00.000Z"
    }


@pytest.mark.usefixtures("tables")
def test_of_many_who_would_own_a_digest_one_does() -> None:
    id_ = digests.digest_id("channel##security", NOON)

    def owns(name: int) -> bool:
        entry = digests.held(id_, NOON)
        entry.item = FindingItem()  # as read before anybody had made it
        try:
            entry.change({"claimed_by": str(name), "awaits": watch.POST, "awaits_since": instant(NOON)})
        except ConditionFailed:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        owners = [name for name, made in zip(range(64), pool.map(owns, range(64)), strict=True) if made]
    assert [digests.held(id_, NOON).read().claimed_by] == [str(owner) for owner in owners]


@pytest.mark.usefixtures("tables")
def test_members_of_many_pages_are_listed_once() -> None:
    id_, fold = digests.digest_id("channel##security", NOON), ""
    for number in range(9):  # a page of a query ends at 1 MB
        fold = fold or digests.fold(id_, "0")
        item = {"finding_id": {"S": str(number)}, "fold": {"S": fold}, "folded": {"S": "x" * 350_000}}
        clients.client("dynamodb").put_item(TableName=notifications_table(), Item=item)
    assert sorted(each.id for each in digests.members(id_)) == [str(number) for number in range(9)]


# --- what it costs ---


@contextmanager
def calls_counted() -> Iterator[Counter[str]]:
    """Count the calls of DynamoDB by this thread's client, by their operations."""
    found: Counter[str] = Counter()

    def count(model: OperationModel, **_: object) -> None:
        found[model.name] += 1

    events = clients.client("dynamodb").meta.events
    events.register("before-call.dynamodb", count)
    yield found
    events.unregister("before-call.dynamodb", count)


@pytest.mark.usefixtures("noon")
def test_a_folded_finding_costs_two_writes_and_what_its_container_knows_is_not_read_again() -> None:
    posted(0)
    with calls_counted() as in_a_new_container:
        clocks.forget()
        posted(1)
    with calls_counted() as in_one_that_knows_the_digest:
        posted(2, forgets=False)
    with calls_counted() as of_a_repeated_event:
        posted(2, name="again", forgets=False)
    route = {"Query": in_a_new_container["Query"]}
    assert in_a_new_container == {"GetItem": 4, "UpdateItem": 2, **route}, "item, names, clock, digest"
    assert in_one_that_knows_the_digest == {"GetItem": 2, "UpdateItem": 2, **route}, "item, clock"
    assert of_a_repeated_event == {"GetItem": 1}


# --- nobody's digest is left unposted ---


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize(
    ("first", "update"),
    [
        pytest.param(0, 0, id="the same update"),
        pytest.param(2, 0, id="an older one"),
        pytest.param(0, 5, id="a newer one that does not rise"),
    ],
)
def test_whoever_comes_to_a_member_sees_to_a_digest_that_nobody_has_made(first: int, update: int) -> None:
    posted(1, first, "dies")
    id_ = digests.digest_id("channel##security", NOON)
    key = {"finding_id": {"S": digests.key(id_)}}
    clients.client("dynamodb").delete_item(TableName=notifications_table(), Key=key)
    answer = posted(1, update, "comes")
    assert (answer["status"], answer["digest"]["id"]) == ("wait", id_)
    assert digests.held(id_, NOON).read().claimed_by == f"arn:1-{update}comes"


@pytest.mark.usefixtures("noon")
def test_a_digest_that_is_forgotten_by_now_is_not_made_anew() -> None:
    posted(1)
    id_ = digests.digest_id("channel##security", NOON)
    key = {"finding_id": {"S": digests.key(id_)}}
    clients.client("dynamodb").delete_item(TableName=notifications_table(), Key=key)
    answer = posted(1, 5, now=NOON + timedelta(days=15))
    assert (answer["status"], answer["digest"]) == ("posted", {"id": id_})
    assert digests.held(id_, NOON).read().v == 0


@pytest.mark.usefixtures("noon")
def test_of_a_forged_item_nothing_is_a_member() -> None:
    fold = digests.fold(digests.digest_id("channel##security", NOON), f"{1:032x}")
    forged = {"finding_id": f"{1:032x}", "fold": fold, "folded": '{"type":"forged"}', "v": "7"}
    forged |= {"notified_update": "9999-01-01T00:00:00.000Z"}
    item = {name: {"N" if name == "v" else "S": value} for name, value in forged.items()}
    clients.client("dynamodb").put_item(TableName=notifications_table(), Item=item)
    entry = notifications.held(f"{1:032x}", NOON)
    entry.read()
    entry.change({"claimed_by": "me"})
    assert digests.members(digests.id_of(fold)) == []
    kept = clients.client("dynamodb").get_item(
        TableName=notifications_table(), Key={"finding_id": {"S": f"{1:032x}"}}
    )
    assert not {"fold", "folded", "notified_update"} & kept["Item"].keys()
