"""What a rule would have hidden, in words."""

from chalicelib.message import phrases
from chalicelib.rules.dry_run import Hidden, Hindsight
from chalicelib.rules.table import Chooser
from chalicelib.text import words
from chalicelib.text.untrusted import shorten

_ROOM_OF_NAMES = 200

_WHO = {
    (Chooser.OWNER,): "by_owner",
    (Chooser.OTHER_SIDE,): "by_other_side",
    (Chooser.OWNER, Chooser.OTHER_SIDE): "by_both",
    (Chooser.ANYONE,): "by_anyone",
}


def past_sentences(hidden: Hidden, past: Hindsight, language: str) -> list[str]:
    """Say what a rule would have hidden, who could make findings match it, and what is not known, in plain text.

    The first sentence has the numbers.
    """
    said = _word("hidden" if hidden.findings else "hidden_none", language).format(
        count=f"{hidden.findings:,}",
        total=f"{past.findings:,}",
        region=past.region,
        days=past.days,
        highest=phrases.severity(hidden.highest, language),
    )
    unnamed = [_word("unnamed", language).format(count=f"{hidden.unnamed:,}")] if hidden.unnamed else []
    incomplete = [] if past.complete else [_word("incomplete", language)]
    return [said, *_by_others(hidden, language), *unnamed, *incomplete]


def _by_others(hidden: Hidden, language: str) -> list[str]:
    """Say by whose choice it matched; nothing where AWS or the organisation knows what it matched by."""
    choosers, names = hidden.by_others
    if not (hidden.findings and choosers):
        return []
    comma = words.catalogue(language).punctuation["comma"]
    said = _word(words.plural("by_others", hidden.findings), language).format(
        count=f"{hidden.findings:,}",
        who=_word(_WHO[choosers], language),
        names=comma.join(names),
    )
    return [shorten(said, _ROOM_OF_NAMES)]


def _word(key: str, language: str) -> str:
    return words.catalogue(language).feed[key]
