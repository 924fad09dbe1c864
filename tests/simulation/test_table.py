"""The table answers as Amazon's DynamoDB Local does, and knows what it does not know."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.aws import organizations, rule_tables
from chalicelib.aws.organizations import AccountPage
from chalicelib.finding.model import Account
from chalicelib.ledger import (
    account_listing,
    account_names,
    announcements,
    clocks,
    digests,
    records,
    resources,
    watch,
)
from chalicelib.ledger import table as ledger_table
from chalicelib.ledger.claim import Claim, instant
from chalicelib.ledger.decide import FindingItem
from chalicelib.ledger.notifications import FindingEntry
from chalicelib.ledger.places import CRITICAL, LATE, REST
from chalicelib.ledger.table import ConditionFailed
from chalicelib.notify.attempt import Attempt
from statemachine.deploy import definition
from statemachine.operate import rule_table
from tests.fakes.dynamodb_local import DynamoDBLocalMissing, dynamodb_local
from tests.simulation.index import Index
from tests.simulation.table import Tables, Unsupported

KEYS = {"one": ("finding_id",), "two": ("finding_type", "rule")}
AWAITED = ("awaits", "awaits_since")
"""The keys of the index of ``one``."""
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LIMIT = 400 * 1024
UNCOMPARED = ("ResponseMetadata", "ConsumedCapacity")
"""Of the latter nobody asks; DynamoDB Local gives it when there was nothing to delete."""

Call = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
def local() -> Iterator[Any]:
    """A client of a DynamoDB Local with both tables."""
    try:
        with dynamodb_local() as url:
            client = boto3.client(
                "dynamodb",
                endpoint_url=url,
                region_name="eu-central-1",
                aws_access_key_id="local",
                aws_secret_access_key="local",
            )
            for name, keys in KEYS.items():
                create(client, name, keys)
            yield client
    except DynamoDBLocalMissing as missing:
        pytest.skip(str(missing))


def create(client: Any, name: str, keys: tuple[str, ...]) -> None:
    attributes = [*keys, *AWAITED] if name == "one" else keys
    index = {
        "IndexName": watch.INDEX,
        "KeySchema": key_schema(AWAITED),
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=key_schema(keys),
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in attributes],
        **({"GlobalSecondaryIndexes": [index]} if name == "one" else {}),
    )


def key_schema(keys: tuple[str, ...]) -> list[dict[str, str]]:
    return [
        {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
    ]


class Both:
    """DynamoDB Local and the table, emptied: each call goes to both, and is answered alike."""

    def __init__(self, local: Any) -> None:
        self._local = local
        self._tables = Tables(KEYS, {"one": {watch.INDEX: Index(AWAITED)}})
        for table, keys in KEYS.items():
            for item in local.scan(TableName=table)["Items"]:
                local.delete_item(TableName=table, Key={key: item[key] for key in keys})

    def __getattr__(self, method: str) -> Any:
        def call(**arguments: Any) -> Any:
            before = repr(arguments)
            answer = answered(self._tables, method, arguments)
            assert repr(arguments) == before
            expected = answered(self._local, method, arguments)
            assert comparable(answer, method) == comparable(expected, method), (method, arguments)
            if isinstance(answer, ClientError):
                raise answer
            return answer

        return call

    def do(self, method: str, **arguments: Any) -> None:
        """Call, whatever the answer."""
        with suppress(ClientError):
            getattr(self, method)(**arguments)

    def look(self) -> None:
        """Compare all items."""
        for table in KEYS:
            items = self.scan(TableName=table)["Items"]
            assert self._tables.items(table) == items


def answered(client: Any, method: str, arguments: dict[str, Any]) -> Any:
    try:
        return getattr(client, method)(**arguments)
    except ClientError as error:
        return error


def comparable(answer: Any, method: str) -> Any:
    """What has to be the same: the answer, but for orders nobody promises; of an error what code reads of it."""
    if isinstance(answer, ClientError):
        status = answer.response["ResponseMetadata"]["HTTPStatusCode"]
        return answer.response["Error"]["Code"], answer.operation_name, status
    found = {name: plain(value) for name, value in answer.items() if name not in UNCOMPARED}
    if method == "scan":
        found["Items"].sort(key=repr)
    for items in found.get("Responses", {}).values():
        items.sort(key=repr)
    return found


def plain(value: Any) -> Any:
    """Write numbers and sets in one way, and maps in one order: DynamoDB Local answers a number as it was given."""
    if isinstance(value, list):
        return list(map(plain, value))
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("N"), str):
        return {"N": f"{Decimal(value['N']).normalize():f}"}
    if isinstance(value.get("SS"), list):
        return {"SS": sorted(value["SS"])}
    return {name: plain(value[name]) for name in sorted(value)}


# --- random sequences ---

VALUES: dict[str, dict[str, Any]] = {
    ":zero": {"N": "0"},
    ":one": {"N": "1.0"},
    ":two": {"N": "2"},
    ":ten": {"N": "10"},
    ":half": {"N": "-0.50"},
    ":a": {"S": "a"},
    ":ab": {"S": "ab"},
    ":high": {"S": "\uffff"},
    ":higher": {"S": "\U00010000"},
    ":x": {"SS": ["a", "b"]},
    ":y": {"SS": ["b", "\uffff"]},
    ":true": {"BOOL": True},
    ":null": {"NULL": True},
    ":bytes": {"B": b"\x00\xff"},
    ":list": {"L": [{"N": "1"}, {"S": "a"}]},
    ":map": {"M": {"a": {"N": "1.0"}, "b": {"L": []}}},
}
NAMES = {"#n": "name", "#p": "p", "#r": "rule"}

paths = st.sampled_from(["p", "q", "v", "said", "#n", "#p"])
numbers = st.sampled_from([":zero", ":one", ":two", ":ten", ":half"])
ordered = numbers | st.sampled_from([":a", ":ab", ":high", ":higher", ":bytes"])
values = st.sampled_from(sorted(VALUES))


def mostly(usual: st.SearchStrategy[str], rare: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Nine times of ten what DynamoDB takes, so that not every call is refused."""
    return st.integers(0, 9).flatmap(lambda drawn: rare if drawn == 7 else usual)


