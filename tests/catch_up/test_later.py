"""Findings that wait for a better moment: fetched, judged and acted on anew, at AWS's pace; and small meanwhile."""

import json
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.aws import guardduty, step_functions
from chalicelib.catch_up import compare, daily_proof, executions, replay
from chalicelib.catch_up.compare import Judged, Page, Source
from chalicelib.catch_up.later import Later
from chalicelib.catch_up.missing import FindingStanding
from chalicelib.catch_up.request import Position, ReplayRequest
from chalicelib.catch_up.tally import Act, Outcome, Result
from chalicelib.catch_up.time_left import TimeLeft
from chalicelib.errors import AWSUnavailable
from chalicelib.ledger.records import Record
from chalicelib.notify import outbox
from statemachine.local.aws_stand_in import AwsFault
from statemachine.local.guardduty_stand_in import DETECTOR
from tests import slack_limits
from tests.catch_up.test_replay import HERE, HOUR, NOW, World, detail, finding, world

SOURCE = Source("eu-west-1", DETECTOR, timedelta(hours=6))
REQUEST = ReplayRequest(NOW - 24 * HOUR, reconcile=True)


EXAMPLE = finding()


def judged(number: int) -> Judged:
    listed = replace(EXAMPLE, id=f"{number:032x}")
    return Judged(SOURCE, listed, {"detail": {"id": listed.id}}, Record(), FindingStanding.NEVER)


def waiting(*numbers: int) -> Later:
    later = Later(REQUEST, HERE, NOW)
    for number in numbers:
        later.add(judged(number))
    return later


def worked(later: Later, here: World, act: Act | None = None) -> Counter[str]:
    act = act or executions.starter(HERE, NOW)
    return Counter(outcome.word for _, outcome in later.work(act, TimeLeft(lambda: here.remaining)))


def test_they_are_fetched_by_pages_and_started() -> None:
    with world(*map(detail, range(120))) as here:
        later = waiting(*range(120))
        assert worked(later, here) == {"started": 120}
        assert here.guardduty.calls == {"GetFindings": 3}
        assert (len(later), here.slept) == (0, [])


def test_what_happened_meanwhile_is_respected() -> None:
    with world(detail(1), detail(2), detail(3)) as here:
        here.notify(1)
        here.put(2, {"suppressed_update": "2026-11-20T11:00:00.000Z", "suppressed_by": "r"})
        assert worked(waiting(1, 2, 3, 4), here) == {
            "posted": 1,
            "suppressed": 1,
            "started": 1,
            "no longer listed": 1,
        }
        assert here.executions.calls == {"StartExecution": 1}


def test_throttling_slows_it_with_growing_pauses() -> None:
    with world(*map(detail, range(3))) as here:
        here.executions.script(AwsFault("StartExecution", "ThrottlingException", 400, after=1, times=8))
        later = waiting(*range(3))
        assert worked(later, here) == {"started": 3}
        assert here.slept == [1, 2, 4, 8, 16, 20, 20, 20]


def test_a_throttled_list_slows_it_too() -> None:
    with world(detail(1)) as here:
        here.guardduty.script(AwsFault("GetFindings", times=2))
        assert worked(waiting(1), here) == {"started": 1}
        assert here.slept == [1, 2]


def test_one_that_aws_can_not_do_keeps_nobody_back() -> None:
    with world(*map(detail, range(5))) as here:
        start = executions.starter(HERE, NOW)

        def stubborn(each: Judged) -> Outcome:
            if each.finding.id == f"{0:032x}":
                raise AWSUnavailable("states:DescribeExecution: 500")
            return start(each)

        later = waiting(*range(5))
        assert worked(later, here, stubborn) == {"started": 4}
        assert (len(later), later.why) == (1, "states:DescribeExecution: 500")
        assert here.slept == [1, 1, 2, 4, 8, 16, *[20] * 7]


def test_no_pause_is_longer_than_the_time_that_is_left() -> None:
    with world(detail(1)) as here:
        here.remaining = 15_000 + 5_000
        here.executions.script(AwsFault("StartExecution", "ThrottlingException", 400, times=100))
        later = waiting(1)
        assert worked(later, here) == {}
        assert (here.slept, len(later)) == ([1, 2], 1)


