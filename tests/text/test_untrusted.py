"""Hostile text made fit for Slack."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.text import untrusted


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        pytest.param("web-1", "web-1", id="plain-stays"),
        pytest.param("a\nb\r\n\tc  d", "a b c d", id="newlines-and-tabs-become-one-space"),
        pytest.param("a\u2028b\u2029c\x85d", "a b c d", id="unicode-line-ends-too"),
        pytest.param("a\x00b\x1b[31mc\x7f", "ab[31mc", id="controls-are-removed"),
        pytest.param("pay\u200bments\ufeff\u2060", "payments", id="zero-width-is-removed"),
        pytest.param("gpj.\u202eexe\u2066x\u2069", "gpj.exex", id="bidirectional-is-removed"),
        pytest.param("a\u3164b\u2800c", "abc", id="blank-letters-are-removed"),
        pytest.param("a\U0001d159b\U00013441c\U00013442d", "abcd", id="blank-signs-are-removed"),
        pytest.param("a\U00016fe4b", "ab", id="a-filler-is-removed"),
        pytest.param("a\u180fb\u17b4c\ufe0fd\U000e01efe", "abcde", id="ignorable-marks-are-removed"),
        pytest.param("a\U000e0fffb\ufff5c", "abc", id="what-is-to-be-ignored-once-it-is-assigned"),
        pytest.param("𓀀 𝅘𝅥 ⠁", "𓀀 𝅘𝅥 ⠁", id="their-visible-neighbours-stay"),
        pytest.param("x\ud800y", "xy", id="lone-surrogate-is-removed"),
        pytest.param("\U000e0041tag\ue000", "tag", id="tag-and-private-characters-are-removed"),
        pytest.param("e\u0301" + "\u0301" * 50, "e\u0301\u0301\u0301", id="piled-marks-are-cut"),
        pytest.param("決済 本番", "決済 本番", id="japanese-stays"),
        pytest.param("\u3000 決済\u00a0本番 ", "決済 本番", id="wide-spaces-become-one"),
        pytest.param("", "", id="empty"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert untrusted.clean(text) == cleaned


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        pytest.param("a" * 149, 150, "a" * 149, id="149-of-150"),
        pytest.param("a" * 150, 150, "a" * 150, id="150-of-150"),
        pytest.param("a" * 151, 150, "a" * 149 + "…", id="151-of-150"),
        pytest.param("ab&cd", 8, "ab&…", id="an-entity-is-counted-whole"),
        pytest.param("ab&cd", 6, "ab…", id="an-entity-is-never-cut"),
        pytest.param("ab😀cd", 6, "ab😀cd", id="an-emoji-counts-two"),
        pytest.param("ab😀cd", 5, "ab😀…", id="an-emoji-fits"),
        pytest.param("ab😀cd", 4, "ab…", id="an-emoji-is-never-halved"),
        pytest.param("abe\u0301e\u0301e\u0301", 6, "abe\u0301…", id="a-mark-stays-with-its-letter"),
        pytest.param("👍🏽👍🏽👍🏽", 8, "👍🏽…", id="a-skin-tone-stays-with-its-hand"),
        pytest.param("🇯🇵🇳🇴🇫🇷", 10, "🇯🇵🇳🇴…", id="flags-stay-whole"),
        pytest.param("ab cd", 4, "ab…", id="no-space-before-the-ellipsis"),
    ],
)
def test_shorten(text: str, limit: int, short: str) -> None:
    assert untrusted.shorten(text, limit) == short


@given(st.text(), st.integers(1, 40))
def test_a_shortened_text_fits_and_is_cut_from_the_start(text: str, limit: int) -> None:
    short = untrusted.shorten(text, limit)
    assert untrusted.width(untrusted.escape(short)) <= limit
    assert text == short or text.startswith(short.removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        pytest.param("evil.example.com", "evil[.]example[.]com", id="domain"),
        pytest.param("see https://evil.example.com/a.b", "see hxxps://evil[.]example[.]com/a.b", id="https"),
        pytest.param("HTTP://Evil.Example.com", "hxxp://Evil[.]Example[.]com", id="upper-case"),
        pytest.param("http://198.51.100.7/x.sh", "hxxp://198[.]51[.]100[.]7/x.sh", id="address-in-a-url"),
        pytest.param("198.51.100.7", "198.51.100.7", id="an-address-can-be-copied"),
        pytest.param("ftp://files.example.com", "ftp://files[.]example[.]com", id="ftp"),
        pytest.param("7https://evil.example.com", "7hxxps://evil[.]example[.]com", id="behind-a-digit"),
        pytest.param("seehttp://a.example.com", "seehxxp://a[.]example[.]com", id="behind-a-letter"),
        pytest.param("sftp://files.example.com", "sftp://files[.]example[.]com", id="sftp"),
        pytest.param("(www.example.net)", "(www[.]example[.]net)", id="in-brackets"),
        pytest.param("例え.example.org", "例え[.]example[.]org", id="international"),
        pytest.param("a.xn--p1ai", "a[.]xn--p1ai", id="punycode"),
        pytest.param("s3.amazonaws.com", "s3.amazonaws.com", id="an-aws-service-stays"),
        pytest.param("x.evil.amazonaws.com", "x[.]evil[.]amazonaws[.]com", id="deeper-is-no-service"),
        pytest.param(
            "s3.amazonaws.com.evil.com", "s3[.]amazonaws[.]com[.]evil[.]com", id="a-service-as-prefix"
        ),
        pytest.param("evil[.]example[.]com", "evil[.]example[.]com", id="already-defanged"),
        pytest.param("/tmp/run.sh", "/tmp/run.sh", id="a-path-is-no-domain"),
        pytest.param("jane@example.com", "jane@example[.]com", id="mail-address"),
        pytest.param("port 4444. Then 5.6", "port 4444. Then 5.6", id="sentences-and-numbers-stay"),
    ],
)
def test_defang(text: str, harmless: str) -> None:
    assert untrusted.defang(text) == harmless
    assert untrusted.defang(harmless) == harmless


def test_known_domains_are_defanged_wherever_they_stand() -> None:
    defanged = untrusted.defang_known("dig EVIL.example.com +short", ["evil.example.com", "s3.amazonaws.com"])
    assert defanged == "dig EVIL[.]example[.]com +short"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("web-1", "`web-1`", id="plain"),
        pytest.param("a`*b*`_c_", "`aʼ*b*ʼ_c_`", id="no-way-out-of-the-span"),
        pytest.param("<!channel> & <@U1>", "`&lt;!channel&gt; &amp; &lt;@U1&gt;`", id="no-mention"),
        pytest.param("a\n*Severity:* Low", "`a *Severity:* Low`", id="no-line-of-its-own"),
        pytest.param("\u200b", "", id="nothing-visible-is-empty"),
    ],
)
def test_code(text: str, shown: str) -> None:
    assert untrusted.code(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("*bold* _it_ ~no~ `x`", "∗bold∗ ˍitˍ ∼no∼ ʼxʼ", id="formatting-is-shown-as-typed"),
        pytest.param("snake_case stays", "snake_case stays", id="inner-underscore-stays"),
        pytest.param(":rotating_light: x", "∶rotating_light: x", id="no-emoji"),
        pytest.param("> quoted > not", "› quoted &gt; not", id="no-quotation"),
        pytest.param("@channel @Here", "＠channel ＠Here", id="nobody-is-called"),
        pytest.param("<https://example.com|ok>", "&lt;https://example.com|ok&gt;", id="no-link"),
    ],
)
def test_inert(text: str, shown: str) -> None:
    assert untrusted.inert(text) == shown


@given(st.text(), st.integers(10, 60))
def test_whatever_comes_is_visible_and_within_its_limit(text: str, limit: int) -> None:
    for made in (untrusted.code(text, limit), untrusted.inert(text, limit), untrusted.plain(text, limit)):
        assert untrusted.width(made) <= limit
        assert made.isprintable()
        assert not set("<>") & set(made)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("web-1", "web-1", id="plain-stays"),
        pytest.param("検出", "検出", id="letters-stay"),
        pytest.param("a```b", r"a\u0060\u0060\u0060b", id="no-end-of-the-block"),
        pytest.param("evil.example.com", r"evil\u002eexample\u002ecom", id="no-domain"),
        pytest.param("https://192.0.2.1/x", r"https:\u002f/192.0.2.1/x", id="no-address"),
        pytest.param("s3.amazonaws.com", "s3.amazonaws.com", id="services-stay"),
        pytest.param("<!here> & co", "&lt;!here&gt; &amp; co", id="nobody-is-called"),
        pytest.param("a\u202eb", r"a\u202eb", id="nothing-turns-round"),
        pytest.param("a\U000e0041b", r"a\udb40\udc41b", id="what-shows-nothing-is-said"),
    ],
)
def test_json_in_a_block(text: str, shown: str) -> None:
    assert untrusted.json_block({"name": text}, 300) == f'```\n{{\n  "name": "{shown}"\n}}\n```'


@given(st.dictionaries(st.text(), st.text() | st.lists(st.text()) | st.floats(0, 10)))
def test_json_in_a_block_is_read_as_it_was_meant(value: dict[str, object]) -> None:
    """Slack gives back the three characters that are escaped for it, and no others."""
    block = untrusted.json_block(value, 1_000_000)
    inside = block.removeprefix("```\n").removesuffix("\n```")
    assert "`" not in inside and not set("<>") & set(inside)
    assert inside.replace("\n", "").isprintable()
    read = inside.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert json.loads(read) == value


@given(st.text(), st.integers(0, 60))
def test_json_that_is_too_long_is_not_cut(text: str, limit: int) -> None:
    whole = untrusted.json_block(text, 1_000_000)
    assert untrusted.json_block(text, limit) == (whole if untrusted.width(whole) <= limit else "")
