"""Digests: how they and their findings are named, and what the index says of their findings."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models import DynamoDBBackend

from chalicelib.aws.clients import client
from chalicelib.errors import AWSUnavailable
from chalicelib.ledger import digest_ids, digests, watch
from chalicelib.ledger.claim import KEPT, instant
from chalicelib.ledger.digests import DigestState
from chalicelib.ledger.notifications import FindingEntry, held
from chalicelib.ledger.table import ConditionFailed
from chalicelib.message.digest import FoldedFinding
from chalicelib.settings import notifications_table
from statemachine.local.local_aws import LocalAWS, make_tables
from tests.machine import breaking

NOW = datetime(2026, 11, 26, 14, 5, 59, 999_999, tzinfo=UTC)
ID = digests.digest_id("channel##security", NOW)
OTHER = digests.digest_id("channel##other", NOW)

WHOLE = FoldedFinding(
    id="1",
    type="Recon:EC2/Portscan",
    severity=8.5,
    account="111122223333",
    account_name="payments",
    region="eu-west-1",
    partition="aws-cn",
    at=instant(NOW),
    resources=("i-1", "i-2"),
    hosts=("198.51.100.1",),
    sample=True,
    channel="#security",
    mention="<!here>",
    within=900,
    reminds=True,
    escalate="<@U1>",
)


# --- names ---


def test_a_digest_is_named_by_its_minute_and_its_channel() -> None:
    assert ID.startswith("202611261405-")
    assert digests.is_id(ID)
    assert digests.begins(ID) == NOW.replace(second=0, microsecond=0)
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))
    assert digests.digest_id("channel##security", tokyo) == ID
    assert OTHER.partition("-")[0] == ID.partition("-")[0]
    assert len({ID, OTHER, digests.digest_id("channel##security", NOW + digests.MINUTE)}) == 3


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("", id="nothing"),
        pytest.param("202611261405", id="no channel"),
        pytest.param("202611261405-3FA9C1D2", id="capitals"),
        pytest.param("202611261405-3fa9c1d2 ", id="a blank behind"),
        pytest.param("202611261405-3fa9c1d2\n", id="a line's end behind"),
        pytest.param("202611261460-3fa9c1d2", id="no such minute"),
        pytest.param("000011261405-3fa9c1d2", id="no such year"),
        pytest.param("٢٠٢٦١١٢٦١٤٠٥-3fa9c1d2", id="digits of another script"),
        pytest.param("digest#202611261405-3fa9c1d2", id="the item's key"),
    ],
)
def test_what_is_no_id(written: str) -> None:
    assert not digests.is_id(written)
    assert not digests.is_key(f"digest#{written}")
    assert digests.id_of(f"{written}.0") == ""


def test_an_items_key_names_its_digest() -> None:
    assert digests.is_key(digests.key(ID))
    assert digests.id_of_key(digests.key(ID)) == ID
    assert not digests.is_key(ID)


@pytest.mark.parametrize(
    "written", ["", ID, f"{ID}.", f"{ID}.8", f"{ID}.-1", f"{ID}.07", f"{ID}.0.0", f"{ID}.x"]
)
def test_what_is_no_fold_names_no_digest(written: str) -> None:
    assert digests.id_of(written) == ""


@given(st.text())
def test_a_finding_is_listed_under_one_of_its_digests_keys(finding_id: str) -> None:
    fold = digests.fold(ID, finding_id)
    assert digests.id_of(fold) == ID
    assert digest_ids.folds(ID).count(fold) == 1


def test_findings_are_spread_over_the_keys() -> None:
    counts = [0] * digest_ids.SHARDS
    for number in range(800):
        counts[digest_ids.folds(ID).index(digests.fold(ID, f"{number:032x}"))] += 1
    assert min(counts) > 60


# --- what is said of a finding ---


def test_what_says_nothing_is_not_written() -> None:
    assert digests.written(FoldedFinding(id="1")) == '{"id":"1"}'


@pytest.fixture
def table() -> Iterator[None]:
    with LocalAWS():
        yield


def put(finding_id: str, folded: str | dict[str, Any], fold: str = "", table: str = "") -> None:
    """Write a member by hand, as it may lie in a table that others write to."""
    texts = {"finding_id": finding_id, "fold": fold or digests.fold(ID, finding_id)}
    said = {"S": folded} if isinstance(folded, str) else folded
    item = {name: {"S": value} for name, value in texts.items()} | ({"folded": said} if folded else {})
    client("dynamodb").put_item(TableName=table or notifications_table(), Item=item)


@pytest.mark.usefixtures("table")
def test_a_member_is_read_as_it_was_written() -> None:
    put("1", digests.written(WHOLE))
    assert digests.members(ID) == [WHOLE]


UNREADABLE = [
    pytest.param("", id="nothing"),
    pytest.param("{", id="no JSON"),
    pytest.param("null", id="null"),
    pytest.param('"text"', id="a text"),
    pytest.param("17", id="a number"),
    pytest.param("[]", id="a list"),
    pytest.param("[" * 100_000, id="deep"),
    pytest.param('{"color": "red"}', id="an unknown field"),
    *(
        pytest.param(json.dumps({name: value}), id=f"{name}: {value!r:.40}")
        for name, value in [
            ("type", None),
            ("type", 17),
            ("type", ["a"]),
            ("type", {"a": 1}),
            ("type", "x" * 1_001),
            ("at", 0),
            ("channel", None),
            ("mention", False),
            ("severity", "9.9"),
            ("severity", True),
            ("severity", None),
            ("severity", -1),
            ("severity", 10.1),
            ("severity", float("nan")),
            ("severity", float("inf")),
            ("severity", 10**400),
            ("within", "900"),
            ("within", 1.5),
            ("within", True),
            ("within", -1),
            ("within", 10**12),
            ("sample", 1),
            ("reminds", "yes"),
            ("resources", 17),
            ("resources", None),
            ("resources", [17]),
            ("resources", [["i-1"]]),
            ("resources", [None]),
            ("hosts", ["x" * 1_001]),
        ]
    ),
]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("folded", UNREADABLE)
def test_a_member_that_we_can_not_have_written_is_counted_and_says_nothing(folded: str) -> None:
    put("1", folded)
    put("2", digests.written(WHOLE))
    found = sorted(digests.members(ID))
    assert found == [FoldedFinding(id="1"), WHOLE._replace(id="2")]


@pytest.mark.usefixtures("table")
def test_an_attribute_of_another_type_is_no_more_than_unreadable() -> None:
    put("1", {"M": {"id": {"S": "1"}}})
    put("2", {"N": "17"})
    assert sorted(digests.members(ID)) == [FoldedFinding(id="1"), FoldedFinding(id="2")]


@pytest.mark.usefixtures("table")
def test_a_member_has_the_id_of_its_own_item() -> None:
    put("1", digests.written(WHOLE._replace(id="another")))
    assert [each.id for each in digests.members(ID)] == ["1"]


@pytest.mark.usefixtures("table")
def test_a_whole_number_is_a_severity() -> None:
    put("1", '{"severity":8}')
    assert digests.members(ID) == [FoldedFinding(id="1", severity=8)]


@pytest.mark.usefixtures("table")
def test_an_id_may_be_as_long_as_the_indexs_key() -> None:
    long = "x" * 1_024
    put(long, digests.written(WHOLE._replace(id=long)))
    assert digests.members(ID) == [WHOLE._replace(id=long)]


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(FoldedFinding._fields) | st.text(), inner),
))  # fmt: skip
def test_whatever_a_member_says_the_digest_can_be_ranked_and_written(said: Any) -> None:
    found = digests._member({"finding_id": {"S": "1"}, "folded": {"S": json.dumps(said)}})
    assert found.id == "1"
    assert max([WHOLE, found], key=lambda each: (each.severity, each.at, each.type, each.account))
    assert digests._member({"finding_id": {"S": "1"}, "folded": {"S": digests.written(found)}}) == found


# --- what the index lists ---


def throttled() -> JsonRESTError:
    error = JsonRESTError("ThrottlingException", "made to fail")
    error.code = 400
    return error


@pytest.mark.usefixtures("table")
def test_a_digest_lists_its_own_findings_whatever_part_of_the_index_has_them() -> None:
    for number in range(40):
        put(str(number), digests.written(WHOLE))
    put("another's", digests.written(WHOLE), fold=digests.fold(OTHER, "another's"))
    put("no digest's", digests.written(WHOLE), fold=f"{ID}.8")
    assert sorted(int(each.id) for each in digests.members(ID)) == list(range(40))
    assert [each.id for each in digests.members(OTHER)] == ["another's"]


@pytest.mark.usefixtures("table")
def test_many_pages_are_read_to_their_end() -> None:
    fold = digest_ids.folds(ID)[3]
    for number in range(12):  # a page of a query ends at 1 MB
        put(str(number), json.dumps({"type": "x" * 300_000}), fold=fold)
    assert sorted(int(each.id) for each in digests.members(ID)) == list(range(12))


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("answered", range(digest_ids.SHARDS))
def test_where_dynamodb_gives_a_part_nothing_is_believed_complete(answered: int) -> None:
    calls = count()

    def throttle(*_: object, **__: object) -> None:
        if next(calls) >= answered:
            raise throttled()

    put("1", digests.written(WHOLE))
    with breaking(DynamoDBBackend, "query", throttle), pytest.raises(AWSUnavailable):
        digests.members(ID)


@pytest.mark.usefixtures("table")
def test_another_stages_table_can_be_read() -> None:
    make_tables(client("dynamodb"), "elsewhere")
    elsewhere = "guardduty-notifier-elsewhere-notifications"
    put("1", digests.written(WHOLE), table=elsewhere)
    client("dynamodb").put_item(
        TableName=elsewhere, Item={"finding_id": {"S": digests.key(ID)}, "ts": {"S": "1.5"}}
    )
    assert [each.id for each in digests.members(ID, elsewhere)] == ["1"]
    assert digests.states([ID], elsewhere) == {ID: DigestState(ts="1.5")}
    assert (digests.members(ID), digests.states([ID])) == ([], {})


# --- the digest's own item ---


def entry(id_: str = ID) -> FindingEntry:
    """A digest's item as an execution has just read it."""
    found = digests.held(id_, NOW)
    found.read()
    return found


