"""What Runtime Monitoring saw: processes."""

from chalicelib.finding.event import parse
from chalicelib.finding.model import Process
from tests.generate import example


def test_processes() -> None:
    own, modifying, target = parse(example("runtime-container")).processes
    assert (own.name, own.path, own.pid, own.user) == ("sh", "/usr/bin/dash", "4242", "www-data")
    assert (own.parent, len(own.sha256), own.role) == ("/usr/sbin/nginx", 64, "")
    assert modifying == Process(name="sh", path="/usr/bin/dash", pid="4242", role="modifying")
    assert target == Process(name="nginx", path="/usr/sbin/nginx", pid="4200", role="target")
