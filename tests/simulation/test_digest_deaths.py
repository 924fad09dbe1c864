"""Digests under pressure, at every run of the tests: `python -m tests.simulation.digest_deaths` lets all go wrong."""

import pytest

from tests.simulation.digest_deaths import KNOWN, OTHER_CHANNEL, STORIES, after, faults, run, shown
from tests.simulation.digest_mutants import DIGEST_MUTANTS, kills
from tests.simulation.faults import chance
from tests.simulation.mutants import ROOT, Mutant
from tests.simulation.story import HOUR, Deed, finding_id

_SHARE = 0.08
"""Of what may go wrong with a digest's item, its index and Slack: that goes wrong at each run."""
_OF_THE_DIGEST = (" digest", "Query finding", "chat.postMessage", "invoke post-to-slack")


@pytest.mark.parametrize("name", STORIES)
def test_what_is_told_ends_well(name: str) -> None:
    assert after(STORIES[name]) == []


@pytest.mark.parametrize("name", KNOWN)
def test_what_went_wrong_once_does_not_again(name: str) -> None:
    assert after(KNOWN[name]) == []


@pytest.mark.parametrize("name", ["a digest", "one alone", "its channel can't be read"])
def test_one_thing_goes_wrong(name: str) -> None:
    story = STORIES[name]
    found = [each for each in faults(story) if each[0].call.endswith(_OF_THE_DIGEST)]
    drawn = [each for each in found if chance(name, each) < _SHARE]
    assert len(drawn) > 5
    assert {each: said for each in drawn if (said := after(story.but(dict([each]))))} == {}


@pytest.mark.parametrize(
    ("name", "owner", "at"),
    [
        *(("one alone", 2, at) for at in (1.6, 1.8, 1.9, 2.0, 60.0, 121.5, 126.0, 126.25)),
        *(("a digest", 1, at) for at in (126.3, 127.0, 131.7)),  # as it names its findings in the thread
    ],
)
@pytest.mark.parametrize("back", [600.0, 7200.0])
def test_an_owner_that_a_person_stops_and_redrives(name: str, owner: int, at: float, back: float) -> None:
    """Wherever it is: its digest is posted, once, when it goes on."""
    world = run(STORIES[name].with_(Deed(at, "abort", owner), redriven=(back,)))
    [messages] = shown(world).digests.values()
    assert len(messages) == 1
    assert {each.execution.status for each in world.journal.started} == {"SUCCEEDED"}
    stopped = [each.finding for each in world.journal.started if each.aborted]
    assert stopped == [finding_id(owner)]


def test_each_channel_has_its_own_digest() -> None:
    world = run(STORIES["two channels"])
    found = shown(world)
    workspace = world.slack._workspace
    channels = {
        id_: channel
        for id_, [digest] in found.digests.items()
        for channel, messages in workspace.messages.items()
        if digest in messages
    }
    keys = {workspace.channel(each).key for each in ("#security", OTHER_CHANNEL)}
    assert set(channels.values()) == keys
    other = workspace.channel(OTHER_CHANNEL).key
    for id_, members in found.members.items():
        assert members
        assert {int(each, 16) > 5 for each in members} == {channels[id_] == other}


def test_who_is_stopped_before_the_digest_is_made_is_found_by_a_look() -> None:
    world = run(KNOWN["who joins alone is stopped before the digest is made, and the looks run"])
    [(at, _)] = {(each.at, each.digest) for each in world.journal.joined}
    [stopped] = [each for each in world.journal.started if each.aborted]
    made = [each for each in world.journal.slack if each.digest and each.taken and not each.reply]
    assert [at < stopped.ended[0][0] < HOUR < each.at for each in made] == [True]


@pytest.mark.parametrize("mutant", DIGEST_MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutants_line_is_there(mutant: Mutant) -> None:
    """Whoever changes the line changes the mutant with it."""
    assert (ROOT / mutant.file).read_text().count(mutant.before) == 1
    assert mutant.breaks in {**STORIES, **KNOWN}


@pytest.mark.parametrize("name", ["a part of the index is not read"])
def test_the_histories_bite(name: str) -> None:
    """The others take longer: `python -m tests.simulation.digest_mutants` looks for all of them."""
    [mutant] = [each for each in DIGEST_MUTANTS if each.name == name]
    assert kills(mutant)
