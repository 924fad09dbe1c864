"""Many findings at once ask Slack no more often than it answers, and yet all of them are answered."""

import re
from collections import Counter
from dataclasses import replace

from statemachine.local.slack_methods import READING
from tests.simulation.scenarios import busiest
from tests.simulation.storm_figures import HEAD, row, storm_figures
from tests.simulation.story import Arrival, Deed, Story
from tests.simulation.world import World

MANY = 56
"""Findings. All are looked at a minute after their posts: within half a minute, where Slack takes 50 calls a minute."""
TAKEN = 50


def test_many_that_are_open_at_once_are_asked_for_no_faster_than_slack_answers() -> None:
    story = Story(
        1,
        tuple(Arrival(1 + each / 4, each, 1, each / 4) for each in range(1, MANY + 1)),
        deeds=tuple(Deed(40.0, "react white_check_mark U0ANN", each) for each in range(1, MANY + 1)),
        rate=50.0,
        answer_within="high=24h",
    )
    journal = World(story).run()
    asked = [each for each in journal.slack if each.method in READING]
    assert Counter(each.method for each in asked)["reactions.get"] >= MANY
    assert {method: most for method, most in busiest(journal).items() if most > TAKEN} == {}
    assert [each for each in asked if each.status == 429] == []
    assert Counter(each.end for each in journal.attention) == {"Handled": MANY}


def test_sixty_at_once_are_sixty_messages() -> None:
    """As many as CreateSampleFindings makes at High: none is folded."""
    found = storm_figures("at-once60", 1)
    assert (found.messages, found.digests, found.never, found.broken) == (60, 0, 0, ())


def test_two_hundred_at_once_are_eighty_odd_messages_and_one_digest() -> None:
    found = storm_figures("at-once200", 1)
    assert (found.digests, found.replies_in_all, found.never, found.broken) == (1, 6, 0, ())
    assert 80 < found.messages < 90
    assert found.visible < 3 * 60


def test_a_table_of_storms_is_aligned() -> None:
    """Each number ends where its word does."""
    found = storm_figures("at-once60", 1)
    most = replace(
        found, findings=50_000, messages=50_000, replies_in_all=10, requests=50_000, visible=54_321.0
    )
    words = HEAD.splitlines()[-1].replace("at once", "at-once").replace("fold after", "fold-after")
    for line in (words, row(found), row(most)):
        assert _ends(line) == _ends(words)


def _ends(line: str) -> list[int]:
    return [each.end() for each in re.finditer(r"\S+", line)]
