"""Hostile text made fit for Slack: cleaned, defanged, cut, escaped, in that order.

Names, tags, user agents, domains and paths come from attackers. Slack's rules:
https://docs.slack.dev/messaging/formatting-message-text and
https://docs.slack.dev/reference/block-kit/composition-objects/text-object. A length is the number of UTF-16
units of the escaped text, which is the most that any of Slack's counters makes of it.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

ELLIPSIS = "…"
MARKS_KEPT = 3
"""Combining marks kept on one character: more than any script needs, fewer than paint over the next line."""

# Characters that show nothing, of whatever category. First Unicode's own list of what is to be ignored where it can't
# be shown: https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt, Default_Ignorable_Code_Point.
_IGNORABLE = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
# Then what has a picture by Unicode, and the picture is empty: Braille's blank, fillers of the Khitan and Egyptian
# scripts, and the note without a head.
_BLANK = "\u2800\U00013441\U00013442\U00016fe4\U0001d159"
_INVISIBLE = frozenset(_BLANK).union(*(map(chr, range(first, last + 1)) for first, last in _IGNORABLE))
# Wherever it begins: what stands before it may be a letter, as in a name that was put together.
_WEB_URL = re.compile(r"(?:(ht)tp(s?)|(?:ftps?|wss?))://([^\s/?#]*)", re.IGNORECASE)
_BARE_DOMAIN = re.compile(r"(?<![\w./\\-])(?:[\w-]+\.)+(?:xn--[\w-]+|[^\W\d_]{2,})(?![\w-])")
_AWS_SERVICE = re.compile(r"[a-z0-9-]+\.amazonaws\.com(?:\.cn)?", re.IGNORECASE)
_LOOKALIKES = str.maketrans({"*": "∗", "~": "∼", "`": "ʼ"})
_OUTER_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_EMOJI_COLON = re.compile(r":(?=[^\s:]+:)")
_FORMATS = re.compile(r"[*~_]|:[^\s:]+:")
_CALL = re.compile(r"@(?=here|channel|everyone)", re.IGNORECASE)


def clean(text: str) -> str:
    """Make it one line of visible characters: no control, zero-width or bidirectional ones, single spaces."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(_visible(text))
    return " ".join(text.split())


def is_seen(character: str) -> bool:
    """Whether a reader sees a character, which controls nothing; spaces aside, which are seen between others."""
    return character.isprintable() and character not in _INVISIBLE


def _visible(text: str) -> Iterator[str]:
    marks = 0
    for character in text:
        if character.isspace():
            marks = 0
            yield " "
        elif not is_seen(character):
            continue
        elif not unicodedata.category(character).startswith("M"):
            marks = 0
            yield character
        elif (marks := marks + 1) <= MARKS_KEPT:
            yield character


def escape(text: str) -> str:
    """Escape the three characters that Slack gives a meaning."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def width(text: str) -> int:
    """Count a finished text's UTF-16 units."""
    return len(text) if text.isascii() else len(text) + sum(character > "\uffff" for character in text)


def shorten(text: str, limit: int) -> str:
    """Cut so that the escaped text has at most ``limit`` units, between characters as a reader sees them."""
    if width(escape(text)) <= limit:
        return text
    used = boundary = 0
    for index, character in enumerate(text):
        if _starts_character(text, index):
            boundary = index
        used += width(escape(character))
        if used > limit - len(ELLIPSIS):
            break
    return text[:boundary].rstrip() + ELLIPSIS


def _starts_character(text: str, index: int) -> bool:
    if text[index].isascii():
        return True
    if _is_flag_half(text[index]):
        before = text[:index]
        return (len(before) - len(before.rstrip(_FLAG_HALVES))) % 2 == 0
    return not (unicodedata.category(text[index]).startswith("M") or _joins_the_one_before(text[index]))


_FLAG_HALVES = "".join(map(chr, range(0x1F1E6, 0x1F200)))


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _joins_the_one_before(character: str) -> bool:
    """Know skin tones and the vowels and finals of Hangul, which stand on what precedes them."""
    return "\U0001f3fb" <= character <= "\U0001f3ff" or "\u1161" <= character <= "\u11ff"


def defang_urls(text: str) -> str:
    """Make web addresses unclickable: ``https://evil.example.com/x`` becomes ``hxxps://evil[.]example[.]com/x``."""
    return _WEB_URL.sub(_defanged_url, text) if "://" in text else text


