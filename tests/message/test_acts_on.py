"""What a responder acts on is in every message, however long the finding's lists are: ``docs/messages.md``."""

import pytest

from chalicelib.settings import LANGUAGES
from tests.message import measure
from tests.message.acts_on import (
    FEW,
    NUMBERS,
    PLACES,
    Kept,
    has,
    left_out,
    lists,
    pooled,
    posted,
    rows,
    says,
    says_public,
    vocabulary,
)
from tests.message.acts_on_events import BUILDERS, Place
from tests.slack_limits import Payload, faults

ROWS = rows()
LISTS = lists()
ROOT_USER = {"en": "root user", "ja": "ルートユーザー"}

every_kind = pytest.mark.parametrize("kind", ROWS)
every_number = pytest.mark.parametrize("number", NUMBERS)
every_place = pytest.mark.parametrize("place", PLACES, ids=[place.value for place in PLACES])


# The page itself.


def test_every_row_has_a_builder_and_every_builder_a_row() -> None:
    assert BUILDERS.keys() == ROWS.keys()
    assert len(ROWS) >= 20


def test_every_fact_and_every_list_of_the_page_is_explained_and_used() -> None:
    assert vocabulary().keys() == {fact for row in ROWS.values() for fact in row.facts}
    assert LISTS.keys() == {name for row in ROWS.values() for name in row.many}


@every_kind
def test_what_is_built_has_what_its_row_promises(kind: str) -> None:
    for number in NUMBERS:
        built = BUILDERS[kind](number, Place.LAST)
        assert built.facts.keys() == set(ROWS[kind].facts)
        assert all(built.facts.values()), "a fact without a value shows nothing"
        assert built.many.keys() == set(ROWS[kind].many)
        assert all(len(values) >= number for values in built.many.values())


# The message.


@every_kind
@every_number
@every_place
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fact_is_in_the_message(kind: str, number: int, place: Place, language: str) -> None:
    built = BUILDERS[kind](number, place)
    _, payload = posted(built, language)
    missing = {
        fact: [values for values in built.facts[fact] if not _said(fact, values, payload, language)]
        for fact in ROWS[kind].facts
    }
    assert {fact: values for fact, values in missing.items() if values} == {}
    assert faults(payload) == []


def _said(fact: str, values: tuple[str, ...], payload: Payload, language: str) -> bool:
    if fact == "root user":
        return any(ROOT_USER[language] in line.casefold() for line in measure.shown(payload))
    if fact == "public bucket" and language == "en":
        return says_public(payload, *values)
    return says(payload, *values)


@every_kind
@every_number
@every_place
def test_a_domain_is_never_as_it_came(kind: str, number: int, place: Place) -> None:
    built = BUILDERS[kind](number, place)
    _, payload = posted(built)
    lines = [measure.notification(payload), *measure.shown(payload)]
    for (domain,) in built.facts.get("domain", ()):
        assert not [line for line in lines if has(line, domain)]


@every_kind
@every_number
@every_place
def test_what_a_list_leaves_out_is_counted(kind: str, number: int, place: Place) -> None:
    built = BUILDERS[kind](number, place)
    _, payload = posted(built)
    wrong = [fault for name, values in built.many.items() if (fault := _fault(name, values, payload))]
    assert wrong == []


def _fault(name: str, values: tuple[str, ...], payload: Payload) -> str:
    left, told = left_out(payload, values)
    kept = len(values) - left
    if LISTS[name] is Kept.EACH_OF_FEW and len(values) <= FEW and left:
        return f"{name}: {left} of {len(values)} are not there"
    # What may be left to GuardDuty counts as cut where more of it is shown than what the row asks for.
    # The count of all that was left to GuardDuty has them in it.
    owed = kept > 1 and pooled(payload) < left if LISTS[name] is Kept.MAY_GO else bool(kept)
    if left and not told and owed:
        return f"{name}: {kept} of {len(values)} are there, and no word says that {left} are not"
    if left and not kept and LISTS[name] is not Kept.MAY_GO:
        return f"{name}: none of {len(values)} is there"
    return ""


@every_number
@every_place
def test_an_attack_sequence_tells_its_signals_in_order_of_time(number: int, place: Place) -> None:
    for kind in ("Attack sequence, S3", "Attack sequence, EC2"):
        built = BUILDERS[kind](number, place)
        lines = measure.what_happened(posted(built)[1], "en")
        told = [next((name for name in built.many["signals"] if has(line, name)), "") for line in lines]
        assert lines and told[0] == built.many["signals"][0]
        assert [name for name in told if name] == [name for name in built.many["signals"] if name in told]
        numbers = [int(line.partition(".")[0]) for line in lines]
        assert numbers[0] == 1 and numbers == sorted(set(numbers))
