"""The rules that would have kept most of what was posted out of Slack, as a message: each in words, proved, as JSON.

Nobody is called by it. What others chose stands in ``plain_text`` or as JSON in a block of code.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from chalicelib.message import blocks, phrases
from chalicelib.rules import sentences, suppressions
from chalicelib.rules.quieter import Quieter
from chalicelib.rules.suppressions import Rule
from chalicelib.text import words
from chalicelib.text.untrusted import code, defang, json_block, plain

QuieterPayload = dict[str, Any]

# Together, for three rules, below blocks.MESSAGE_LIMIT, with room for all that is ours.
_ROOM_OF_A_SENTENCE = 600
_ROOM_OF_A_RULE = 1700


class Offer(NamedTuple):
    """What is offered, and what it was tried on."""

    rules: Sequence[Quieter]
    """At least one, at most three."""
    days: int
    stage: str
    table: str
    """Address of the suppression list in the console; empty where there is none."""
    complete: bool = True
    """Whether all findings of these days were read."""


def payload(offer: Offer, language: str) -> QuieterPayload:
    """Make the payload of ``chat.postMessage`` or of a webhook, without the channel."""
    return {
        "text": _text(offer, language),
        "blocks": [
            blocks.header(_title(offer, language)),
            blocks.section(_tried_on(offer, language)),
            *(block for each in offer.rules for block in _rule(each, language)),
            blocks.section(_how(offer, language)),
            *blocks.buttons([("open_suppressions", words.label("open_suppressions", language), offer.table)]),
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def without_blocks(offer: Offer, language: str) -> QuieterPayload:
    """Keep the text only, for when Slack refuses the blocks."""
    return {name: value for name, value in payload(offer, language).items() if name != "blocks"}


def rule_sentence(rule: dict[str, Any], language: str) -> str:
    """Say what an offered rule hides, and until when; nothing of a reason, which is still to be written."""
    reading = suppressions.read({**rule, "reason": "tried"})
    return sentences.sentence(replace(reading, reason=""), language) if isinstance(reading, Rule) else ""


def _text(offer: Offer, language: str) -> str:
    """Say it for a phone's notification, which shows markup as it is typed."""
    proofs = [_proof(each, language).replace("*", "") for each in offer.rules]
    return phrases.fit([_title(offer, language), *proofs, _command(offer, language)], 1500, language)


def _title(offer: Offer, language: str) -> str:
    return _say(words.plural("title", len(offer.rules)), language, number=str(len(offer.rules)))


def _tried_on(offer: Offer, language: str) -> str:
    key = "of" if offer.complete else "of_at_least"
    return _say(key, language, of=f"{offer.rules[0].of:,}", days=str(offer.days))


def _rule(each: Quieter, language: str) -> list[blocks.Block]:
    said = words.catalogue(language).feed["does"].format(text=rule_sentence(each.rule, language))
    shown = json_block(each.rule, _ROOM_OF_A_RULE) or _say("too_long", language)
    return [
        blocks.literal(plain(defang(said), _ROOM_OF_A_SENTENCE)),
        blocks.section(f"{_proof(each, language)}\n{shown}"),
    ]


def _proof(each: Quieter, language: str) -> str:
    return _say(
        words.plural("proof_besides", each.besides) if each.besides else "proof",
        language,
        hides=f"{each.hides:,}",
        of=f"{each.of:,}",
        share=str(100 * each.hides // each.of),  # never more than is proved
        highest=phrases.severity(each.highest, language),
        besides=f"{each.besides:,}",
    )


def _how(offer: Offer, language: str) -> str:
    return f"{_say('how', language)}\n{_command(offer, language)}"


def _command(offer: Offer, language: str) -> str:
    asked = f"guardduty-notifier suppressions --stage {offer.stage} --suggest --json"
    return _say("command", language, command=code(asked, 200))


def _say(key: str, language: str, **values: str) -> str:
    return words.catalogue(language).quieter[key].format_map(values)
