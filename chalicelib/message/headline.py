"""The headline, and the line that a phone shows."""

from collections.abc import Callable

from chalicelib.finding.model import Direction, Finding
from chalicelib.message import importance, phrases, resources, signs
from chalicelib.message.context import MessageContext
from chalicelib.text import words
from chalicelib.text.untrusted import escape, inert, width

LIMIT = 110
"""Characters of a headline."""
_NOTIFICATION = 150
_ACCOUNT = 36
"""Characters of the account's name in a notification: it stands before the sixtieth."""
_OURS = (Direction.TALKS_TO, Direction.ASKED_FOR, Direction.RAN)
_SAMPLE = "[SAMPLE]"


def headline(
    finding: Finding, context: MessageContext, make: Callable[[str, int], str], limit: int = LIMIT
) -> str:
    """Say sign, severity, mark and title: ``🔴 High 8.0 · SSH brute force attempts against i-0abc….``.

    Args:
        make: makes a text fit for where it stands: ``plain``, ``inert``.
    """
    before = phrases.BETWEEN.join((*_before(finding, context), ""))
    return before + make(phrases.prose(_title(finding, context), finding), limit - width(before))


def notification(finding: Finding, context: MessageContext) -> str:
    """Say the essentials in one line: what notifications show and screen readers read."""
    account = inert(phrases.prose(context.account.name or finding.account_id, finding), _ACCOUNT)
    owner = phrases.owner(finding)[1]
    whose = words.sentence("owned_by", context.language, {"owner": inert(phrases.prose(owner, finding), 40)})
    before = (*_before(finding, context), account)
    after = whose if owner else words.sentence("owner_none_briefly", context.language, {})
    used = sum(width(piece) + len(phrases.BETWEEN) for piece in (*before, after))
    return phrases.BETWEEN.join((*before, _what(finding, context.language, _NOTIFICATION - used), after))


def _before(finding: Finding, context: MessageContext) -> tuple[str, ...]:
    """Say severity and marks, the sign first."""
    marks = (
        ("hidden", context.suppressed is not None),
        ("sample_mark", finding.sample),
        ("test_mark", finding.test),
    )
    said = [words.sentence(key, context.language, {}) for key, holds in marks if holds]
    shown = [*said, phrases.severity(finding.severity, context.language)]
    return (f"{signs.sign(finding, context)} {shown[0]}", *shown[1:])


def _title(finding: Finding, context: MessageContext) -> str:
    """Take GuardDuty's sentence; where it is in another language than ours, our phrase and what it is about."""
    phrase = _phrase(finding, context.language)
    if not in_our_words(finding, context.language):
        return title_of(finding)
    about = _about(finding, context.language)
    return (
        words.sentence("headline", context.language, {"phrase": phrase, "about": about}) if about else phrase
    )


def in_our_words(finding: Finding, language: str) -> bool:
    """Whether the headline is our own phrase: GuardDuty's title is English."""
    return language != words.FALLBACK and bool(_phrase(finding, language))


def says_title(finding: Finding, context: MessageContext) -> bool:
    """Whether the headline says the whole of GuardDuty's title."""
    before = phrases.BETWEEN.join((*_before(finding, context), ""))
    fits = width(escape(title_of(finding))) <= LIMIT - width(before)
    return fits and not in_our_words(finding, context.language)


def _phrase(finding: Finding, language: str) -> str:
    """Say what happened, where we have a phrase for it: what a custom rule means its author says best."""
    acting = finding.direction in _OURS
    return "" if finding.custom_rule else words.headline(finding.type, language, acting=acting)


def title_of(finding: Finding) -> str:
    """Read GuardDuty's title, without its own mark of samples; the type where there is none."""
    return finding.title.removeprefix(_SAMPLE).strip() or finding.type


def _about(finding: Finding, language: str) -> str:
    if not finding.resources:
        return ""
    first = importance.things(finding)[0]
    return resources.briefly(first, language, lambda text, _: text)


def _what(finding: Finding, language: str, room: int) -> str:
    """Say what happened to what: the title where we have no phrase of our own for the finding's type."""
    phrase = _phrase(finding, language)
    if not phrase or not finding.resources:
        return inert(phrases.prose(title_of(finding), finding), room)
    phrase = inert(phrase)
    if finding.signals:
        return _sequence(finding, language, phrase, room)
    first = importance.things(finding)[0]
    name = words.sentence("brief", language, {"what": "-", "phrase": phrase})
    left = max(room - width(name) - width(resources.kind(first, language)) - 1, 12)
    what = resources.briefly(first, language, _harmless(finding), left)
    return words.sentence("brief", language, {"what": what, "phrase": phrase})


def _sequence(finding: Finding, language: str, phrase: str, room: int) -> str:
    """Say what became of how many: ``data possibly compromised: 6 S3 buckets, 1 public``."""
    said = ""
    for counted in importance.counts(finding, language, _harmless(finding)):
        more = f"{said}, {counted}" if said else counted
        if width(phrase) + width(more) + 2 > room:
            break
        said = more
    values = {"phrase": phrase, "counts": said}
    return words.sentence("sequence_in_brief", language, values) if said else phrase


def _harmless(finding: Finding) -> Callable[[str, int], str]:
    return lambda text, limit: inert(phrases.prose(text, finding), limit)


def hidden(said: str, language: str) -> str:
    """Make a headline, or a notification, say that a rule hides its finding: the sign grey, the severity in words."""
    return greyed(said, words.sentence("hidden", language, {}))


def greyed(said: str, mark: str) -> str:
    """Make it say in a word that nothing is to do any more, behind a grey sign."""
    mention, sign, rest = _parts(said)
    return f"{mention}{signs.GREY_SIGN} {mark}{phrases.BETWEEN}{rest}" if sign or rest else said


def _parts(said: str) -> tuple[str, str, str]:
    """Part a text at the first of our signs; one of an older version has none."""
    for sign in (*signs.SIGNS.values(), signs.GREY_SIGN):
        before, found, after = said.partition(f"{sign} ")
        if found and (not before or before.endswith("> ")):
            return before, sign, after
    return "", "", said