def test_where_time_is_over_the_rest_waits_on() -> None:
    with world(*map(detail, range(60))) as here:
        start, later = executions.starter(HERE, NOW), waiting(*range(60))

        def slow(each: Judged) -> Outcome:
            here.remaining -= 100_000
            return start(each)

        assert worked(later, here, slow) == {"started": 9}
        assert len(later) == 51


# --- ten thousand of them

MANY = 10_000


def large(number: int) -> Judged:
    """A finding of the usual size, 8 kB, as if it had been read just now: nothing of it is shared."""
    name, text = f"{number:032x}", f"{number:08000}"
    event = {"detail": {"id": name, "description": text}}
    return replace(judged(0), finding=replace(EXAMPLE, id=name, description=text), event=event)


def kept_by(action: Callable[[], object]) -> tuple[int, int]:
    """Count the bytes that are in use after it and were not before, and what was at most."""
    tracemalloc.start()
    try:
        kept = action()
        after, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept
    return after, most


def test_a_missing_finding_is_kept_in_a_few_bytes() -> None:
    def collected() -> object:
        missing = daily_proof.Missing(Later(REQUEST, HERE, NOW))
        for number in range(MANY):
            missing.add(large(number))
        return missing

    after, _ = kept_by(collected)
    assert after / MANY < 300


def prove_missing(many: int, patched: pytest.MonkeyPatch) -> tuple[Result, dict[str, Any]]:
    """Make a proof that finds so many missing. Its pages are made as they are read."""
    started: list[str] = []
    posted: list[dict[str, Any]] = []

    def pages(*_: object) -> Iterator[Page]:
        for first in range(0, many, guardduty.PAGE):
            found = tuple(large(number) for number in range(first, first + guardduty.PAGE))
            yield Page(Position(DETECTOR, str(first)), found, 0, Position(DETECTOR, str(first + 1)))

    def anew(_: object, __: object, ___: object, source: Source, ids: Sequence[str]) -> tuple[Judged, ...]:
        assert (source, len(ids)) == (SOURCE, guardduty.PAGE)
        return tuple(large(int(each, 16)) for each in ids)

    def start(_: str, name: str, __: str) -> bool:
        started.append(name)
        return True

    patched.setenv("SLACK_CHANNEL", "#security")
    patched.setenv("ANSWER_WITHIN", "off")
    patched.setattr(replay, "pages", pages)
    patched.setattr(compare, "judged_anew", anew)
    patched.setattr(step_functions, "start", start)
    patched.setattr(outbox, "post", posted.append)
    request = ReplayRequest(NOW - 31 * HOUR, proof=True)
    result = daily_proof.prove(request, HERE, NOW, TimeLeft(lambda: 900_000))
    assert len(set(started)) == many
    [message] = posted
    return result, message


def test_a_proof_keeps_little_of_each_missing_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in use at most grows by what the proof keeps of each: 8 kB if it were the finding."""
    few, many = 200, 1_200
    _, least = kept_by(lambda: prove_missing(few, monkeypatch))
    _, most = kept_by(lambda: prove_missing(many, monkeypatch))
    assert (most - least) / (many - few) < 1_000


def test_the_message_and_the_answer_of_ten_thousand_missing_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    result, message = prove_missing(MANY, monkeypatch)
    answer = result.to_json()
    assert (answer["started"], answer["findings_left_out"]) == (MANY, MANY - 100)
    assert len(json.dumps(answer)) < 256_000
    assert slack_limits.faults(message) == []
    assert "missing 10,000." in message["text"]
    assert "and 9,990 more" in message["text"]


def test_where_to_go_on_fits_a_payload() -> None:
    """A function that is invoked asynchronously takes 256 kB."""
    with world(*map(detail, range(120))) as here:
        here.executions.script(AwsFault("StartExecution", "ThrottlingException", 400, after=99))
        left = here.run(since="24h")["next"]
    assert len(left["at"]["done"]) == guardduty.PAGE - 1
    assert len(json.dumps({"next": left})) < 10_000