@pytest.mark.usefixtures("table")
def test_of_many_who_would_make_it_one_does() -> None:
    waiting = [entry() for _ in range(3)]
    waiting[1].change({"claimed_by": "second"})
    for each in (waiting[0], waiting[2]):
        with pytest.raises(ConditionFailed):
            each.change({"claimed_by": "another"})
    assert entry().item.claimed_by == "second"


@pytest.mark.usefixtures("table")
def test_it_lives_as_long_as_its_findings_and_is_named_by_its_minute() -> None:
    made = entry()
    made.change({"awaits": watch.POST})
    found = client("dynamodb").get_item(
        TableName=notifications_table(), Key={"finding_id": {"S": digests.key(ID)}}
    )
    assert int(found["Item"]["expires_at"]["N"]) == int((NOW + KEPT).timestamp())
    assert made.claim
    assert made.claim["update"] == instant(digests.begins(ID))


def unposted_ids(until: datetime = NOW) -> list[str]:
    return list(digests.unposted(until))


@pytest.mark.usefixtures("table")
def test_unposted_ones_are_listed_the_oldest_first_until_they_are_posted() -> None:
    ids = [digests.digest_id("channel##security", NOW - minutes * digests.MINUTE) for minutes in range(3)]
    for each in ids:
        entry(each).change({"awaits": watch.POST, "awaits_since": instant(digests.begins(each))})
    assert unposted_ids() == [ids[2], ids[1], ids[0]]
    assert unposted_ids(NOW - timedelta(minutes=2)) == [ids[2]]
    entry(ids[1]).change({"awaits": watch.ANSWER})
    entry(ids[2]).change({"awaits": "", "awaits_since": ""})
    assert unposted_ids() == [ids[0]]


