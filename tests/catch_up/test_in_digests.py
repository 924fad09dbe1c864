"""Findings that a digest shows, as the looks, the proof and the offered rules see them."""

import json
from datetime import timedelta

import pytest

from chalicelib.catch_up.missing import FindingStanding, judge
from chalicelib.ledger import digests, watch
from chalicelib.ledger.claim import instant
from chalicelib.ledger.digests import DigestState
from chalicelib.ledger.records import Record
from statemachine.local.slack_stand_in import SlackStandIn
from tests.catch_up.test_daily_proof import prove, said
from tests.catch_up.test_later import waiting, worked
from tests.catch_up.test_quieter_week import details, monday, posted
from tests.catch_up.test_replay import HOUR, LATER, NOW, detail, finding, name, world

ONE, TWO = (digests.digest_id(channel, NOW - HOUR) for channel in ("C1", "C2"))
POSTED = {"notified_update": instant(NOW - HOUR), "channel": "C1", "ts": "1.1"}
OPEN = {"awaits": watch.POST, "awaits_since": instant(NOW - HOUR)}
FOLDED = '{"posted": {"status": "posted", "decision": "fold", "how": "folded"}}'


# --- what became of a finding


@pytest.mark.parametrize(
    ("state", "standing"),
    [
        pytest.param(DigestState(posted=True), FindingStanding.POSTED, id="posted"),
        pytest.param(DigestState(), FindingStanding.IN_DIGEST, id="not-posted-yet"),
        pytest.param(None, FindingStanding.LOST, id="nobodys"),
    ],
)
def test_its_latest_update_is_posted_when_the_digest_is(
    state: DigestState | None, standing: FindingStanding
) -> None:
    at = instant(NOW - HOUR)
    record = Record(
        notified_update=at, notified_at=at, notified_severity="8", fold=digests.fold(ONE, "1"), digest=state
    )
    for interval in (None, 6 * HOUR):
        assert judge(finding(), record, NOW, interval) is standing
    recurred = finding(timedelta(minutes=20))
    assert judge(recurred, record, NOW, None) is FindingStanding.NEWER
    not_due = FindingStanding.NOT_DUE if standing is FindingStanding.POSTED else standing
    assert judge(recurred, record, NOW, 6 * HOUR) is not_due
    risen = finding(timedelta(minutes=20), severity=8.5)
    assert judge(risen, record, NOW, 6 * HOUR) is FindingStanding.ROSE


def test_a_digest_that_stays_unposted_is_not_under_way_for_ever() -> None:
    at = instant(NOW - HOUR)
    record = Record(notified_update=at, notified_at=at, fold=digests.fold(ONE, "1"), digest=DigestState())
    for later, standing in ((HOUR / 2, FindingStanding.IN_DIGEST), (2 * HOUR, FindingStanding.LOST)):
        assert judge(finding(), record, NOW + later, 6 * HOUR) is standing


def test_what_was_remembered_of_it_counts_as_handled() -> None:
    later = instant(NOW - HOUR / 2)
    record = Record(
        notified_update=later, notified_at=later, fold=digests.fold(ONE, "1"), digest=DigestState(posted=True)
    )
    assert judge(finding(HOUR / 2), record, NOW, None) is FindingStanding.POSTED


def test_one_that_a_rule_hid_since_is_suppressed_whatever_becomes_of_the_digest() -> None:
    at, later = instant(NOW - HOUR), instant(NOW - HOUR / 2)
    record = Record(notified_update=at, suppressed_update=later, fold=digests.fold(ONE, "1"))
    assert judge(finding(HOUR / 2), record, NOW, None) is FindingStanding.SUPPRESSED


# --- what is started


def test_for_a_digest_that_is_under_way_no_execution_is_started() -> None:
    with world(*map(detail, range(120))) as here:
        here.put_digest(ONE, **OPEN)
        for number in range(120):
            here.fold(number, ONE)
        answer = here.run(since="24h")
        assert (answer["under_way"], answer["started"], answer["missing"]) == (120, 0, 0)
        assert not here.executions.calls
        here.put_digest(ONE, **POSTED)
        answer = here.run(since="24h")
        assert (answer["already_posted"], answer["in_digests"], answer["under_way"]) == (120, 120, 0)


def test_whose_digest_nobody_posts_is_started_though_an_execution_ended_so() -> None:
    with world(detail(1)) as here:
        arn = here.executions.add("by-the-rule")
        here.executions.end("by-the-rule", "SUCCEEDED", output=FOLDED)
        here.fold(1, ONE, claimed_update=instant(NOW - HOUR), claimed_by=arn)
        answer = here.run(since="24h")
        assert (answer["started"], answer["findings"][0]["why"]) == (1, "in a digest that nobody posts")
        here.executions.end(name(1), status="SUCCEEDED", output='{"posted": {"status": "posted"}}')
        assert here.at(LATER, since="24h")["started"] == 1, "what was remembered proves no post either"


def test_an_execution_that_folded_it_proves_no_post_where_no_item_says_so() -> None:
    with world(detail(1)) as here:
        here.executions.add(name(1))
        here.executions.end(name(1), "SUCCEEDED", output=FOLDED)
        assert here.run(since="24h")["started"] == 1


def test_what_is_judged_anew_may_have_gone_into_a_digest_meanwhile() -> None:
    with world(detail(1), detail(2), detail(3)) as here:
        here.put_digest(ONE, **OPEN)
        here.put_digest(TWO, **POSTED)
        here.fold(1, ONE)
        here.fold(2, TWO)
        assert worked(waiting(1, 2, 3), here) == {"under way": 1, "posted": 1, "started": 1}


# --- the daily proof


def test_the_proof_says_how_many_are_in_how_many_digests_and_the_sum_is_what_is_listed() -> None:
    young = detail(9, ago=timedelta(minutes=1))
    with SlackStandIn() as slack, world(*map(detail, range(9)), young, slack=slack.url) as here:
        here.put_digest(ONE, **POSTED)
        here.put_digest(TWO, **POSTED)
        unposted, nobodys = (digests.digest_id(channel, NOW - HOUR) for channel in ("C3", "C4"))
        here.put_digest(unposted, **OPEN)
        here.notify(0)
        here.put(1, {"suppressed_update": instant(NOW - HOUR), "suppressed_by": "scanner"})
        for number, digest in ((2, ONE), (3, ONE), (4, TWO), (5, unposted), (6, nobodys)):
            here.fold(number, digest)
        here.fold(7, ONE, ts="7.7", unfolded=instant(NOW - HOUR))
        prove(here)
        line, *_ = said(slack)[0].splitlines()
    assert line == (
        "GuardDuty lists 10 findings of the last 31 h at severity 7 and above:"
        " posted 2, posted in 2 digests 3, suppressed 1 (by 1 rule), being posted 2, missing 2."
    )


# --- rules that are offered


def test_no_rule_is_offered_for_members_while_their_digest_waits_for_an_answer() -> None:
    with SlackStandIn() as slack, world(*details(6), slack=slack.url) as here:
        for number in range(6):
            here.fold(number, ONE)
        assert monday(here)["quieter"] == "nothing to offer", "nothing is posted"
        here.put_digest(ONE, **POSTED, awaits=watch.ANSWER, awaits_since=instant(NOW))
        assert monday(here)["quieter"] == "nothing to offer", "somebody is to answer"
        here.put_digest(ONE, **POSTED, awaits=watch.WITHDRAWAL, awaits_since=instant(NOW))
        assert monday(here)["quieter"] == "1 offered"
        assert "6 of 6 posts" in json.dumps(posted(slack)[-1])
