"""Some histories at every run of the tests; `make simulate` runs as many as are wanted."""

import pytest

from tests.simulation.invariants import broken
from tests.simulation.mutants import MUTANTS, ROOT, Mutant, found_by
from tests.simulation.report import told
from tests.simulation.story import draw
from tests.simulation.world import World

_AT_A_TIME = 10
_SEEDS = range(1, 121)


@pytest.mark.parametrize("first", range(_SEEDS.start, _SEEDS.stop, _AT_A_TIME))
def test_what_holds_holds_in_every_history(first: int) -> None:
    for seed in range(first, first + _AT_A_TIME):
        story = draw(seed)
        journal = World(story).run()
        assert broken(story, journal) == {}, f"seed {seed}\n{told(story, journal)}"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutants_line_is_there(mutant: Mutant) -> None:
    """Whoever changes the line changes the mutant with it."""
    assert (ROOT / mutant.file).read_text().count(mutant.before) == 1


@pytest.mark.parametrize(
    "name", ["who waits for Slack ends", "what was posted is recorded without its place"]
)
def test_the_simulation_bites(name: str) -> None:
    """The others take longer: `python -m tests.simulation.mutants` looks for all of them."""
    [mutant] = [each for each in MUTANTS if each.name == name]
    assert found_by(mutant, range(1, 200)) is not None
