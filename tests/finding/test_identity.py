"""By which names rules may know who acts."""

import pytest

from chalicelib.finding.event import parse
from tests.generate import example


@pytest.mark.parametrize(
    ("name", "principals"),
    [
        pytest.param("example", (), id="none"),
        pytest.param(
            "iam-user-anomaly", (("AKIAIOSFODNN7EXAMPLE", "alice", "AIDACKCEVSQ6C2EXAMPLE"),), id="user"
        ),
        pytest.param(
            "eks-role-binding",
            (
                ("ASIAIOSFODNN7EXAMPLE", "Deploy", "AROACKCEVSQ6C2EXAMPLE"),
                ("deployer", "aws-iam-authenticator:111122223333:AROACKCEVSQ6C2EXAMPLE"),
                ("cluster-admin",),
            ),
            id="impersonated-is-one-of-its-own",
        ),
        pytest.param("rds-login", (("admin",), ("root",)), id="every-login-user"),
        pytest.param(
            "attack-sequence",
            (
                ("alice", "AIDACKCEVSQ6C2EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
                ("Deploy", "AROACKCEVSQ6C2EXAMPLE", "ASIAIOSFODNN7EXAMPLE"),
            ),
            id="sequence-names-each-once",
        ),
    ],
)
def test_principals(name: str, principals: tuple[tuple[str, ...], ...]) -> None:
    found = parse(example(name)).principals
    assert sorted(map(sorted, found)) == sorted(map(sorted, principals))