same = st.builds("{} {} {}".format, paths | values, st.sampled_from(["=", "<>"]), paths | values)
order = st.builds(
    "{} {} {}".format, paths, st.sampled_from(["<", "<=", ">", ">="]), mostly(ordered, paths | values)
)
turned = st.builds("{} {} {}".format, ordered, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), paths)
between = st.builds(
    "{} BETWEEN {}".format,
    paths | ordered,
    mostly(
        st.sampled_from([":zero AND :ten", ":half AND :one", ":a AND :high", ":high AND :higher", "q AND v"]),
        st.builds("{} AND {}".format, paths | values, paths | values),
    ),
)
parts = st.builds("contains({}, {})".format, paths | values, paths | values)
starts = st.builds(
    "begins_with({}, {})".format, paths, mostly(st.sampled_from([":a", ":bytes"]), paths | values)
)
existences = st.builds("{}({})".format, st.sampled_from(["attribute_exists", "attribute_not_exists"]), paths)
conditions = st.recursive(
    st.one_of(existences, existences, same, order, turned, between, parts, starts),
    lambda inner: st.one_of(
        st.builds("{} {} {}".format, inner, st.sampled_from(["AND", "OR"]), inner),
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("NOT {}".format, inner),
        mostly(inner, st.builds("({})".format, inner)),
    ),
    max_leaves=4,
)

sums = st.builds(
    "{} {} {}".format,
    mostly(st.builds("if_not_exists({}, {})".format, paths, numbers), paths | values),
    st.sampled_from("+-"),
    mostly(numbers, paths | values),
)
defaults = st.builds("if_not_exists({}, {})".format, paths, mostly(values, paths))
nested = st.builds("if_not_exists({}, {})".format, paths, defaults)
assigned = st.one_of(values, values, sums, defaults, nested, mostly(values, paths))


ACTIONS = {
    "SET": st.builds("{{}} = {}".format, assigned),
    "REMOVE": st.just("{}"),
    "ADD": st.builds("{{}} {}".format, mostly(numbers | st.sampled_from([":x", ":y"]), values)),
    "DELETE": st.builds("{{}} {}".format, mostly(st.sampled_from([":x", ":y"]), values)),
}


@st.composite
def updates(draw: st.DrawFn) -> str:
    targets = draw(st.lists(paths, min_size=1, max_size=4, unique=draw(st.integers(0, 9)) != 7))
    if draw(st.integers(0, 19)) == 7:
        targets.append(draw(st.sampled_from(["finding_id", "#r"])))
    clauses: dict[str, list[str]] = {}
    for target in targets:
        clause = draw(st.sampled_from(["SET", "SET", "REMOVE", "ADD", "DELETE"]))
        clauses.setdefault(clause, []).append(draw(ACTIONS[clause]).format(target))
    return " ".join(f"{clause} {', '.join(actions)}" for clause, actions in clauses.items())


def used(text: str, /, **arguments: Any) -> dict[str, Any]:
    """Add the names and values that a text uses."""
    names = {name: NAMES[name] for name in re.findall(r"#\w+", text)}
    found = {name: VALUES[name] for name in re.findall(r":\w+", text)}
    if names:
        arguments["ExpressionAttributeNames"] = names
    if found:
        arguments["ExpressionAttributeValues"] = found
    return arguments


def short(text: str) -> dict[str, Any]:
    return {"S": text}


keys: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(
        lambda one: {"TableName": "one", "Key": {"finding_id": short(one)}}, st.sampled_from(["a", "b"])
    ),
    st.builds(
        lambda one, other: {"TableName": "two", "Key": {"finding_type": short(one), "rule": short(other)}},
        mostly(st.just("a"), st.just("b")),
        st.sampled_from(["a", "ab", "\uffff", "\U00010000"]),
    ),
)
attributes = st.dictionaries(
    st.sampled_from(["p", "q", "v", "said", "name"]), st.sampled_from(list(VALUES.values()))
)


