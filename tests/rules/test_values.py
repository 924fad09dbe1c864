"""The values of a condition: what may stand there, how it is read, and where else it belongs."""

import pytest

from chalicelib.rules import suppressions
from chalicelib.rules.faults import RuleFault
from tests.rules.common import HERE, an_item

ROLE = f"arn:aws:iam::{HERE}:role"
BOUNDS = {"max_severity": 6.9, "expires_at": "2199-12-31"}


def read(condition: str, value: object) -> tuple[str, ...] | str:
    """Read one condition: its values, or the fault's key."""
    reading = suppressions.read(an_item(**{condition: value}, **BOUNDS))
    return reading.key if isinstance(reading, RuleFault) else reading.conditions.wanted[condition]


@pytest.mark.parametrize(
    "value",
    [
        *(
            "i-0a1b",
            "i-*",
            "i-0a?b",
            "eni-0a",
            "vol-0a",
            "snap-0a",
            "ami-0a",
            "db-EXAMPLE01",
            "shardgroup-0a1b",
        ),
        *("AKIAIOSFODNN7EXAMPLE", "ASIAEXAMPLE", "AROACKCEVSQ6C2EXAMPLE", "AIDA*", HERE),
        *("0123456789abcdef0123456789abcdef", "1eb3b5e7-9eb0-435a-a80b-108b488b0d45"),
        *("arn:aws:s3:::invoices", "arn:aws:s3:::data-*", f"arn:aws:eks:eu-west-1:{HERE}:cluster/prod"),
        f"arn:aws:lambda:eu-west-1:{HERE}:function:resize",
    ],
)
def test_an_arn_or_an_id_that_aws_made_is_a_resource_id(value: str) -> None:
    assert read("resource_id", value) == (value,)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        pytest.param("example-invoices", "free_name", id="bucket"),
        pytest.param("web-*", "free_name", id="pattern-of-names"),
        pytest.param("*invoices*", "free_name", id="part-of-a-name"),
        pytest.param("[!i]*", "free_name", id="exclusion"),
        pytest.param("db-orders", "free_name", id="name-like-an-id"),
        pytest.param("payments/api", "free_workload", id="workload"),
        pytest.param("example.com/api:1.2", "free_image", id="image"),
        pytest.param("api@sha256:0a/b", "free_image", id="digest"),
        pytest.param(f"arn:aws:sts::{HERE}:assumed-role/Deploy/i-0a", "session_arn", id="session"),
        pytest.param(f"arn:aws:lambda:eu-west-1:{HERE}:function:resize:7", "qualified", id="version"),
        pytest.param(["i-0a", "example-invoices"], "free_name", id="one-of-a-list"),
    ],
)
def test_a_name_is_no_resource_id(value: object, fault: str) -> None:
    assert read("resource_id", value) == fault


@pytest.mark.parametrize(
    ("condition", "value", "found"),
    [
        pytest.param("principal", "alice", ("alice",), id="name"),
        pytest.param("principal", "ASIA-admins", ("ASIA-admins",), id="a-name-like-an-id"),
        pytest.param("principal", f"{ROLE}/team/Deploy", (f"{ROLE}/Deploy",), id="arn-without-its-path"),
        pytest.param("principal", f"{ROLE}/*", (f"{ROLE}/*",), id="every-role-of-an-account"),
        pytest.param("principal", f"{ROLE}/team/*", "path", id="every-role-of-a-path-can-not-be-known"),
        pytest.param("principal", "AKIAIOSFODNN7EXAMPLE", "id_as_principal", id="access-key"),
        pytest.param("principal", "AROA*", "id_as_principal", id="ids-by-pattern"),
        pytest.param("account_id", "1111-2222-3333", (HERE,), id="account-with-hyphens"),
        pytest.param("account_id", "[0-9]*", ("[0-9]*",), id="hyphens-of-a-pattern-stay"),
        pytest.param("asn", ["AS64500", 64501, "64502"], ("64500", "64501", "64502"), id="as-numbers"),
        pytest.param("asn", "645*", "asn", id="no-pattern-of-as-numbers"),
        pytest.param("asn", 0, "asn", id="no-as-number"),
        pytest.param("local_port", {22, 3389}, ("22", "3389"), id="ports"),
        pytest.param("local_port", 65536, "port", id="no-port"),
        pytest.param("local_port", "22-25", "port", id="no-range-of-ports"),
        pytest.param("process_hash", "AB" * 32, ("ab" * 32,), id="hash"),
        pytest.param("object_key", "2026/*", "beside", id="object-without-its-bucket"),
        pytest.param("session_name", "jane", "beside", id="session-without-its-principal"),
    ],
)
def test_how_values_are_read(condition: str, value: object, found: tuple[str, ...] | str) -> None:
    assert read(condition, value) == found


@pytest.mark.parametrize(
    ("attribute", "near"),
    [
        ("instance_id", "resource_id"),
        ("Instance-Id", "resource_id"),
        ("ip", "actor_ip"),
        ("until", "expires_at"),
        ("role", "principal"),
        ("pod", "workload"),
        ("sha256", "file_hash"),
        ("pricipal", "principal"),
    ],
)
def test_a_hint_says_what_an_attribute_is_called(attribute: str, near: str) -> None:
    reading = suppressions.read(an_item(**{attribute: "x"}))
    assert isinstance(reading, RuleFault)
    assert reading.why == f"unknown attribute {attribute}, perhaps {near}"
