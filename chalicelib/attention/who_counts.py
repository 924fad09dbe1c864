"""Whose reactions count as an answer, and as which one: pure."""

from collections import Counter
from collections.abc import Callable, Collection
from typing import NamedTuple

from chalicelib.slack.reactions import Reactions

SEEN = ("eyes", "eye")
"""👀 and 👁: somebody has it in hand."""
HANDLED = ("white_check_mark", "heavy_check_mark", "ballot_box_with_check")
"""✅, ✔ and ☑. A workspace's own emoji are none of them, whatever they are called: nobody knows what they show."""

_SLACKBOT = "USLACKBOT"
_MOST = 20
"""People of one reaction that are looked at: an item and a message have room for some."""


class Reading(NamedTuple):
    """Who has answered, by what stands at a message now."""

    seen: tuple[str, ...]
    """Ids of users that have it in hand, in Slack's order."""
    handled: tuple[str, ...]
    """Ids of users that say it is handled."""
    standing: tuple[str, ...]
    """Each reaction that counts or would if it were not ignored, as ``USER name``."""


class UserReaction(NamedTuple):
    """One user's reaction."""

    user: str
    name: str

    @property
    def as_ignored(self) -> str:
        """As a watch names what it ignores."""
        return f"{self.user} {self.name}"


def are_complete(found: Reactions) -> bool:
    """Whether everybody is named who may have answered."""
    return all(each.complete for each in found if each.name in SEEN + HANDLED)


def given(
    found: Reactions, *, ignored: Collection[str], ourselves: str, members: Collection[str] | None
) -> tuple[UserReaction, ...]:
    """List the reactions that may be an answer, ✅ first; of many the first, and all that are ignored.

    ``members`` are those who answer at all; None: everybody does.
    """

    def may(user: str) -> bool:
        return user not in (ourselves, _SLACKBOT) and (members is None or user in members)

    listed = [each for name in HANDLED + SEEN for each in _of(name, found)]
    possible = [each for each in dict.fromkeys(listed) if may(each.user)]
    seats: Counter[str] = Counter()
    kept: list[UserReaction] = []
    for each in possible:
        is_old = each.as_ignored in ignored
        if is_old or seats[each.name] < _MOST:
            kept.append(each)
        seats[each.name] += not is_old
    return tuple(kept)


def _of(name: str, found: Reactions) -> list[UserReaction]:
    return [UserReaction(user, name) for each in found if each.name == name for user in each.users]


def judged(
    possible: Collection[UserReaction], *, ignored: Collection[str], is_person: Callable[[str], bool]
) -> Reading:
    """Say who has answered; who is asked about as a person is asked about once."""
    fresh = [each for each in possible if each.as_ignored not in ignored]
    persons = {user for user in dict.fromkeys(each.user for each in fresh) if is_person(user)}

    def users(names: Collection[str]) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(each.user for each in fresh if each.name in names and each.user in persons)
        )

    return Reading(users(SEEN), users(HANDLED), tuple(each.as_ignored for each in possible))