@st.composite
def writes(draw: st.DrawFn) -> Call:
    at = draw(keys)
    method = draw(st.sampled_from(["put_item", "update_item", "update_item", "update_item", "delete_item"]))
    texts = {"ConditionExpression": draw(conditions)} if draw(st.booleans()) else {}
    returned = ["NONE", "ALL_OLD"]
    if method == "put_item":
        at = {"TableName": at["TableName"], "Item": {**draw(attributes), **at["Key"]}}
    if method == "update_item":
        texts["UpdateExpression"] = draw(updates())
        returned.append("ALL_NEW")
    arguments = used(" ".join(texts.values()), **at, **texts)
    if draw(st.booleans()):
        arguments["ReturnValues"] = draw(st.sampled_from(returned))
    return method, arguments


projections = st.lists(paths, min_size=1, max_size=3, unique=True).map(", ".join)


@st.composite
def reads(draw: st.DrawFn) -> Call:
    text = draw(st.none() | projections)
    wanted = {} if text is None else used(text, ProjectionExpression=text)
    at = draw(keys)
    if draw(st.booleans()):
        return "get_item", {**at, **wanted, "ConsistentRead": draw(st.booleans())}
    asked = {"Keys": [at["Key"]] * draw(st.sampled_from([1, 1, 1, 2])), **wanted}
    return "batch_get_item", {"RequestItems": {at["TableName"]: asked}}


QUERIES = [
    "finding_type = :a",
    "finding_type = :a AND #r = :ab",
    "finding_type = :a AND begins_with(#r, :a)",
    "(begins_with(#r, :a)) AND (finding_type = :a)",
    "finding_type = :a AND #r BETWEEN :a AND :ab",
]
FAULTY_QUERIES = [
    "#r = :a",
    "finding_type = :one",
    "finding_type = :a AND p = :a",
    "finding_type = :a AND #r = :a AND begins_with(#r, :a)",
    "begins_with(finding_type, :a)",
    "finding_type = :a AND begins_with(#r, :one)",
    "finding_type = :a AND #r BETWEEN :ab AND :a",
    "finding_type = :a AND #r BETWEEN :a AND :one",
    "finding_type BETWEEN :a AND :ab",
]


@st.composite
def queries(draw: st.DrawFn) -> Call:
    text = draw(mostly(st.sampled_from(QUERIES), st.sampled_from(FAULTY_QUERIES)))
    arguments = used(text, TableName="two", KeyConditionExpression=text)
    if draw(st.booleans()):
        arguments["Limit"] = draw(st.integers(1, 4))
    if draw(st.integers(0, 2)) == 0:
        start = {
            "finding_type": draw(mostly(st.just("a"), st.just("b"))),
            "rule": draw(st.sampled_from(["a", "ab"])),
        }
        arguments["ExclusiveStartKey"] = {name: short(each) for name, each in start.items()}
    return "query", arguments


calls = st.one_of(writes(), writes(), writes(), writes(), writes(), reads(), queries())


@settings(max_examples=60)
@given(sequence=st.lists(calls, min_size=8, max_size=20))
def test_answers_and_keeps_what_dynamodb_local_does(local: Any, sequence: list[Call]) -> None:
    both = Both(local)
    for method, arguments in sequence:
        both.do(method, **arguments)
    both.look()


CHANGES = ["SET p = q, q = p", "SET q = q + :two, p = q", "SET p = q REMOVE q", "ADD q :two SET p = q"]


@pytest.mark.parametrize("text", CHANGES)
def test_every_change_sees_the_item_as_it_was(local: Any, text: str) -> None:
    both = Both(local)
    at: dict[str, Any] = {"TableName": "one", "Key": {"finding_id": short("a")}}
    both.put_item(TableName="one", Item={**at["Key"], "p": VALUES[":one"], "q": VALUES[":two"]})
    both.update_item(**used(text, **at, UpdateExpression=text))
    both.look()


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">="])
def test_numbers_are_ordered_as_numbers(local: Any, sign: str) -> None:
    both = Both(local)
    at: dict[str, Any] = {"TableName": "one", "Key": {"finding_id": short("a")}}
    both.put_item(TableName="one", Item={**at["Key"], "p": VALUES[":ten"]})
    text = f"p {sign} :two"
    both.do("delete_item", **used(text, **at, ConditionExpression=text))
    both.look()


def test_scans_page_by_page(local: Any) -> None:
    """A last page that is full says that there may be more; a scan without a limit is one page."""
    both = Both(local)
    tables = filled(3)
    for item in tables.items("one"):
        both.put_item(TableName="one", Item=item)
    both.look()
    assert pages(tables) == [["0"], ["1"], ["2"], []]
    assert list(map(len, pages(local))) == [1, 1, 1, 0]


def filled(many: int) -> Tables:
    tables = Tables(KEYS)
    for number in range(many):
        tables.put_item(TableName="one", Item={"finding_id": short(str(number))})
    return tables


def pages(client: Any) -> list[list[str]]:
    found: list[list[str]] = []
    start: dict[str, Any] = {}
    while True:
        page = client.scan(TableName="one", Limit=1, **start)
        found.append([item["finding_id"]["S"] for item in page["Items"]])
        if "LastEvaluatedKey" not in page:
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


# --- numbers, sizes, errors ---

