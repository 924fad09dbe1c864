"""By which names rules may know who acts in the shown findings."""

import pytest

from chalicelib.finding.event import parse
from tests.generate import example


@pytest.mark.parametrize(
    ("name", "principals"),
    [
        pytest.param("example", [], id="none"),
        pytest.param("iam-user-anomaly", ["alice"], id="user"),
        pytest.param("iam-root", ["root"], id="root"),
        pytest.param("eks-role-binding", ["Deploy", "cluster-admin"], id="impersonated-is-one-of-its-own"),
        pytest.param("rds-login", ["", "", ""], id="whoever-logs-in-has-no-name"),
        pytest.param("attack-sequence", ["alice", "Deploy", "alice"], id="sequence"),
    ],
)
def test_principals(name: str, principals: list[str]) -> None:
    things = parse(example(name)).members.get("principal", ())
    assert [next(iter(thing), "") for thing in things] == principals


def test_a_caller_in_kubernetes_is_known_by_either_name() -> None:
    caller, _ = parse(example("eks-role-binding")).members["principal"]
    assert {"Deploy", "deployer"} < {*caller}
