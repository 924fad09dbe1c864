"""A rule in a sentence that a person understands, and the verdict on it, in English and Japanese.

Plain text on one line, with hand-typed values in it: whoever puts it into Slack escapes it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import NamedTuple

from chalicelib.finding.model import Severity
from chalicelib.rules.attributes import Item
from chalicelib.rules.conditions import Conditions, Entry, Standing, standing
from chalicelib.rules.faults import WHY, Fault, shown
from chalicelib.rules.routes import USUAL_PRIORITY, Route
from chalicelib.text import words

LISTED = 5
"""Values of a condition that a sentence lists; of more it gives the number."""

COUNTERS = frozenset({"match_count", "last_matched_at"})
"""What the state machine writes into a rule: no change that anybody made."""

_CONDITIONS: Mapping[str, tuple[str, str, str]] = {
    "account_id": ("in account {}", "in accounts {}", "アカウント {}"),
    "account_name": ("in accounts named {}", "in accounts named {}", "アカウント名 {}"),
    "ou_path": ("in the OU {}", "in the OUs {}", "OU {}"),
    "region": ("in Region {}", "in the Regions {}", "リージョン {}"),
    "resource_id": ("on resource {}", "on the resources {}", "リソース {}"),
    "principal": ("by principal {}", "by the principals {}", "プリンシパル {}"),
    "tag": ("tagged {}", "tagged {}", "タグ {}"),
    "actor_ip": ("from {} only", "from {} only", "リモートアドレスがすべて {}"),
    "domain": ("with domain {} only", "with domains {} only", "ドメインがすべて {}"),
}
"""A condition with one value and with several in English, and in Japanese."""

_JAPANESE_WHY: Mapping[str, str] = {
    "name": "{attribute} は空でない文字列にしてください",
    "key": "finding_type {value} は一致しません: * は目的の代わりか、末尾の : / . ! の直後に限ります",
    "key_colon": "finding_type {value} は一致しません: タイプは Recon:EC2/Portscan のような形です",
    "key_space": "finding_type {value} は一致しません: 前後に空白があります",
    "unknown": "{attribute} という属性はありません",
    "misspelt": "{attribute} という属性はありません (正しくは {near} かもしれません)",
    "text": "{attribute} は文字列にしてください",
    "reason": "reason がありません: 理由を空でない文字列で書いてください",
    "values": "{attribute} は文字列、または文字列のリストかセットにしてください (空の値は使えません)",
    "account": "account_id は 12 桁以内のアカウント ID かパターン、またはそのリストかセットにしてください",
    "long": "{attribute} に {limit} 文字を超える値があります",
    "tag": "tag {value} はキー、または key=value (ワイルドカードは値のみ) にしてください",
    "address": "actor_ip {value} は IP アドレスでも CIDR でもありません",
    "severity": "{attribute} は 0 から 10 までの数値にしてください",
    "number": "{attribute} は数値にしてください",
    "date": "expires_at は日付 (2026-12-31)、ISO 形式の日時、またはエポック秒にしてください",
    "flag": "{attribute} はブール値にしてください",
    "star": "finding_type {value} には範囲を絞る条件 (account_id、resource_id など) が必要です",
    "member": "finding_type {value} で tag か account_name だけなら、max_severity と expires_at が必要です",
    "target": "channel か mention のどちらかが必要です",
    "channel": "channel {value} はチャンネルの ID でも名前でもありません",
    "mention": "mention {value} は @here、@channel、ユーザー (U…、W…) やグループ (S…) の ID ではありません",
    "expired": "expires_at を過ぎています: {when} まで有効でした",
    "account_digits": "account_id {value} は一致しません: アカウント ID は 12 桁です",
    "severities": "min_severity {low} が max_severity {high} より大きくなっています",
}

_VERDICTS: words.Words = {
    Standing.VALID: ("Valid.", "有効です。"),
    Standing.FAULTY: ("Faulty, so never applied: {why}.", "誤りがあり、適用されません: {why}。"),
    Standing.NEVER: ("Can never match: {why}.", "一致することはありません: {why}。"),
    Standing.OFF: ("Switched off: kept, not applied.", "無効です (残されていますが、適用されません)。"),
}

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_INNER_QUOTES = str.maketrans({"“": '"', "”": '"', "「": "『", "」": "』"})
_PLAIN = re.compile(r"[\w*?\[\]!./:@%+=#$&-]+")
_MARKUP = re.compile(r"<(?:!subteam\^|[!@])(\w+)>")


class Change(NamedTuple):
    """An attribute whose value changed, as a person reads it; empty where it was or is missing."""

    attribute: str
    old: str
    new: str


def sentence(entry: Entry, language: str) -> str:
    """Say what a rule hides (``hides Recon:EC2/* …``) or where a route sends (``sends … to #security``)."""
    return _japanese(entry) if language == "ja" else _english(entry)


def verdict_sentence(reading: Entry | Fault, now: datetime, language: str) -> str:
    """Say the verdict: valid, faulty or can never match (and why), switched off."""
    verdict, why = standing(reading, now)
    told = _VERDICTS[verdict][1 if language == "ja" else 0]
    return told.format(why=fault_sentence(why, language) if why else "")


def fault_sentence(fault: Fault, language: str) -> str:
    """Say why a rule is not applied, without a full stop; in English where it has no other words."""
    if language == "ja" and fault.key in WHY:
        return _JAPANESE_WHY[fault.key].format_map(dict(fault.values))
    return fault.why


def changes(old: Item, new: Item) -> tuple[Change, ...]:
    """Return the attributes whose values differ between two versions of an item; the counters never count."""
    names = sorted({*old, *new} - COUNTERS)
    return tuple(
        Change(shown(name), _value(old, name), _value(new, name))
        for name in names
        if _typed(old, name) != _typed(new, name)
    )


def change_sentence(change: Change, language: str) -> str:
    """Say one change: ``max_severity: 6.9 → 8.9``."""
    nothing = "なし" if language == "ja" else "none"
    return f"{change.attribute}: {change.old or nothing} → {change.new or nothing}"


def _english(entry: Entry) -> str:
    what = "every finding" if entry.finding_type in ("*", "*:*") else shown(entry.finding_type)
    verb, target = _sends(entry) if isinstance(entry, Route) else ("hides", "")
    clauses = [_condition(name, wanted, "en") for name, wanted in entry.conditions.wanted.items()]
    parts = (
        " ".join(filter(None, (verb, what, ", ".join(clauses), target))),
        _severities(entry, "en"),
        _until(entry, "en"),
        _nothing(entry.conditions, "en"),
        f"because {_in_quotes(shown(entry.reason, 500), 'en')}" if entry.reason else "",
    )
    return ", ".join(filter(None, parts)) + "."


def _japanese(entry: Entry) -> str:
    every = entry.finding_type in ("*", "*:*")
    what = "すべての検出結果" if every else f"{shown(entry.finding_type)} の検出結果"
    clauses = [_condition(name, wanted, "ja") for name, wanted in entry.conditions.wanted.items()]
    parts = (
        f"{what}を{_sends_japanese(entry) if isinstance(entry, Route) else '抑制します'}",
        f"条件: {'、'.join(clauses)}" if clauses else "",
        _severities(entry, "ja"),
        _until(entry, "ja"),
        _nothing(entry.conditions, "ja"),
        f"理由: {_in_quotes(shown(entry.reason, 500), 'ja')}" if entry.reason else "",
    )
    return "。".join(filter(None, parts)) + "。"


def _sends(route: Route) -> tuple[str, str]:
    target = f"to {shown(route.channel)}" if route.channel else "to the usual channel"
    calls = f", calling {_called(route.mention)}" if route.mention else ""
    priority = "" if route.priority == USUAL_PRIORITY else f", with priority {route.priority:g}"
    return "sends", f"{target}{calls}{priority}"


def _sends_japanese(route: Route) -> str:
    target = f" {shown(route.channel)} " if route.channel else "既定のチャンネル"
    sends = f"送り、{_called(route.mention)} に知らせます" if route.mention else "送ります"
    priority = "" if route.priority == USUAL_PRIORITY else f" (優先度 {route.priority:g})"
    return f"{target}に{sends}{priority}"


def _called(markup: str) -> str:
    """Return a mention as one writes it by hand: the sentence itself calls nobody."""
    return _MARKUP.sub(lambda found: f"@{found[1]}", markup)


def _condition(name: str, wanted: tuple[str, ...], language: str) -> str:
    one, several, japanese = _CONDITIONS[name]
    template = japanese if language == "ja" else one if len(wanted) == 1 else several
    return template.format(_any_of(wanted, language))


def _any_of(values: tuple[str, ...], language: str) -> str:
    told = [_quoted(value, language) for value in values[:LISTED]]
    more = len(values) - len(told)
    if language == "ja":
        return " または ".join(told) + (f" ほか {more} 件" if more else "")
    return " or ".join([*told, *([f"{more} more"] if more else [])])


def _quoted(value: str, language: str) -> str:
    # A value with spaces or commas could otherwise read like a clause of ours.
    text = shown(value)
    return text if _PLAIN.fullmatch(text) else _in_quotes(text, language)


def _in_quotes(text: str, language: str) -> str:
    # Quotes inside would let a hand-typed text end early and go on as words of ours.
    inside = text.translate(_INNER_QUOTES)
    return f"「{inside}」" if language == "ja" else f"“{inside}”"


def _severities(entry: Entry, language: str) -> str:
    # A suppression's highest severity is always told: it says whether Critical is hidden.
    lowest, highest = entry.conditions.min_severity, entry.conditions.max_severity
    low = _severity(lowest, language) if lowest > 0 else ""
    high = _severity(highest, language) if highest < 10 or not isinstance(entry, Route) else ""
    if language == "ja":
        said = "、".join(filter(None, (low and f"{low} 以上", high and f"{high} 以下")))
        return said and f"重大度: {said}"
    return " ".join(filter(None, (low and f"from {low}", high and f"up to {high}")))


def _severity(number: float, language: str) -> str:
    band = words.severity(Severity.of(number), language)
    return f"{number:g} ({band.partition(' ')[0]})" if language == "ja" else f"{band} ({number:g})"


def _until(entry: Entry, language: str) -> str:
    moment = entry.conditions.expires_at
    if moment is None:
        return "" if isinstance(entry, Route) else "期限なし" if language == "ja" else "with no end"
    return f"期限: {_time(moment, language)}" if language == "ja" else f"until {_time(moment, language)}"


def _time(moment: datetime, language: str) -> str:
    day = f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
    if language == "ja":
        day = f"{moment.year}年{moment.month}月{moment.day}日"
    return day if moment.time() == time.max else f"{day} {moment:%H:%M} UTC"


def _nothing(conditions: Conditions, language: str) -> str:
    names = conditions.nothing
    if not names:
        return ""
    if language == "ja":
        return f"{'、'.join(names)} は何にでも一致するため条件になりません"
    return (
        f"with no condition on {' and '.join(names)} ({'matches' if len(names) == 1 else 'match'} anything)"
    )


def _typed(item: Item, name: str) -> tuple[str, object]:
    # True == 1 and Decimal(1) == 1: a changed type is a change, because it may make a rule faulty.
    value = item.get(name)
    if isinstance(value, Decimal) and value.is_nan():  # no table holds one, and some refuse to be compared
        value = str(value)
    return (type(value).__name__ if name in item else "", value)


def _value(item: Item, name: str) -> str:
    return _readable(item[name]) if name in item else ""


def _readable(value: object) -> str:
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, set | frozenset | list | tuple):
        return _listed(sorted(value, key=str) if isinstance(value, set | frozenset) else value)
    return _SCALARS[type(value)](value) if type(value) in _SCALARS else type(value).__name__


def _listed(values: Iterable[object]) -> str:
    return shown(", ".join(_readable(value) for value in values), 300)


_SCALARS: Mapping[type, Callable[[object], str]] = {
    bool: lambda flag: str(flag).lower(),
    type(None): lambda _: "null",
    int: str,
    float: str,
    Decimal: lambda number: f"{number:f}",
}
"""How the values that are no text and no list read."""