ONE: dict[str, Any] = {"TableName": "one", "Key": {"finding_id": short("a")}}
NUMBERS = {
    "1.0": "1",
    "1E3": "1000",
    "-0": "0",
    "0.00": "0",
    "00012.50": "12.5",
    "1e-5": "0.00001",
    "+5": "5",
    ".5": "0.5",
    "5.": "5",
    "9" * 38: "9" * 38,
    "1E125": "1" + "0" * 125,
    "1E-130": "0." + "0" * 129 + "1",
    "9" * 38 + "00": "9" * 38 + "00",
}


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_is_answered_in_one_way(text: str) -> None:
    tables = Tables(KEYS)
    tables.put_item(TableName="one", Item={**ONE["Key"], "n": {"N": text}})
    assert tables.get_item(**ONE)["Item"]["n"] == {"N": NUMBERS[text]}


@pytest.mark.parametrize(
    "text", ["1E126", "1E-131", "9" * 39, "abc", "", " 1", "1 ", "NaN", "1_0", "0x1", *NUMBERS]
)
def test_a_number_is_taken_where_dynamodb_takes_it(local: Any, text: str) -> None:
    Both(local).do("put_item", TableName="one", Item={**ONE["Key"], "n": {"N": text}})


@pytest.mark.parametrize(
    ("stored", "sign", "operand"),
    [
        ("9" * 38, "+", "1"),
        ("9" * 38, "+", "2"),
        ("9" * 38, "+", "0.1"),
        ("1E125", "+", "9E125"),
        ("1E125", "+", "1"),
        ("1E-130", "-", "1.1E-130"),
        ("0.1", "+", "0.2"),
        ("1E20", "-", "1E20"),
    ],
)
def test_a_sum_has_38_digits(local: Any, stored: str, sign: str, operand: str) -> None:
    both = Both(local)
    both.put_item(TableName="one", Item={**ONE["Key"], "n": {"N": stored}})
    values = {":n": {"N": operand}}
    update = f"SET n = n {sign} :n"
    both.do("update_item", **ONE, UpdateExpression=update, ExpressionAttributeValues=values)
    both.do("update_item", **ONE, UpdateExpression="ADD n :n", ExpressionAttributeValues=values)
    both.look()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", {"N": "12345"}),
        ("n", {"N": "-12.3"}),
        ("n", {"N": "0.012"}),
        ("n", {"N": "100200"}),
        ("n", {"N": "0"}),
        ("n", {"BOOL": True}),
        ("n", {"NULL": True}),
        ("n", {"L": [short("x"), {"N": "1"}]}),
        ("n", {"M": {"ab": short("x")}}),
        ("n", {"SS": ["abc", "é"]}),
        ("n", {"B": b"abc"}),
        ("é", short("é")),
    ],
)
def test_an_items_size_is_counted_as_dynamodb_counts_it(local: Any, name: str, value: dict[str, Any]) -> None:
    """An item that just fits, and one that is a byte longer."""
    low, high = LIMIT - 100, LIMIT
    tables, item = Tables(KEYS), {**ONE["Key"], name: value}
    while high - low > 1:
        middle = (low + high) // 2
        try:
            tables.put_item(TableName="one", Item={**item, "f": short("x" * middle)})
            low = middle
        except ClientError:
            high = middle
    both = Both(local)
    both.put_item(TableName="one", Item={**item, "f": short("x" * low)})
    both.do("put_item", TableName="one", Item={**item, "f": short("x" * high)})
    both.do(
        "update_item",
        **ONE,
        UpdateExpression="SET g = :g",
        ExpressionAttributeValues={":g": short("x")},
    )


