"""What a change of a rule means, in sentences: what the rule does or did, what differs, and what is posted now.

Plain text with hand-typed values in it, but for ``times``, which is mrkdwn: only there Slack shows a time in the
reader's own zone.
"""

from datetime import UTC, datetime

from chalicelib.message import phrases
from chalicelib.rule_feed.change import RuleChange
from chalicelib.rules import conditions, faults, sentences
from chalicelib.rules.conditions import RuleStanding
from chalicelib.rules.faults import RuleFault
from chalicelib.text import words
from chalicelib.text.untrusted import code, inert

_EXPIRED = "expired"


def does(change: RuleChange, now: datetime, language: str) -> str:
    """Say what the rule does; of one without effect what it did until now, or what is written in it."""
    before, reading = change.effect_before(now), change.read()
    if change.has_effect(now) and not isinstance(reading, RuleFault):
        return _of_table("does", change, language, text=sentences.sentence(reading, language, end=False))
    if before:
        said = sentences.sentence(before, language, past=True, end=False)
        return _of_table("did", change, language, text=said)
    if isinstance(reading, RuleFault):
        return ""
    return _say("written", language, text=sentences.sentence(reading, language, end=False))


def differences(change: RuleChange, language: str) -> list[str]:
    """Say what differs; of a rule that is new or gone what is written in it, where no sentence can say it."""
    if change.kind == "changed":
        return [sentences.change_sentence(each, language) for each in change.differences]
    if not isinstance(change.read(), RuleFault):
        return []
    nothing = sentences.in_quotes("", language)
    return [f"{each.attribute}: {each.new or each.old or nothing}" for each in change.differences]


def verdict(change: RuleChange, now: datetime, language: str) -> str:
    """Say why a rule has or had no effect; nothing where its end says so, nor of a deleted rule that was valid."""
    reading = change.read()
    standing, why = conditions.standing(reading, now)
    if change.kind != "deleted" and standing is RuleStanding.VALID:
        return sentences.verdict_sentence(reading, now, language)
    if standing is RuleStanding.VALID or _is_expired(why):
        return ""
    key = "was_off" if standing is RuleStanding.OFF else "was_not_applied"
    said = sentences.fault_sentence(why, language) if why else ""
    return _say(key if change.kind == "deleted" else key.removeprefix("was_"), language, why=said)


def consequence(change: RuleChange, now: datetime, language: str) -> str:
    """Say where the findings go that a rule without effect does not hide, or not send elsewhere."""
    before = change.effect_before(now)
    if change.has_effect(now) or (change.kind == "deleted" and not before):
        return ""
    key = "again" if before else "go_on"
    finding_type = change.names[0]
    every = finding_type in ("*", "*:*")
    return _of_table(f"{key}_every" if every and not before else key, change, language, type=finding_type)


def times(change: RuleChange, now: datetime, language: str) -> str:
    """Say until when it holds or held, and how much it has hidden that no longer hides."""
    said = (_end(change, now, language), _counted(change, now, language))
    return words.catalogue(language).verdicts["between"].join(filter(None, said))


def _end(change: RuleChange, now: datetime, language: str) -> str:
    reading = change.read()
    if isinstance(reading, RuleFault):
        return ""
    end = reading.conditions.expires_at
    if end is None:
        return _say("no_end", language) if change.hides(now) else ""
    key = "ended" if now > end else "would_end" if change.kind == "deleted" else "ends"
    return _say(key, language, time=phrases.moment(end))


def _counted(change: RuleChange, now: datetime, language: str) -> str:
    count, last = change.item.get("match_count"), change.item.get("last_matched_at")
    if change.table == "routes" or change.kind == "added" or not count or change.hides(now):
        return ""
    number = inert(faults.shown(count, 20))
    return _say("counted" if last else "counted_only", language, count=number, last=_time(last))


def _time(last: object) -> str:
    """Show the counter's time; somebody may have typed another there."""
    try:
        when = datetime.fromisoformat(str(last))
        return phrases.moment(when if when.tzinfo else when.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return code(faults.shown(last, 40))


def _is_expired(why: RuleFault | None) -> bool:
    return why is not None and why.key == _EXPIRED


def _of_table(key: str, change: RuleChange, language: str, **values: str) -> str:
    return _say(f"{key}_routes" if change.table == "routes" else key, language, **values)


def _say(key: str, language: str, **values: str) -> str:
    return words.catalogue(language).feed[key].format_map(values)
