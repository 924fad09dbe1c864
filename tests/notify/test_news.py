"""What a recurrence says that is news, and what of it is remembered."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.model import Finding, Resource
from chalicelib.notify import news
from chalicelib.notify.news import Said
from tests.machine import event

SEEN = datetime(2026, 11, 20, 9, 41, 36, tzinfo=UTC)
FINDING = replace(parse(event()), severity=8.0, count=12, last_seen=SEEN, actor_ips=("198.51.100.23",))
SAID = news.say(FINDING, None, aloud=True)


def keys(finding: Finding, said: Said = SAID) -> list[str]:
    return [note.key for note in news.find(finding, said)]


def with_resources(*ids: str) -> Finding:
    return replace(FINDING, resources=tuple(Resource("ec2_instance", (one,)) for one in ids))


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        pytest.param(FINDING, [], id="the-same-again"),
        pytest.param(replace(FINDING, count=119), [], id="count-not-yet-tenfold"),
        pytest.param(replace(FINDING, count=120), ["count_grew"], id="count-tenfold"),
        pytest.param(replace(FINDING, severity=8.1), ["severity_rose"], id="severity-rises"),
        pytest.param(replace(FINDING, severity=7.9), [], id="severity-falls"),
        pytest.param(
            replace(FINDING, actor_ips=("198.51.100.23", "203.0.113.1")), ["new_address"], id="new-address"
        ),
        pytest.param(replace(FINDING, actor_ips=()), [], id="an-address-less"),
        pytest.param(with_resources("i-0fedcba9876543210"), ["new_resource"], id="new-resource"),
        pytest.param(replace(FINDING, last_seen=SEEN + timedelta(hours=24)), [], id="back-after-24-hours"),
        pytest.param(
            replace(FINDING, last_seen=SEEN + timedelta(hours=24, seconds=1)),
            ["back_after"],
            id="and-a-second",
        ),
        pytest.param(
            replace(FINDING, severity=9.0, count=500), ["severity_rose", "count_grew"], id="two-at-once"
        ),
        pytest.param(replace(FINDING, last_seen=None, updated_at=None), [], id="nobody-says-when"),
    ],
)
def test_what_is_news(finding: Finding, expected: list[str]) -> None:
    assert keys(finding) == expected


def test_what_was_said_aloud_is_no_news_any_more() -> None:
    grown = replace(FINDING, count=500, severity=8.5, actor_ips=("203.0.113.1",))
    assert keys(grown, news.say(grown, SAID, aloud=True)) == []


def test_what_was_shown_silently_stays_news() -> None:
    creeping = replace(FINDING, count=60)
    assert keys(replace(FINDING, count=120), news.say(creeping, SAID, aloud=False)) == ["count_grew"]


def test_a_silent_post_lets_the_time_move_on() -> None:
    later = replace(FINDING, last_seen=SEEN + timedelta(hours=20))
    again = replace(FINDING, last_seen=SEEN + timedelta(hours=40))
    assert keys(again, news.say(later, SAID, aloud=False)) == []


def test_an_address_that_left_and_came_back_is_no_news() -> None:
    other = replace(FINDING, actor_ips=("203.0.113.1",))
    assert keys(FINDING, news.say(other, SAID, aloud=True)) == []


def addresses(first: int, number: int) -> tuple[str, ...]:
    return tuple(f"10.0.{n // 256}.{n % 256}" for n in range(first, first + number))


def probed_by(*actor_ips: str) -> Finding:
    return replace(FINDING, actor_ips=actor_ips)


@pytest.mark.parametrize("known", [1, 99, 100, 101, 250, 4000])
def test_a_new_address_is_news_once_however_many_are_known(known: int) -> None:
    many = probed_by(*addresses(0, known))
    said = news.say(many, None, aloud=True)
    assert keys(many, said) == []
    one_more = probed_by(*addresses(0, known), "203.0.113.1")
    [note] = news.find(one_more, said)
    assert (note.key, note.values) == ("new_address", {"address": "203.0.113.1"})
    assert keys(one_more, news.say(one_more, said, aloud=True)) == []


@pytest.mark.parametrize("known", [99, 100, 250])
def test_a_new_resource_is_news_once_however_many_are_known(known: int) -> None:
    ids = [f"i-{number:017x}" for number in range(known + 1)]
    said = news.say(with_resources(*ids[:-1]), None, aloud=True)
    assert keys(with_resources(*ids[:-1]), said) == []
    assert keys(with_resources(*ids), said) == ["new_resource"]
    assert keys(with_resources(*ids), news.say(with_resources(*ids), said, aloud=True)) == []


def test_what_was_said_stays_small_and_what_came_last_is_known() -> None:
    said = news.say(probed_by(*addresses(0, 4000)), None, aloud=True)
    for first in range(4000, 40_000, 4000):
        said = news.say(probed_by(*addresses(first, 4000)), said, aloud=True)
        assert keys(probed_by(*addresses(first, 4000)), said) == []
    assert len(news.write(said)) < 30_000


def test_what_an_older_version_has_written_of_a_hundred_is_read_and_the_others_are_news_once() -> None:
    older = {"severity": 8.0, "count": 12, "seen": SAID.seen, "addresses": addresses(0, 100)}
    said = news.read(json.dumps(older | {"resources": SAID.resources, "repeated": False}))
    assert said is not None
    assert keys(probed_by(*addresses(0, 100)), said) == []
    many = probed_by(*addresses(0, 150))
    assert keys(many, said) == ["new_address"]
    assert keys(many, news.say(many, said, aloud=True)) == []


def test_five_new_ones_are_named() -> None:
    many = replace(FINDING, actor_ips=tuple(f"203.0.113.{n}" for n in range(9)))
    [note] = news.find(many, SAID)
    assert str(note.values["address"]).count(",") == 4


@pytest.mark.parametrize("said", [SAID, news.say(probed_by(*addresses(0, 250)), None, aloud=True)])
def test_what_was_said_is_read_as_it_was_written(said: Said) -> None:
    assert news.read(news.write(said)) == said


@pytest.mark.parametrize(
    "text", ["", "no json", "[]", "null", "7", "{}", '{"severity": "x"}', '{"severity": 8, "count": null}']
)
def test_what_can_not_be_read_is_as_if_nothing_was_said(text: str) -> None:
    assert news.read(text) is None