REFUSED: list[Call] = [
    ("get_item", {**ONE, "TableName": "none"}),
    ("get_item", {"TableName": "one", "Key": {}}),
    ("get_item", {"TableName": "one", "Key": {"finding_id": {"N": "1"}}}),
    ("get_item", {"TableName": "one", "Key": {"finding_id": short("")}}),
    ("get_item", {"TableName": "one", "Key": {"finding_id": short("x" * 2049)}}),
    ("get_item", {"TableName": "one", "Key": {"other": short("a")}}),
    ("get_item", {"TableName": "two", "Key": {"finding_type": short("a")}}),
    ("get_item", {"TableName": "two", "Key": {"finding_type": short("a"), "rule": short("x" * 1025)}}),
    ("get_item", {**ONE, "ProjectionExpression": "p, p"}),
    ("get_item", {**ONE, "ProjectionExpression": "name"}),
    ("get_item", {**ONE, "ProjectionExpression": "#p"}),
    ("get_item", {**ONE, "ExpressionAttributeNames": {"#p": "p"}}),
    ("get_item", {**ONE, "ProjectionExpression": "#p", "ExpressionAttributeNames": {"#p": ""}}),
    ("put_item", {"TableName": "one", "Item": {"p": short("a")}}),
    ("put_item", {"TableName": "one", "Item": ONE["Key"], "ReturnValues": "ALL_NEW"}),
    ("put_item", {"TableName": "one", "Item": {**ONE["Key"], "": short("a")}}),
    ("put_item", {"TableName": "one", "Item": {**ONE["Key"], "p": {}}}),
    ("put_item", {"TableName": "one", "Item": {**ONE["Key"], "p": {"S": "a", "N": "1"}}}),
    ("put_item", {"TableName": "one", "Item": {**ONE["Key"], "p": {"SS": []}}}),
    ("put_item", {"TableName": "one", "Item": {**ONE["Key"], "p": {"SS": ["a", "a"]}}}),
    ("put_item", {"TableName": "one", "Item": {**ONE["Key"], "p": {"SS": [""]}}}),
    ("put_item", {"TableName": "one", "Item": {**ONE["Key"], "p": {"NULL": False}}}),
    ("put_item", {"TableName": "one", "Item": ONE["Key"], "ExpressionAttributeValues": {":a": short("a")}}),
    ("delete_item", {**ONE, "ReturnValues": "ALL_NEW"}),
    ("delete_item", {**ONE, "ConditionExpression": ""}),
    ("delete_item", {**ONE, "ConditionExpression": "attribute_exists(p)", "ExpressionAttributeValues": {}}),
    ("update_item", {**ONE, "ConditionExpression": "p = p"}),
    ("update_item", {**ONE, "ConditionExpression": "((attribute_exists(p)))"}),
    ("update_item", {**ONE, "UpdateExpression": "REMOVE p REMOVE q"}),
    ("update_item", {**ONE, "UpdateExpression": "REMOVE finding_id"}),
    ("update_item", {**ONE, "UpdateExpression": "SET p = q"}),
    ("update_item", {**ONE, "UpdateExpression": "SET p = :a"}),
    ("update_item", {**ONE, "UpdateExpression": "REMOVE p" + " " * 4089}),
    ("update_item", {**ONE, "UpdateExpression": "REMOVE p", "ExpressionAttributeValues": {"a": short("a")}}),
    ("update_item", {**ONE, "UpdateExpression": "REMOVE p", "ExpressionAttributeNames": {"#n": "n"}}),
    ("query", {"TableName": "none", **used(QUERIES[0], KeyConditionExpression=QUERIES[0])}),
    ("scan", {"TableName": "none"}),
    ("scan", {"TableName": "two", "ExclusiveStartKey": {"finding_type": short("a")}}),
    ("batch_get_item", {"RequestItems": {}}),
    ("batch_get_item", {"RequestItems": {"none": {"Keys": [ONE["Key"]]}}}),
    (
        "batch_get_item",
        {"RequestItems": {"one": {"Keys": [{"finding_id": short(str(n))} for n in range(101)]}}},
    ),
]


@pytest.mark.parametrize(("method", "arguments"), REFUSED)
def test_what_dynamodb_refuses_is_refused_alike(local: Any, method: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ClientError):
        getattr(Both(local), method)(**arguments)


def test_takes_the_longest_expression(local: Any) -> None:
    Both(local).update_item(**ONE, UpdateExpression="REMOVE p" + " " * 4088)


def test_an_empty_text_is_a_value() -> None:
    """For DynamoDB since 2020; our DynamoDB Local is older."""
    tables = Tables(KEYS)
    tables.put_item(TableName="one", Item={**ONE["Key"], "p": short("")})
    assert tables.get_item(**ONE)["Item"]["p"] == short("")


def test_an_error_is_as_botocore_raises_it() -> None:
    with pytest.raises(ClientError) as refused:
        Tables(KEYS).delete_item(**ONE, ConditionExpression="attribute_exists(finding_id)")
    assert str(refused.value) == (
        "An error occurred (ConditionalCheckFailedException) when calling the DeleteItem operation:"
        " The conditional request failed"
    )


def test_nobody_changes_what_is_kept() -> None:
    tables = Tables(KEYS)
    item: dict[str, Any] = {**ONE["Key"], "p": {"L": [{"SS": ["a"]}, {"M": {"b": short("c")}}]}}
    tables.put_item(TableName="one", Item=item)
    item["p"]["L"][1]["M"].clear()
    for answer in (tables.get_item(**ONE)["Item"], tables.items("one")[0]):
        assert answer["p"] == {"L": [{"SS": ["a"]}, {"M": {"b": short("c")}}]}
        answer["p"]["L"][0]["SS"].append("z")
        answer["p"]["L"][1]["M"].clear()


# --- the product's own ---


@pytest.fixture
def both(local: Any, monkeypatch: pytest.MonkeyPatch) -> Both:
    """Stands for the client of whoever in the product calls DynamoDB."""
    asked = Both(local)
    for module in (account_names, ledger_table, rule_tables, rule_table, watch):
        monkeypatch.setattr(module, "client", lambda service: asked)
    clocks.forget()
    for module in (account_names, ledger_table, watch):
        monkeypatch.setattr(module, "notifications_table", lambda: "one")
    return asked


def claim(minute: int) -> Claim:
    return Claim(
        finding_id="a",
        update=instant(NOW + timedelta(minutes=minute)),
        lease_over=instant(NOW - timedelta(minutes=30)),
        expires_at="1795000000",
    )


def test_an_items_attributes_are_written_removed_and_read(both: Both) -> None:
    """Each under its own name: none is a word that DynamoDB keeps for itself."""
    entry = FindingEntry(claim(0))
    assert entry.read() == FindingItem()
    texts = {name: f"1970 {name}" for name in FindingItem._fields if name != "v"}  # a time has to be past
    texts["fold"] = digests.fold(digests.digest_id("C1", NOW - timedelta(days=1)), "1")
    entry.change({**texts, **BESIDES})
    assert entry.item == entry.read() == FindingItem(v=1, **texts)
    assert both.get_item(**ONE)["Item"].keys() == {*texts, *BESIDES, "v", "expires_at", "finding_id"}
    entry.change(dict.fromkeys((*texts, *BESIDES), ""))
    assert entry.item == entry.read() == FindingItem(v=2)
    assert both.get_item(**ONE)["Item"].keys() == {"v", "expires_at", "finding_id"}
    both.look()


