"""Who did what to whom: the words of the summary agree with the role, the direction and the kind of action.

The words themselves are the catalogue's: ``sentences.direction_talks_to`` and its like, one for each `Direction`.
"""

import itertools
import re
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.finding.model import Direction
from chalicelib.settings import LANGUAGES
from chalicelib.text.words import catalogue
from tests.message import measure
from tests.message.acts_on import NUMBERS, PLACES, has, posted
from tests.message.acts_on_events import (
    BUILDERS,
    DOMAIN,
    POOL,
    POOL_ADDRESS,
    REMOTE,
    Built,
    Json,
    Place,
    call,
    connection,
    dns,
    event,
    instance,
    kubernetes_call,
    process,
    remote,
    role_key,
)
from tests.slack_limits import Payload

ROLES = ("ACTOR", "TARGET", "")
CONNECTIONS = ("OUTBOUND", "INBOUND", "UNKNOWN", "")
OUR_CALLS = (Direction.TALKS_TO, Direction.ASKED_FOR)
KNOWN = tuple(direction for direction in Direction if direction)


class Case(NamedTuple):
    """A finding of the matrix, and what its summary must say."""

    role: str
    connection: str
    kind: str
    expected: Direction
    other_side: str = REMOTE
    type: str = "UnauthorizedAccess:EC2/MaliciousIPCaller.Custom"
    """One whose resource may be either side, so that role and direction decide."""


OUR_TYPE = "Backdoor:EC2/C&CActivity.B"
"""One that by its definition means that our side calls; AWS's samples of it have ``TARGET`` nevertheless."""


def _of_connection(role: str, way: str) -> Direction:
    if role == "ACTOR" or way == "OUTBOUND":
        return Direction.TALKS_TO
    if role == "TARGET" or way == "INBOUND":
        return Direction.ATTACKED_FROM
    return Direction.UNKNOWN


CASES = (
    *(Case(role, way, "connection", _of_connection(role, way)) for role in ROLES for way in CONNECTIONS),
    *(
        Case(role, way, "connection", Direction.TALKS_TO, type=OUR_TYPE)
        for role in ROLES
        for way in ("OUTBOUND", "UNKNOWN", "")
    ),
    *(Case(role, "", "probe", Direction.PROBED_BY) for role in ("TARGET", "")),
    *(Case(role, "", "dns", Direction.ASKED_FOR, DOMAIN) for role in ROLES),
    *(Case(role, "", "api", Direction.CALLED_BY) for role in ROLES),
    *(Case(role, "", "kubernetes", Direction.CALLED_BY) for role in ROLES),
    *(Case(role, "", "login", Direction.LOGGED_IN_FROM) for role in ROLES),
    *(Case(role, "", "process", Direction.RAN, "kworkerds") for role in ROLES),
)

matrix = pytest.mark.parametrize(
    "case",
    CASES,
    ids=[
        "-".join(filter(None, (*case[:3], "of-our-type" if case.type == OUR_TYPE else ""))) for case in CASES
    ],
)
in_each_language = pytest.mark.parametrize("language", LANGUAGES)

_PROBES = [{"localPortDetails": {"port": 22}, "remoteIpDetails": remote()}]
ACTIONS: dict[str, Json] = {
    "probe": {"actionType": "PORT_PROBE", "portProbeAction": {"portProbeDetails": _PROBES}},
    "dns": dns(DOMAIN),
    "api": call("DeleteTrail", "cloudtrail"),
    "kubernetes": {
        "actionType": "KUBERNETES_API_CALL",
        "kubernetesApiCallAction": kubernetes_call("list", "secrets", [REMOTE]),
    },
    "login": {
        "actionType": "RDS_LOGIN_ATTEMPT",
        "rdsLoginAttemptAction": {
            "remoteIpDetails": remote(),
            "LoginAttributes": [{"user": "ledger_admin", "successfulLoginAttempts": 1}],
        },
    },
    "process": {},
    "new": {"actionType": "NEW_THING", "newThingAction": {"remoteIpDetails": remote()}},
}


def built(case: Case) -> Built:
    """Make the finding of a case; without a role or a direction it has no such member."""
    service: Json = {"resourceRole": case.role}
    if case.kind == "connection":
        service["action"] = connection(case.connection, 2222, 4444)
    else:
        service["action"] = ACTIONS[case.kind]
    if not case.connection and case.kind == "connection":
        del service["action"]["networkConnectionAction"]["connectionDirection"]
    if case.kind == "process":
        service["runtimeDetails"] = process(1)
    made = event(case.type, "Something was seen.", _resource(case.kind), service)
    if not case.role:
        del made["detail"]["service"]["resourceRole"]
    return Built(made, {}, {}, case.expected)


def _resource(kind: str) -> Json:
    if kind == "api":
        return {"resourceType": "AccessKey", "accessKeyDetails": role_key()}
    return {"resourceType": "Instance", "instanceDetails": instance()}


def words_of(direction: Direction, language: str) -> tuple[str, ...]:
    """Read how a direction is said: the longest piece of each of its sentences between the values.

    There may be one for when nothing is known of the host (``…_who``), and one for when only the host is known.
    """
    return tuple(dict.fromkeys(map(_longest_piece, _sentences(direction, language))))


def _sentences(direction: Direction, language: str) -> list[str]:
    sentences = catalogue(language).sentences
    key = f"direction_{direction.value}"
    assert key in sentences, f"no words for {key} in {language}"
    return [sentences[each] for each in (key, f"{key}_who", f"{key}_host") if each in sentences]


