"""`python -m tests.simulation`: seeded histories in virtual time, and what they broke.

Each seed is a history; the same seed is the same history. What breaks an invariant is told shortened.
"""

import multiprocessing
import os
import time
from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import click

from tests.simulation import storm_figures
from tests.simulation.invariants import broken
from tests.simulation.report import Reached, reached, told
from tests.simulation.scenarios import AT_ONCE, SCENARIOS, measured
from tests.simulation.shrink import shrink
from tests.simulation.story import draw
from tests.simulation.world import World


@dataclass(frozen=True)
class Ran:
    """What came of a seed."""

    seed: int
    broken: dict[str, list[str]]
    reached: Reached


def ran(seed: int) -> Ran:
    """Run the history of a seed."""
    story = draw(seed)
    world = World(story)
    journal = world.run()
    return Ran(seed, broken(story, journal), reached(story, journal, world.faults.reached))


@click.command()
@click.option("--histories", default=200, show_default=True, help="How many seeds to run.")
@click.option("--seed", default=1, show_default=True, help="The first of them.")
@click.option("--tell", is_flag=True, help="Tell each invariant's first failing history, shortened.")
@click.option(
    "--scenario", type=click.Choice(list(SCENARIOS)), help="A named history in place of drawn ones."
)
@click.option(
    "--storms", is_flag=True, help="Print first what findings at once cost and how soon they are seen."
)
@click.option("--processes", default=os.cpu_count() or 1, show_default=True)
def main(histories: int, seed: int, tell: bool, scenario: str | None, storms: bool, processes: int) -> None:
    """Run seeded histories of the whole notifier in virtual time."""
    if scenario:
        if scenario.startswith("at-once"):
            click.echo(
                f"{storm_figures.HEAD}\n{storm_figures.row(storm_figures.storm_figures(scenario, seed))}"
            )
        else:
            click.echo("\n".join(measured(SCENARIOS[scenario](seed)).lines()))
        return
    if storms:
        _print_storms(seed, processes)
    began = time.perf_counter()
    total = Reached()
    failed: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for number, each in enumerate(_all(range(seed, seed + histories), processes), 1):
        total += each.reached
        for invariant, places in each.broken.items():
            insort(failed[invariant], (each.seed, places[0]))
        click.echo(f"\r{number} of {histories}", nl=False, err=True)
    click.echo("\r", nl=False, err=True)
    took = time.perf_counter() - began
    click.echo("\n".join(total.lines()))
    click.echo(f"  {60 * histories / took:.0f} histories a minute in {processes} processes")
    for invariant, found in sorted(failed.items()):
        click.echo(
            f"BROKEN {invariant}: {len(found)} histories, the first has seed {found[0][0]}: {found[0][1]}"
        )
        if tell:
            short = shrink(draw(found[0][0]), invariant)
            click.echo(told(short, World(short).run()))
    raise SystemExit(1 if failed else 0)


_LONGEST_SINGLE = 1000
"""Findings at once that the table has without digests too: 10,000 of them take many minutes."""


def _print_storms(seed: int, processes: int) -> None:
    """Print a table, of each size with digests and without."""
    wanted = storm_figures.names(AT_ONCE, _LONGEST_SINGLE)
    found = []
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        measuring = pool.imap_unordered(partial(storm_figures.storm_figures, seed=seed), wanted)
        for number, each in enumerate(measuring, 1):
            found.append(each)
            click.echo(f"\rstorms: {number} of {len(wanted)}", nl=False, err=True)
    click.echo("\r", nl=False, err=True)
    click.echo(storm_figures.HEAD)
    for each in sorted(found, key=lambda one: (one.findings, one.fold_after)):
        click.echo(storm_figures.row(each))
    click.echo(
        f"Of more than {_LONGEST_SINGLE:,} without digests: SCENARIO=at-once10000-single, which takes long"
    )


def _all(seeds: Iterable[int], processes: int) -> Iterator[Ran]:
    if processes == 1:
        yield from map(ran, seeds)
        return
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        yield from pool.imap_unordered(ran, seeds, chunksize=4)


if __name__ == "__main__":
    main()