BESIDES: Mapping[str, str | float] = {
    "notified_severity": 8.5,
    "notified_count": 12,
    "suppressed_by": "a b",
    "suppressed_severity": 7.5,
    "folded": "{}",
}
"""What is written and not read to decide."""


def at(minute: int) -> str:
    """Write a moment before now, as the ledger writes it; of far future it would not be believed."""
    return instant(NOW + timedelta(minutes=minute))


def test_claims_and_attempts(both: Both) -> None:
    first, second = FindingEntry(claim(0)), FindingEntry(claim(5))
    first.read()
    first.change({"claimed_update": at(0), "claimed_by": "first", "place": "C1 3"})
    second.read()
    begun = Attempt(
        second, "one", {"claimed_update": at(5), "claimed_by": "second", "attempted_update": at(5)}
    )
    with pytest.raises(ConditionFailed):
        first.change({"claimed_by": "first again"})
    assert first.read().claimed_by == "second"
    begun.leave_unanswered()
    assert first.read().unanswered
    begun = Attempt(second, "two", {})
    begun.take_back({"place": ""})
    begun = Attempt(second, "three", {})
    first.read()
    first.change({"suppressed_update": at(0)})
    assert begun.record(
        {"notified_update": at(5), "notified_severity": 8.5, "notified_count": 3, "ts": "7.1"}
    )
    assert second.read() == FindingItem(
        v=8,
        claimed_update=at(5),
        claimed_by="second",
        attempted_update=at(5),
        notified_update=at(5),
        ts="7.1",
        suppressed_update=at(0),
    )
    first.read()
    Attempt(first, "four", {})
    assert not begun.record({"notified_update": at(6)})
    assert records.read(["a", "b"])["a"].claimed_by == "second"
    both.look()


def test_an_attempt_of_before_is_unanswered_and_then_forgotten(both: Both) -> None:
    both.put_item(
        TableName="one", Item={**ONE["Key"], "attempted_by": short("one"), "attempted_at": short(at(0))}
    )
    entry = FindingEntry(claim(0))
    assert entry.read() == FindingItem(unanswered=at(0))
    entry.change({"unanswered": ""})
    assert both.get_item(**ONE)["Item"].keys() == {"v", "expires_at", "finding_id"}
    both.look()


REPAIR = {
    **{f":{name}": short("5") for name in ("notified_by", "channel", "ts", "said", "attention")},
    ":notified_at": short(at(5)),
    ":awaits": short(watch.NOTHING),
    ":awaits_since": short(at(5)),
    **{f":{name}": {"N": "5"} for name in ("notified_severity", "notified_count", "expires_at")},
    ":one": {"N": "1"},
}


def test_a_repair_shows_nothing_older_and_changes_what_others_have_read(both: Both) -> None:
    written = {
        name: text for name, text in STATES["RecordNotification"].items() if name.endswith("Expression")
    }
    entry = FindingEntry(claim(0))
    Attempt(entry, "one", {"place": "C1 3"})

    def repair(minute: int) -> None:
        values = {**REPAIR, ":notified_update": short(at(minute))}
        both.update_item(**ONE, **written, ExpressionAttributeValues=values)

    repair(5)
    with pytest.raises(ConditionFailed):
        entry.change({"claimed_by": "first"})
    assert entry.read() == FindingItem(
        v=2, notified_update=at(5), notified_by="5", notified_at=at(5), channel="5", ts="5", said="5",
        attention="5", awaits=watch.NOTHING, awaits_since=at(5),
    )  # fmt: skip
    for older in (5, 4):
        with pytest.raises(ClientError, match="ConditionalCheckFailedException"):
            repair(older)
    repair(6)
    both.look()


def test_what_is_counted_and_remembered(both: Both) -> None:
    assert [resources.findings_on("i-1", each, NOW) for each in "abba"] == [1, 2, 2, 2]
    account_names.keep("1", Account(name="payments", ou_path="/prod"), NOW)
    kept = account_names.read("1", NOW)
    assert kept == account_names.kept(Account(name="payments", ou_path="/prod"), NOW)
    assert [announcements.begin("x", NOW).repeated for _ in "12"] == [False, True]
    announcements.withdraw("x")
    announcements.end("x", NOW)
    assert announcements.begin("x", NOW).announced
    both.look()


def test_all_accounts_are_listed_and_kept(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_listing, "client", lambda service: both)
    monkeypatch.setattr(account_listing, "notifications_table", lambda: "one")
    pages = {
        "": AccountPage({"1": Account(name="payments", ou_path="/prod")}, "2"),
        "2": AccountPage({"2": Account(name="sales", ou_path="/prod")}, ""),
    }
    monkeypatch.setattr(organizations, "list_accounts", pages.__getitem__)
    assert account_listing.list_on(NOW) == pages[""].accounts | pages["2"].accounts
    assert account_listing.list_on(NOW + timedelta(hours=23)) == {}
    kept = account_names.read("2", NOW)
    assert kept == account_names.kept(Account(name="sales", ou_path="/prod"), NOW)
    both.look()


