"""A check asks a small multiple of as many questions as there are rules and ids together: nobody can make it slow."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.model import Account, Finding
from chalicelib.rules import comparing, suppressions, table
from tests.rules.common import HERE, NOW, an_item

RULES, OBJECTS = 100, 14_000


@pytest.fixture(scope="module")
def large() -> Finding:
    """A finding on as many objects as fit into an event."""
    objects = [{"key": f"k{number}"} for number in range(OBJECTS)]
    buckets = [{"name": "b", "arn": "arn:aws:s3:::b", "s3ObjectDetails": objects}]
    detail = {
        "id": "f1",
        "type": "Recon:EC2/Portscan",
        "severity": 5,
        "accountId": HERE,
        "region": "eu-west-1",
    }
    return parse({"detail": {**detail, "resource": {"s3BucketDetails": buckets}}})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that were asked about, one for each question."""
    names: list[str] = []

    def counting(wanted: tuple[str, ...]) -> Callable[[str], bool]:
        question = comparing.by_patterns(wanted)

        def ask(name: str) -> bool:
            names.append(name)
            return question(name)

        return ask

    rows = {name: row._replace(question=counting) for name, row in table.CONDITIONS.items()}
    monkeypatch.setattr("chalicelib.rules.conditions.CONDITIONS", rows)
    return names


def check(finding: Finding, **given: Any) -> bool:
    """Check as many rules, ``{}`` in their values being their number."""
    rules = [
        an_item(rule=str(number), **{name: value.format(number) for name, value in given.items()})
        for number in range(RULES)
    ]
    return suppressions.check(finding, Account(), rules, NOW).suppressed


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"resource_id": "arn:aws:s3:::*prod{}*"}, id="none-matches"),
        pytest.param({"resource_id": "arn:aws:s3:::b/k{}"}, id="one-object-of-many"),
        pytest.param({"resource_id": "arn:aws:s3:::b/*", "account_id": "4444555566{:02}"}, id="all-but-the-account"),
        pytest.param({"bucket": "b", "object_key": "k*", "region": "us-east-{}"}, id="all-but-the-region"),
        pytest.param({"resource_id": "arn:aws:s3:::b", "principal": "p{}"}, id="the-bucket-of-all"),
    ],
)  # fmt: skip
def test_rules_that_do_not_hold_ask_little(large: Finding, asked: list[str], given: dict[str, str]) -> None:
    assert not check(large, **given)
    assert len(asked) <= 4 * (RULES + OBJECTS)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"resource_id": "arn:aws:s3:::b/*"}, id="each-object"),
        pytest.param({"resource_id": "arn:aws:s3:::b"}, id="the-bucket"),
        pytest.param({"bucket": "b", "account_id": HERE}, id="beside-another"),
    ],
)
def test_rules_that_hold_ask_about_each_thing_once(
    large: Finding, asked: list[str], given: dict[str, str]
) -> None:
    assert check(large, **given)
    assert len(asked) <= 4 * (RULES + OBJECTS)


def test_what_several_rules_want_alike_is_asked_once(large: Finding, asked: list[str]) -> None:
    """All objects match each rule's pattern, and the last one no rule's."""
    things = large.members["resource_id"]
    members = large.members | {"resource_id": (*things, ("arn:aws:s3:::other",))}  # type: ignore[operator]
    assert not check(replace(large, members=members), resource_id="arn:aws:s3:::b/*")
    assert len(asked) <= 4 * (RULES + OBJECTS)
