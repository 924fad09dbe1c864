"""What CheckSuppressionList found out, read from the execution's state: which rule hides, and what is to be said."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib import settings
from chalicelib.ledger.claim import instant
from chalicelib.message.context import Note, Suppressed
from chalicelib.notify import lookups
from chalicelib.rules import sentences
from chalicelib.rules.faults import RuleFault, from_json, shown
from chalicelib.text import words

MOST_FAULTS_NAMED = 3

_LONGEST_REASON = 500


def asked_at(state: Mapping[str, Any], now: datetime) -> str:
    """Say when the list was asked; now, where an older definition of the state machine does not say so."""
    verdict = state.get("verdict")
    at = verdict.get("at") if isinstance(verdict, Mapping) else None
    return instant(datetime.fromisoformat(at)) if at else instant(now)


def notes(state: Mapping[str, Any]) -> tuple[Note, ...]:
    """Say what a reader is to know of the check: that the list could not be read, and which rules are faulty."""
    verdict = state.get("verdict")
    if not isinstance(verdict, Mapping):
        return ()
    error = str(verdict.get("error") or "")
    why = lookups.sentence(error, verdict.get("cause", ""))
    unreadable = (Note("list_unreadable", {"error": why}),) if error else ()
    faults: list[Mapping[str, object]] = verdict.get("faulty") or []
    return (*unreadable, *(faulty("rule_faulty", from_json(fault)) for fault in faults[:MOST_FAULTS_NAMED]))


def faulty(key: str, fault: RuleFault) -> Note:
    """Say what is wrong with a rule or route."""
    why = sentences.fault_sentence(fault, settings.message_language())
    return Note(key, {"rule": f"{fault.finding_type} {fault.rule}", "why": why})


def suppressing_rule(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the rule that hides the finding; empty where none does."""
    verdict = state.get("verdict") or {}
    rule: Mapping[str, Any] = verdict.get("rule") or {}
    return rule if verdict.get("suppressed") else {}


def why_hidden(rule: Mapping[str, Any]) -> str:
    """Say which rule hides a finding, until when, why, and who answers for it: for people who look at an execution.

    In English, as all that an execution says. What somebody typed is cut, stands on the sentence's one line, and
    can't be taken for words of ours: a rule may be named ``x hides it without end``.
    """
    names = " ".join(_typed(rule.get(name) or "") for name in ("finding_type", "rule"))
    until = f"until {_moment(rule['expires_at'])}" if rule.get("expires_at") else "without end"
    reason = shown(rule.get("reason") or "", _LONGEST_REASON)
    because = (
        f"because {sentences.in_quotes(reason, words.FALLBACK)}" if reason else "for no reason that it gives"
    )
    answerable = (f"; {name} {_typed(rule[name])}" for name in ("owner", "ticket") if rule.get(name))
    return f"Rule {names} hides it {until}, {because}{''.join(answerable)}."


def _typed(value: object) -> str:
    return sentences.quoted(str(value), words.FALLBACK)


def _moment(written: object) -> str:
    return f"{datetime.fromisoformat(str(written)):%Y-%m-%d %H:%M} UTC"


def shown_as(rule: Mapping[str, Any]) -> str:
    """Write what a message says of a rule, its name and its end, as the finding's item keeps it; empty for none."""
    if not rule:
        return ""
    return json.dumps({"rule": str(rule["rule"]), "until": rule.get("expires_at") or ""})


def suppressed(shown: str, since: str) -> Suppressed | None:
    """Read what a message says of a rule, and since when; None where it says nothing, or it can't be read."""
    try:
        said = json.loads(shown)
        until = datetime.fromisoformat(said["until"]) if said["until"] else None
        return Suppressed(datetime.fromisoformat(since), said["rule"], until)
    except (ValueError, KeyError, TypeError):
        return None