def test_a_count_has_a_bound(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "MOST", 3)
    days = ((each, NOW + timedelta(days=day)) for day in (0, 1, 9) for each in "abca")
    counts = [resources.findings_on("i-1", each, day) for each, day in days]
    assert counts == [1, 2, 3, 3, 3, 3, 3, 3, 1, 2, 3, 3]
    both.look()


def test_places_in_a_channels_queue(both: Both) -> None:
    for now in (1000, 1000, 1500, 90_000, 90_001):
        for band in (REST, CRITICAL, LATE, REST):
            place, _ = clocks.take("C1", band, 1000, now)
        clocks.give_back(place, 1000, now)
        clocks.pass_gate("C1", 900, now)
        clocks.close("C1", 3, now)
        clocks.close("C1", 1, now + 500)
    clocks.close("C2", 1, 1000)
    clocks.is_also("C1", "C3")
    assert clocks.clock("C1").end2 > 90_000
    both.look()


def test_rules_written_and_read(both: Both) -> None:
    old = {"finding_type": "a", "rule": "b", "reason": "tests", "severity": 4, "gone": ["x"]}
    new = {**old, "reason": "more tests", "name": {"is": True}}
    del new["gone"]
    assert rule_table.put("two", old)
    assert not rule_table.put("two", new)
    assert rule_table.replace("two", new, old)
    assert not rule_table.replace("two", new, old)
    assert list(rule_tables.items("two", ["a", "b"])) == list(rule_tables.every_item("two")) == [new]
    both.look()


OPENED = watch.Watch("2026-11-20T11:00:00.000Z", "2026-11-20T11:00:05.000Z", 900, 9.0, "T", "1", "a", "r")


def claimed(finding: str) -> FindingEntry:
    return FindingEntry(Claim(finding_id=finding, update="", lease_over="", expires_at="1"))


def test_what_awaits_an_answer(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "client", lambda service: both)
    monkeypatch.setattr(watch, "notifications_table", lambda: "one")
    for number, finding in enumerate("cab"):
        entry = claimed(finding)
        entry.change(watch.changes(OPENED.with_(posted_at=f"2026-11-20T11:00:0{number}.000Z")))
    answered = OPENED.with_(answer=watch.Answer.HANDLED, answered_at="2026-11-20T11:30:00.000Z")
    (entry := claimed("a")).read()
    entry.change(watch.changes(answered))
    (entry := claimed("d")).change({"attention": "", "awaits": watch.NOTHING})
    assert [each.finding_id for each in watch.awaited(watch.ANSWER)] == ["c", "b"]
    assert [each.finding_id for each in watch.awaited(watch.ANSWER, since="2026-11-20T11:00:01")] == ["b"]
    assert [each.finding_id for each in watch.awaited(watch.ANSWER, until="2026-11-20T11:00:01")] == ["c"]
    assert list(watch.awaited(watch.WITHDRAWAL)) == [watch.Awaited("a", answered.answered_at)]
    assert list(watch.awaited(watch.NOTHING)) == []
    both.delete_item(TableName="one", Key={"finding_id": {"S": "c"}})
    assert [each.finding_id for each in watch.awaited(watch.ANSWER)] == ["b"]
    for written in ({"awaits": {"S": ""}}, {"awaits_since": {"N": "1"}}):
        both.do("put_item", TableName="one", Item={"finding_id": {"S": "e"}, **written})
    both.look()


def test_an_index_is_later_than_its_table() -> None:
    now = [0.0]
    lags = iter((2.0, 0.5, 0.0))
    index = Index(AWAITED, lambda: now[0], lambda: next(lags))
    tables = Tables(KEYS, {"one": {"i": index}})
    for number, moment in enumerate((0.0, 1.0, 5.0)):
        now[0] = moment
        item = {"finding_id": f"{number}", "awaits": "a", "awaits_since": f"{moment}"}
        tables.put_item(TableName="one", Item={name: {"S": value} for name, value in item.items()})

    def listed(at: float) -> list[str]:
        now[0] = at
        asked = {"KeyConditionExpression": "awaits = :a", "ExpressionAttributeValues": {":a": {"S": "a"}}}
        found = tables.query(TableName="one", IndexName="i", **asked)
        return [item["finding_id"]["S"] for item in found["Items"]]

    assert [listed(at) for at in (0.0, 1.9, 2.0, 5.0)] == [[], [], ["0", "1"], ["0", "1", "2"]]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"IndexName": "none"}, "ValidationException"),
        ({"IndexName": "i", "ConsistentRead": True}, "ValidationException"),
    ],
)
def test_what_an_index_refuses(more: dict[str, Any], code: str) -> None:
    tables = Tables(KEYS, {"one": {"i": Index(AWAITED)}})
    asked = {"KeyConditionExpression": "awaits = :a", "ExpressionAttributeValues": {":a": {"S": "a"}}}
    with pytest.raises(ClientError, match=code):
        tables.query(TableName="one", **asked, **more)