def _defanged_url(match: re.Match[str]) -> str:
    scheme, host = match.group(0).split("://", 1)
    if match.group(1):
        scheme = "hxxp" + match.group(2).lower()
    return f"{scheme}://{_bracket_dots(host)}"


def _bracket_dots(host: str) -> str:
    return host.replace("[.]", ".").replace(".", "[.]")


def defang_known(text: str, domains: Sequence[str]) -> str:
    """Make the given domains unclickable wherever they stand in the text."""
    lower = text.lower()
    for domain in domains:
        if "." in domain and domain.lower() in lower and not _AWS_SERVICE.fullmatch(domain):
            text = re.sub(
                re.escape(domain), lambda match: _bracket_dots(match.group(0)), text, flags=re.IGNORECASE
            )
    return text


def defang(text: str) -> str:
    """Make URLs and all that looks like a domain unclickable; names of AWS services stay as they are."""
    return _BARE_DOMAIN.sub(_defanged_domain, defang_urls(text)) if "." in text else text


def _defanged_domain(match: re.Match[str]) -> str:
    domain = match.group(0)
    return domain if _AWS_SERVICE.fullmatch(domain) else _bracket_dots(domain)


def code(text: str, limit: int = 300) -> str:
    """Show a text literally, as a code span: nothing in it is markup. Empty stays empty."""
    cleaned = clean(text).replace("`", "ʼ")
    return f"`{escape(shorten(cleaned, limit - 2))}`" if cleaned else ""


def json_block(value: Any, limit: int) -> str:
    """Show JSON in a block of code, to be copied as it is; empty where it is longer: half a rule is none.

    Who reads it as JSON gets what was meant: what would end the block, be opened as a domain, or show nothing,
    is written as its JSON escape.
    """
    lines = json.dumps(value, ensure_ascii=False, indent=2).split("\n")
    shown = escape("\n".join(_json_line("".join(map(_in_json, line))) for line in lines))
    block = f"```\n{shown}\n```"
    return block if width(block) <= limit else ""


def _in_json(character: str) -> str:
    seen = character == " " or (is_seen(character) and character != "`")
    return character if seen else "".join(f"\\u{unit:04x}" for unit in _utf16(character))


def _utf16(character: str) -> Iterator[int]:
    written = character.encode("utf-16-be", "surrogatepass")
    return (int.from_bytes(written[place : place + 2], "big") for place in range(0, len(written), 2))


def _json_line(line: str) -> str:
    return _BARE_DOMAIN.sub(_escaped_domain, line).replace("://", ":\\u002f/")


def _escaped_domain(match: re.Match[str]) -> str:
    domain = match.group(0)
    return domain if _AWS_SERVICE.fullmatch(domain) else domain.replace(".", "\\u002e")


def inert(text: str, limit: int = 300) -> str:
    """Make prose that can stand in mrkdwn: what would format, call or become an emoji is a lookalike."""
    text = _OUTER_UNDERSCORE.sub("ˍ", clean(text).translate(_LOOKALIKES))
    text = _CALL.sub("＠", _EMOJI_COLON.sub("∶", text))
    quoted = "›" + text[1:] if text.startswith(">") else text  # a line that begins with > is a quotation
    return escape(shorten(quoted, limit))


def mixed(text: str, limit: int = 300) -> str:
    """Make prose for mrkdwn in which a word that would format or become an emoji is shown literally, as code.

    Where a person would copy it no letter is replaced: ``arn:aws:iam::…`` stays what it is.
    """
    cut = shorten(clean(text), limit)
    marked = [word for word in cut.split(" ") if _FORMATS.search(word)]
    if not marked:
        return inert(text, limit)
    cut = shorten(clean(text), limit - 2 * len(marked)) if len(marked) < limit // 4 else cut
    words = ((code(word, limit) if _FORMATS.search(word) else inert(word, limit)) for word in cut.split(" "))
    return " ".join(words)


def plain(text: str, limit: int) -> str:
    """Make the text of a ``plain_text`` object: literal to Slack except for the three escaped characters."""
    return escape(shorten(clean(text), limit))


def plain_lines(text: str, limit: int) -> str:
    """Make the text of a ``plain_text`` object whose lines stay lines; empty ones are left out."""
    lines = [line for line in map(clean, text.splitlines()) if line]
    return escape(shorten("\n".join(lines), limit))
