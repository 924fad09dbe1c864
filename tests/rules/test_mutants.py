"""Each condition, made to read one kind too many, is found out: else the properties would say nothing of it."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from chalicelib.finding.members import table as members
from chalicelib.finding.members.table import MEMBERS, Member, reads
from chalicelib.finding.model import Account, Finding, Things
from chalicelib.rules.table import CONDITIONS, Condition
from tests.generate import example
from tests.rules.inventions import IDENTITIES, declared, inventions
from tests.rules.leaks import leaks


class Stolen(NamedTuple):
    """What a condition would read too much of, and a finding that has it."""

    kind: str
    shown: str


MUTANTS = {
    "finding_id": Stolen("process_path", "runtime-container"),
    "account_id": Stolen("session_name", "eks-role-binding"),
    "account_name": Stolen("namespace", "runtime-container"),
    "ou_path": Stolen("container", "runtime-container"),
    "region": Stolen("image", "runtime-container"),
    "resource_id": Stolen("session_name", "eks-role-binding"),
    "image_id": Stolen("image", "runtime-container"),
    "vpc_id": Stolen("cluster", "runtime-container"),
    "subnet_id": Stolen("workload", "runtime-container"),
    "security_group_id": Stolen("container", "runtime-container"),
    "instance_profile": Stolen("principal", "s3-buckets-exfiltration"),
    "bucket": Stolen("object_key", "s3-object-malware"),
    "object_key": Stolen("threat_name", "s3-object-malware"),
    "function": Stolen("security_group_id", "lambda-network"),
    "database": Stolen("country", "rds-login"),
    "cluster": Stolen("namespace", "runtime-container"),
    "ecs_service": Stolen("task_definition", "ecs-task-runtime"),
    "task_definition": Stolen("image", "ecs-task-runtime"),
    "namespace": Stolen("workload", "runtime-container"),
    "workload": Stolen("container", "runtime-container"),
    "service_account": Stolen("namespace", "eks-role-binding"),
    "container": Stolen("image", "runtime-container"),
    "image": Stolen("container", "runtime-container"),
    "principal": Stolen("service_account", "eks-role-binding"),
    "session_name": Stolen("service_account", "eks-role-binding"),
    "tag": Stolen("container", "runtime-container"),
    "actor_ip": Stolen("container", "runtime-container"),
    "remote_account_id": Stolen("principal", "iam-user-tor"),
    "asn": Stolen("image_id", "example"),
    "country": Stolen("vpc_id", "example"),
    "domain": Stolen("process_path", "runtime-container"),
    "local_port": Stolen("actor_ip", "ec2-ssh-brute-force"),
    "api": Stolen("principal", "iam-user-tor"),
    "file_hash": Stolen("threat_name", "s3-object-malware"),
    "threat_name": Stolen("object_key", "s3-object-malware"),
    "process_path": Stolen("container", "runtime-container"),
    "process_hash": Stolen("process_path", "runtime-container"),
}


def test_every_condition_has_its_mutant() -> None:
    assert list(MUTANTS) == list(CONDITIONS)


@pytest.fixture
def mutant(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Condition:
    """A condition that takes the names of another kind for names of its own things."""
    row, kind = CONDITIONS[request.param], MUTANTS[request.param].kind
    if row.things is None:
        reader = _read_too_much(MEMBERS[row.name], MEMBERS[kind])
        monkeypatch.setattr(members, "MEMBERS", {**MEMBERS, row.name: reader})
        return row
    made = row._replace(things=_name_too_much(row, kind))
    monkeypatch.setattr("chalicelib.rules.conditions.CONDITIONS", {**CONDITIONS, row.name: made})
    return made


def _read_too_much(own: Member, other: Member) -> Member:
    return own._replace(read=lambda parts: _with(own.read(parts), other.read(parts)))


def _name_too_much(row: Condition, kind: str) -> Callable[[Finding, Account], Things]:
    things = row.things or (lambda _finding, _account: ())
    return lambda finding, account: _with(things(finding, account), finding.members.get(kind, ()))


def _with(own: Things, others: Things) -> Things:
    stolen = tuple(name for thing in others for name in thing)
    return tuple((*thing, *stolen) for thing in own or ((),))


@pytest.mark.parametrize("mutant", CONDITIONS, indirect=True)
def test_a_condition_that_reads_one_kind_too_many_leaks(mutant: Condition) -> None:
    assert any(leaks(example(MUTANTS[mutant.name].shown), [mutant]))


NAMES = [row.name for row in IDENTITIES]


@pytest.mark.parametrize("mutant", NAMES, indirect=True)
def test_an_identity_that_reads_one_kind_too_many_is_invented(mutant: Condition) -> None:
    assert any(inventions(example(MUTANTS[mutant.name].shown), [mutant]))


@pytest.mark.parametrize("name", NAMES)
def test_an_identity_that_says_that_it_reads_one_kind_too_many_is_found(name: str) -> None:
    assert declared((*CONDITIONS[name].reads, *reads(MUTANTS[name].kind)))