def _longest_piece(sentence: str) -> str:
    pieces = re.split(r"\{\w+\}", measure.visible(sentence))
    return max((re.sub(r"^\W+|\W+$", "", piece) for piece in pieces), key=len)


def summary(payload: Payload) -> str:
    """The summary as one text, with the dots that are defanged put back."""
    return "\n".join(measure.refanged(measure.summary(payload)))


def wrong_words(said: str, expected: Direction, language: str) -> list[str]:
    """Name each verb that is missing, or that says something else than what happened."""
    right = words_of(expected, language) if expected else ()
    spoken = [words for words in right if _spoken(words, said)]
    missing = [f"none of {right!r} is there"] if right and not spoken else []
    for words in spoken:
        said = said.replace(words, "")
    own = " ".join(_sentences(expected, language)) if expected else ""
    others = {words for each in KNOWN if each is not expected for words in words_of(each, language)}
    return missing + [f"{words!r} is there" for words in others if words not in own and _spoken(words, said)]


def _spoken(words: str, said: str) -> bool:
    edge = r"\b" if words.isascii() else ""
    return re.search(f"{edge}{re.escape(words)}{edge}", said) is not None


# The words.


@in_each_language
def test_every_direction_has_words_of_its_own(language: str) -> None:
    said = [words for direction in KNOWN for words in words_of(direction, language)]
    assert all(said)
    assert len(set(said)) == len(said)


# What the summary says.


@matrix
@in_each_language
def test_the_verb_agrees_with_role_direction_and_action(case: Case, language: str) -> None:
    said = summary(posted(built(case), language)[1])
    assert has(said, case.other_side)
    assert wrong_words(said, case.expected, language) == []


@matrix
def test_what_our_side_calls_has_called_nobody(case: Case) -> None:
    said = summary(posted(built(case))[1])
    assert has(said, case.other_side)
    if case.expected in OUR_CALLS:
        assert _before(said, case.other_side) not in ("by", "from")


@matrix
def test_by_stands_before_people_only(case: Case) -> None:
    said = summary(posted(built(case))[1])
    assert _before(said, case.other_side) != "by" or case.expected is Direction.PROBED_BY


def _before(said: str, name: str) -> str:
    """Read the word before a name."""
    found = re.search(rf"(\w+)\W*{re.escape(name)}", said)
    return found[1].casefold() if found else ""


@pytest.mark.parametrize(
    ("role", "never"),
    [
        pytest.param("ACTOR", (Direction.ATTACKED_FROM, Direction.PROBED_BY), id="our-side-acted"),
        pytest.param("TARGET", OUR_CALLS, id="our-side-was-the-target"),
        pytest.param("", KNOWN, id="nobody-says"),
    ],
)
@in_each_language
def test_an_action_of_an_unknown_kind_says_nothing_against_its_role(
    role: str, never: tuple[Direction, ...], language: str
) -> None:
    said = summary(posted(built(Case(role, "", "new", Direction.UNKNOWN)), language)[1])
    assert has(said, REMOTE)
    assert [words for each in never for words in words_of(each, language) if _spoken(words, said)] == []


@pytest.mark.parametrize("kind", BUILDERS)
@in_each_language
def test_every_kind_of_finding_has_the_verb_of_what_happened(kind: str, language: str) -> None:
    for number, place in itertools.product(NUMBERS, PLACES):
        made = BUILDERS[kind](number, place)
        if made.direction:
            assert wrong_words(summary(posted(made, language)[1]), made.direction, language) == []


def _cases() -> st.SearchStrategy[Case]:
    return st.builds(
        lambda role, way: Case(role, way, "connection", _of_connection(role, way)),
        st.sampled_from(ROLES),
        st.sampled_from(CONNECTIONS),
    )


@given(
    _cases(), st.sampled_from(LANGUAGES), st.ip_addresses(v=4), st.integers(1, 65535), st.integers(1, 65535)
)
def test_the_verb_does_not_depend_on_addresses_and_ports(
    case: Case, language: str, host: object, local: int, far: int
) -> None:
    made = built(case)
    action = made.event["detail"]["service"]["action"]["networkConnectionAction"]
    action |= {"localPortDetails": {"port": local}, "remotePortDetails": {"port": far}}
    action["remoteIpDetails"]["ipAddressV4"] = str(host)
    said = summary(posted(made, language)[1])
    assert has(said, str(host))
    assert wrong_words(said, case.expected, language) == []


# Attack sequences.


@pytest.mark.parametrize("kind", ["Attack sequence, S3", "Attack sequence, EC2"])
@pytest.mark.parametrize("place", PLACES, ids=[place.value for place in PLACES])
def test_a_mining_pool_is_never_the_actor(kind: str, place: Place) -> None:
    for number in NUMBERS:
        _, payload = posted(BUILDERS[kind](number, place))
        lines = measure.refanged([measure.notification(payload), *measure.under_the_headline(payload)])
        for line, pool in itertools.product(lines, (POOL, POOL_ADDRESS)):
            assert _before(line, pool) not in ("by", "from", "acted", "actor", "caller")


@pytest.mark.parametrize("place", PLACES, ids=[place.value for place in PLACES])
def test_whoever_acted_is_named_in_the_summary_of_a_sequence(place: Place) -> None:
    for number in NUMBERS:
        made = BUILDERS["Attack sequence, S3"](number, place)
        said = summary(posted(made)[1])
        ((person,),) = made.facts["person"]
        assert has(said, person)
