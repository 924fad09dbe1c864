"""Counts of a replay: values that are added and changed into new ones."""

from collections import Counter
from dataclasses import fields

from chalicelib.catch_up.missing import FindingStanding
from chalicelib.catch_up.tally import Tally

ONE = Tally(
    listed=2,
    standings=Counter({FindingStanding.NEVER: 1, FindingStanding.SUPPRESSED: 1}),
    outcomes=Counter(missing=1),
    skipped=Counter(unreadable=1),
    late=1,
    suppressed_by=frozenset(["a"]),
    in_digests=1,
    digests=frozenset(["m"]),
    named=({"id": "1"},),
    unnamed=3,
)
OTHER = Tally(
    listed=3,
    standings=Counter({FindingStanding.NEVER: 2, FindingStanding.POSTED: 1}),
    outcomes=Counter(missing=1, started=1),
    skipped=Counter(refused=1),
    late=2,
    suppressed_by=frozenset(["a", "b"]),
    in_digests=4,
    digests=frozenset(["m", "n"]),
    named=({"id": "2"}, {"id": "3"}),
    unnamed=4,
)


def test_a_sum_has_every_count_of_both() -> None:
    unset = [each.name for each in fields(Tally) if getattr(ONE, each.name) == getattr(Tally(), each.name)]
    assert not unset
    total = ONE + OTHER
    assert total == Tally(
        listed=5,
        standings=Counter(
            {FindingStanding.NEVER: 3, FindingStanding.SUPPRESSED: 1, FindingStanding.POSTED: 1}
        ),
        outcomes=Counter(missing=2, started=1),
        skipped=Counter(unreadable=1, refused=1),
        late=3,
        suppressed_by=frozenset(["a", "b"]),
        in_digests=5,
        digests=frozenset(["m", "n"]),
        named=({"id": "1"}, {"id": "2"}, {"id": "3"}),
        unnamed=7,
    )
    assert ONE + Tally() == Tally() + ONE == ONE


def test_an_outcome_that_moved_leaves_the_tally_before_as_it_was() -> None:
    assert OTHER.moved("missing", "started").outcomes == Counter(started=2)
    assert OTHER.moved("missing", "redriven").outcomes == Counter(started=1, redriven=1)
    assert OTHER.outcomes == Counter(missing=1, started=1)


def test_a_shortened_tally_counts_what_it_does_not_name() -> None:
    short = OTHER.shortened(1)
    assert (short.named, short.unnamed) == (({"id": "2"},), 5)
    assert short.to_json()["findings_left_out"] == 5
    assert OTHER.shortened(2) == OTHER
