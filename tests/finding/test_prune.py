"""A large event travels shortened: what matters first, in its order, and every cut is named."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies

from chalicelib.errors import InvalidFinding
from chalicelib.finding.event import parse
from chalicelib.finding.prune import LIMIT, prune
from chalicelib.ledger.claim import claim
from tests.generate import Json, envelope, example, example_names, mangled, random_event

NOW = datetime(2026, 11, 26, tzinfo=UTC)

ENTRIES = 20_000
"""Bytes that ``left_out`` never passes."""


def size(value: Json) -> int:
    return len(json.dumps(value))


def with_service(**service: Any) -> Json:
    made = example("example")
    made["detail"]["service"] |= service
    return made


def with_detail(**detail: Any) -> Json:
    made = example("example")
    made["detail"] |= detail
    return made


def kept_of(event: Json) -> dict[str, tuple[int, int]]:
    return {each["path"]: (each["kept"], each["of"]) for each in event.get("left_out", [])}


# --- small ---


@pytest.mark.parametrize("name", example_names())
def test_a_small_event_is_as_it_was(name: str) -> None:
    event = example(name)
    assert json.dumps(prune(event)) == json.dumps(event)


def of_size(number: int) -> Json:
    made = with_detail(note="")
    made["detail"]["note"] = "x" * (number - size(made["detail"]))
    return made


@pytest.mark.parametrize(
    ("number", "cut"),
    [pytest.param(LIMIT, False, id="at-the-limit"), pytest.param(LIMIT + 1, True, id="above")],
)
def test_the_limit(number: int, cut: bool) -> None:
    event = of_size(number)
    assert (prune(event) != event) is cut


# --- what is kept ---

PROBES: list[Json] = [
    {
        "localPortDetails": {"port": number, "portName": "Unknown"},
        "remoteIpDetails": {"ipAddressV4": f"198.51.{number // 250}.{number % 250}", "note": "n" * 300},
    }
    for number in range(1000)
]
BUCKETS: list[Json] = [
    {
        "name": f"bucket-{number}",
        "arn": f"arn:aws:s3:::bucket-{number}",
        "owner": {"id": "o" * 64},
        "note": "n" * 500,
    }
    for number in range(800)
]
RESOURCES: list[Json] = [
    {
        "uid": f"arn:aws:ec2:eu-west-{number % 3 + 1}:{100000000000 + number}:instance/i-{number}",
        "accountId": f"{100000000000 + number}",
        "region": f"eu-west-{number % 3 + 1}",
        "name": "n" * 400,
    }
    for number in range(500)
]
TEXTS = [f"{number} {'x' * 200}" for number in range(2000)]


def texts(value: Json) -> Iterator[str]:
    if isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from texts(member)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize(
    ("service", "kept"),
    [
        pytest.param(
            {"action": {"portProbeAction": {"portProbeDetails": PROBES}}},
            {each["remoteIpDetails"]["ipAddressV4"] for each in PROBES},
            id="addresses",
        ),
        pytest.param({"buckets": BUCKETS}, {each["arn"] for each in BUCKETS}, id="arns"),
        pytest.param(
            {"noise": TEXTS, "resources": RESOURCES},
            {str(each[name]) for each in RESOURCES for name in ("uid", "accountId", "region")},
            id="behind-a-long-list",
        ),
        pytest.param(
            {"text": "x" * 90_000, "many": {f"key{n}": "y" * 500 for n in range(1000)}, "deep": [[BUCKETS]]},
            {each["arn"] for each in BUCKETS},
            id="behind-texts-and-maps",
        ),
    ],
)
def test_accounts_regions_arns_and_addresses_are_kept(service: Json, kept: set[str]) -> None:
    pruned = prune(with_service(**service))
    assert size(pruned["detail"]) <= LIMIT
    assert kept <= set(texts(pruned["detail"]))


def test_accounts_and_regions_come_before_arns_and_addresses() -> None:
    """Where not even these have room."""
    arns = [f"arn:aws:s3:::{number}{'b' * 500}" for number in range(1000)]
    accounts = [f"{200000000000 + number}" for number in range(1000)]
    pruned = prune(with_service(resources=arns, accounts=accounts))
    assert set(accounts) <= set(texts(pruned["detail"]))
    assert pruned["detail"]["service"]["resources"] == arns[: len(pruned["detail"]["service"]["resources"])]


def test_a_list_keeps_its_head_and_its_order() -> None:
    pruned = prune(with_service(noise=TEXTS))
    noise = pruned["detail"]["service"]["noise"]
    assert 300 < len(noise) < len(TEXTS)
    assert noise == TEXTS[: len(noise)]
    assert kept_of(pruned) == {"detail.service.noise": (len(noise), len(TEXTS))}
    assert size(pruned["detail"]) > LIMIT - 2000, "the room is used"


def test_two_lists_share_the_room() -> None:
    pruned = prune(with_service(one=TEXTS, two=TEXTS))
    one, two = pruned["detail"]["service"]["one"], pruned["detail"]["service"]["two"]
    assert abs(len(one) - len(two)) <= 1


def test_what_is_no_list_is_kept_before_lists() -> None:
    event = with_service(noise=TEXTS)
    pruned = prune(event)
    del event["detail"]["service"]["noise"], pruned["detail"]["service"]["noise"]
    assert pruned["detail"] == event["detail"]


def test_items_are_kept_whole_but_for_what_matters_most() -> None:
    pruned = prune(with_service(buckets=BUCKETS))
    buckets = pruned["detail"]["service"]["buckets"]
    whole = [each for each in buckets if each in BUCKETS]
    assert {tuple(each) for each in buckets if each not in BUCKETS} == {("arn",)}
    assert buckets[: len(whole)] == whole == BUCKETS[: len(whole)] != []
    assert kept_of(pruned) == {"detail.service.buckets": (len(whole), len(BUCKETS))}


def test_a_list_in_a_list_goes_with_what_holds_it() -> None:
    signals = [{"name": f"s{n}", "note": "x" * 900, "indicators": [{"key": "y" * 9}] * 3} for n in range(300)]
    pruned = prune(with_service(signals=signals))
    kept = pruned["detail"]["service"]["signals"]
    assert all("name" in each for each in kept)
    assert set(kept_of(pruned)) == {
        "detail.service.signals",
        "detail.service.signals.indicators",
    }


def test_a_long_text_is_cut_and_the_rest_is_as_it_was() -> None:
    event = with_service(additionalInfo={"value": "A" * 300_000, "type": "default"})
    pruned = prune(event)
    info = pruned["detail"]["service"].pop("additionalInfo")
    assert info["type"] == "default"
    assert 1000 < len(info["value"]) < 3000
    assert kept_of(pruned) == {"detail.service.additionalInfo.value": (len(info["value"]), 300_000)}
    del event["detail"]["service"]["additionalInfo"]
    assert pruned["detail"] == event["detail"]


@pytest.mark.parametrize("text", ["名", "🔥", "\ud83d", "\\", '"', "\x00"])
def test_the_bytes_count_however_they_are_written(text: str) -> None:
    pruned = prune(with_detail(title=text * 100_000, other=[text * 3000] * 100))
    assert size(pruned["detail"]) <= LIMIT
    assert pruned["detail"]["title"].startswith(text)


def test_a_map_of_many_members_is_cut_like_a_list() -> None:
    members = {f"k{number}": "x" * 100 for number in range(5000)}
    pruned = prune(with_service(unknown=members))
    kept = pruned["detail"]["service"]["unknown"]
    assert list(kept) == list(members)[: len(kept)]
    assert kept_of(pruned)["detail.service.unknown"][0] < 5000


def test_a_number_that_equals_nothing_is_no_cut() -> None:
    pruned = prune(with_service(noise=TEXTS, odd=float("nan")))
    assert set(kept_of(pruned)) == {"detail.service.noise"}


# --- the envelope ---


def test_the_envelope_is_bounded_too() -> None:
    event = example("example") | {"resources": ["x" * 100] * 1000, "more": "y" * 100_000, "time": "z" * 9000}
    pruned = prune(event)
    beside = {name: pruned[name] for name in pruned if name not in ("detail", "left_out")}
    assert size(beside) < 10_000
    assert (pruned["account"], pruned["region"], pruned["detail"]) == (
        event["account"], event["region"], event["detail"],
    )  # fmt: skip
    assert "event" in kept_of(pruned)


def test_cuts_beyond_number_are_named_by_what_holds_them() -> None:
    many = {f"list{number}": ["x" * 900] * 9 for number in range(95)}
    pruned = prune(with_service(unknown=many, other=TEXTS))
    named = kept_of(pruned)
    assert len(named) <= 50
    assert named["detail.service.unknown"][1] == 95 * 9


@pytest.mark.parametrize(
    "said",
    [None, 7, "x", [7, {}, {"path": "x"}], [{"path": 7, "kept": 1, "of": 2}], [{"path": "", "kept": True, "of": 2}]],
)  # fmt: skip
def test_what_names_no_cut_is_left_away(said: Json) -> None:
    assert "left_out" not in prune(example("example") | {"left_out": said})


def test_what_was_cut_before_stays_named() -> None:
    before = [{"path": "detail.service.one", "kept": 1, "of": 2}]
    pruned = prune(with_service(noise=TEXTS) | {"left_out": before})
    assert list(kept_of(pruned)) == ["detail.service.one", "detail.service.noise"]


# --- whatever it is ---


def inflated(event: Json, random: Random) -> Json:
    """Make an event large where it pleases chance."""
    made = deepcopy(event)
    for _ in range(random.randint(1, 5) if isinstance(event.get("detail"), dict) else 0):
        node = made["detail"]
        while random.random() < 0.7 and isinstance(node, dict) and node:
            node = random.choice(list(node.values()))
        bulk = random.choice(
            [
                "x" * random.randint(1, 200_000),
                [random.choice(("名前", "198.51.100.7", 7, None))] * random.randint(0, 30_000),
                [{"a": [{"b": "c" * random.randint(0, 50)}] * 20, "arn": f"arn:aws:s3:::{n}"} for n in range(300)],
                {f"{'k' * random.randint(1, 300)}{n}": ["y" * 50, {}] for n in range(random.randint(0, 900))},
            ]
        )  # fmt: skip
        if isinstance(node, list):
            node.append(bulk)
        elif isinstance(node, dict):
            node[random.choice(["new", "k" * 40_000, "a.b", *list(node)])] = bulk
    return made


def is_json(event: Json) -> bool:
    """Whether Lambda could pass it on: Python neither reads nor writes integers of thousands of digits."""
    try:
        return bool(json.dumps(event))
    except ValueError:
        return False


def flat(value: Json, path: str = "detail") -> Iterator[tuple[str, str]]:
    """Every value that holds no other, under its path without places in lists."""
    if value and isinstance(value, dict):
        for name, member in value.items():
            yield from flat(member, f"{path}.{name}")
    elif value and isinstance(value, list):
        for item in value:
            yield from flat(item, path)
    else:
        yield path, json.dumps(value)


def is_named(path: str, named: list[str]) -> bool:
    return "event" in named or any(path == one or path.startswith(f"{one}.") for one in named)


@given(strategies.integers(0, 2**32))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_comes_is_within_the_limit_and_still_the_finding(seed: int) -> None:
    random = Random(seed)
    event = inflated(mangled(random_event(random), random, 2), random)
    assume(is_json(event))
    try:
        before = parse(event)
    except InvalidFinding:
        event = inflated(random_event(random), random)
        event["detail"] |= {
            "id": f"{seed}",
            "type": "A:B/C",
            "severity": 5,
            "accountId": "1",
            "region": "r-1",
        }
        before = parse(event)
    pruned = prune(event)
    assert size(pruned["detail"]) <= LIMIT
    assert size(pruned.get("left_out")) <= ENTRIES
    assert prune(pruned) == pruned
    assert_same_finding(before, parse(pruned))
    named = list(kept_of(pruned))
    there = set(flat(pruned["detail"]))
    assert [one[0] for one in flat(event["detail"]) if one not in there and not is_named(one[0], named)] == []
    assert all(kept < of for kept, of in kept_of(pruned).values())
    assert bool(named) is (pruned["detail"] != event["detail"])


def assert_same_finding(before: Any, after: Any) -> None:
    if max(map(len, (before.id, before.type, before.account_id, before.region))) < 100:
        for name in (
            "id",
            "type",
            "severity",
            "account_id",
            "region",
            "updated_at",
            "last_seen",
            "created_at",
        ):
            assert getattr(after, name) == getattr(before, name), name
        assert claim(after, NOW) == claim(before, NOW)


def test_a_list_of_giants_has_their_beginnings() -> None:
    least = {"id": "1", "type": "t", "severity": 1, "accountId": "1", "region": "r", "z": ["q" * 2**20] * 3}
    pruned = prune(envelope(least))
    assert [set(each) for each in pruned["detail"]["z"]] == [{"q"}] * 3
    assert kept_of(pruned) == {"detail.z": (0, 3)}