@pytest.mark.usefixtures("table")
def test_what_names_no_digest_is_no_unposted_digest() -> None:
    for key in ("1", ID, "digest#x", "digest#209913011405-3fa9c1d2"):
        held(key, NOW).change({"awaits": watch.POST, "awaits_since": instant(NOW)})
    assert unposted_ids() == []


@pytest.mark.usefixtures("table")
def test_what_has_become_of_digests() -> None:
    entry().change({"awaits": watch.POST, "awaits_since": instant(NOW)})
    entry(OTHER).change(
        {"notified_update": instant(NOW), "channel": "C1", "ts": "1.5", "awaits": watch.ANSWER}
    )
    gone = digests.digest_id("channel##gone", NOW)
    assert digests.states([ID, OTHER, gone, ID]) == {
        ID: DigestState(awaits=watch.POST),
        OTHER: DigestState(posted=True, channel="C1", ts="1.5", awaits=watch.ANSWER),
    }


@pytest.mark.usefixtures("table")
def test_many_hundred_digests_states_are_read() -> None:
    ids = [digests.digest_id(f"channel#{number}", NOW) for number in range(250)]
    for each in ids:
        entry(each).change({"channel": each})
    assert {id_: state.channel for id_, state in digests.states(ids).items()} == {each: each for each in ids}
