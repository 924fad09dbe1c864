"""GuardDuty's list compared with what is posted: what is asked for, what is due, what can not be read."""

from datetime import timedelta

import pytest

from chalicelib.catch_up.compare import NoDetector
from tests.catch_up.test_replay import HOUR, NOW, detail, name, world


def test_only_what_is_asked_for_is_started() -> None:
    details = [
        detail(1),
        detail(2, severity=6.9),
        detail(3, ago=25 * HOUR),
        detail(4, type="Recon:EC2/Portscan"),
        detail(5, service={"archived": True}),
        detail(6, severity=7.2),
    ]
    with world(*details) as here:
        assert here.run(since="24h", min_severity=7.1, dry_run=True)["listed"] == 3
        answer = here.run(since="24h", min_severity=7, type="Recon:*")
        assert [each["id"] for each in answer["findings"]] == [f"{4:032x}"]
        assert [each.name for each in here.executions.executions] == [name(4)]


def test_a_region_without_a_detector() -> None:
    with world(detector="") as here, pytest.raises(NoDetector, match="eu-west-1"):
        here.run(since="24h")


def test_a_finding_that_can_not_be_read_is_counted_and_keeps_nobody_back() -> None:
    with world(detail(1), detail(2, accountId=None)) as here:
        answer = here.run(since="24h")
    assert (answer["started"], answer["skipped"]) == (1, {"unreadable": 1})


def test_reconcile_leaves_an_active_finding_alone_until_its_event_is_overdue() -> None:
    with world(detail(1, ago=timedelta(minutes=5))) as here:
        here.notify(1, ago=5 * HOUR, posted=5 * HOUR)
        for hour in range(2):
            quiet = here.at(NOW + hour * HOUR, reconcile=True)
            assert (quiet["listed"], quiet["not_due"], quiet["started"]) == (1, 1, 0)
        overdue = here.at(NOW + timedelta(hours=2, minutes=30), reconcile=True)
        assert (overdue["started"], overdue["findings"][0]["why"]) == (1, "recurrence not posted")
        assert here.run(since="24h")["started"] == 0


def test_reconcile_posts_a_severity_that_rose() -> None:
    with world(detail(1, severity=8.5)) as here:
        here.notify(1, ago=2 * HOUR, posted=2 * HOUR)
        assert here.run(reconcile=True)["started"] == 1
