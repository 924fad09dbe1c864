"""What is said of workloads."""

from chalicelib.finding.event import parse
from tests.finding.common import of_kind, said
from tests.generate import example


def test_privileged_workload() -> None:
    posted = said(of_kind(parse(example("eks-role-binding")), "kubernetes_workload"))
    assert posted["privileged"] == posted["host_network"] == posted["host_pid"] == "yes"
    assert "host_ipc" not in posted