STATES = {
    name: state["Parameters"]
    for name, state in definition.read(definition.written())["States"].items()
    if state.get("Resource", "").endswith("dynamodb:updateItem")
}


@pytest.mark.parametrize("name", STATES)
@settings(max_examples=6)
@given(data=st.data())
def test_what_the_state_machine_writes(local: Any, name: str, data: st.DataObject) -> None:
    both, state = Both(local), STATES[name]
    table = "one" if "finding_id" in state["Key"] else "two"
    key = {attribute: short("a") for attribute in KEYS[table]}
    texts = {each: state[each] for each in state if each.endswith("Expression")}
    asked = sorted(set(re.findall(r":\w+", " ".join(texts.values()))))
    if table == "two" and data.draw(st.booleans()):
        both.put_item(TableName=table, Item=key)
    for _ in range(5):
        values = {
            each: data.draw(of_type(state.get("ExpressionAttributeValues", {}).get(each))) for each in asked
        }
        both.do(
            "update_item",
            TableName=table,
            Key=key,
            **texts,
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
        )
    both.look()


def of_type(template: dict[str, str] | None) -> st.SearchStrategy[dict[str, Any]]:
    """Values of the type that the state machine gives; texts where the function gives them."""
    kind = "S" if template is None else next(iter(template)).removesuffix(".$")
    return st.sampled_from([{kind: text} for text in "123"])


# --- what it does not know ---

UPDATE = {**ONE, "UpdateExpression": "SET p = :a", "ExpressionAttributeValues": {":a": short("a")}}
UNKNOWN: list[tuple[str, dict[str, Any], str]] = [
    ("get_item", {**ONE, "AttributesToGet": ["p"]}, "AttributesToGet"),
    ("get_item", {"TableName": "one"}, "Key"),
    ("get_item", {**ONE, "ProjectionExpression": "p.q"}, ".q"),
    ("get_item", {**ONE, "ProjectionExpression": "p[0]"}, "[0]"),
    ("put_item", {"TableName": "one", "Item": {**ONE["Key"], "p": {"NS": ["1"]}}}, "type NS"),
    ("put_item", {"TableName": "one", "Item": {**ONE["Key"], "p": {"BS": [b"1"]}}}, "type BS"),
    ("put_item", {"TableName": "one", "Item": {**ONE["Key"], "p": {"N": 1}}}, "N of int"),
    ("put_item", {"TableName": "one", "Item": {**ONE["Key"], "p": {"N": "\u0661"}}}, "number"),
    ("put_item", {"TableName": "one", "Item": {**ONE["Key"], "p": "a"}}, "value 'a'"),
    ("put_item", {"TableName": "one", "Item": {**ONE["Key"], "p": {"B": bytearray(b"a")}}}, "B of bytearray"),
    ("put_item", {"TableName": "one", "Item": {**ONE["Key"], "p": {"S": "\ud800"}}}, "text"),
    ("update_item", {**UPDATE, "ReturnValues": "UPDATED_NEW"}, "UPDATED_NEW"),
    ("update_item", {**UPDATE, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}, "OnConditionCheckFailure"),
    ("update_item", {**UPDATE, "ConditionExpression": "size(p) = :a"}, "function size"),
    ("update_item", {**UPDATE, "ConditionExpression": "attribute_type(p, :a)"}, "function attribute_type"),
    ("update_item", {**UPDATE, "ConditionExpression": "p IN (:a)"}, "'IN'"),
    ("update_item", {**UPDATE, "ConditionExpression": "p = :a AND"}, "the end"),
    ("update_item", {**UPDATE, "ConditionExpression": "(p) = :a"}, "')'"),
    ("update_item", {**UPDATE, "ConditionExpression": "p = size(q)"}, "function size"),
    ("update_item", {**UPDATE, "UpdateExpression": "SET p.q = :a"}, ".q"),
    ("update_item", {**UPDATE, "UpdateExpression": "SET p = list_append(p, :a)"}, "function list_append"),
    ("update_item", {**UPDATE, "UpdateExpression": "SET p = :a + :a + :a"}, "'+'"),
    ("update_item", {**UPDATE, "UpdateExpression": "SET p = :a,"}, "the end"),
    ("update_item", {**UPDATE, "UpdateExpression": "PUT p = :a"}, "'PUT'"),
    ("update_item", {**UPDATE, "UpdateExpression": None}, "None"),
    ("query", used("#r > :a", TableName="two", KeyConditionExpression="#r > :a"), "'>'"),
    (
        "query",
        {**used(QUERIES[0], TableName="two", KeyConditionExpression=QUERIES[0]), "Limit": 0},
        "Limit 0",
    ),
    ("scan", {"TableName": "two", "FilterExpression": "p = :a"}, "FilterExpression"),
    ("batch_get_item", {"RequestItems": {"one": {"Keys": []}}}, "Keys"),
    ("batch_get_item", {"RequestItems": {}, "ReturnConsumedCapacity": "TOTAL"}, "ReturnConsumedCapacity"),
]


@pytest.mark.parametrize(("method", "arguments", "named"), UNKNOWN)
def test_what_it_does_not_know_is_named(method: str, arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(Unsupported, match=re.escape(named)):
        getattr(Tables(KEYS), method)(**arguments)
