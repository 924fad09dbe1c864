"""What was done reads as a phrase in both languages."""

import re
from dataclasses import replace

import pytest

from chalicelib.finding.model import Detail, Form
from chalicelib.message.render import render
from chalicelib.settings import LANGUAGES
from tests.message.common import PLAIN, SSH, said

OUT = (
    Detail("direction", "OUTBOUND", Form.TEXT),
    Detail("protocol", "TCP"),
    Detail("local_address", "10.0.12.34"),
    Detail("local_port", "49822"),
    Detail("remote_port", "4444"),
    Detail("blocked", "no", Form.TEXT),
)


PROBE = (Detail("local_port", "22 (SSH)"), Detail("local_port", "80"), Detail("blocked", "yes", Form.TEXT))


ASKED = (Detail("domain", "c2.example.com", Form.DOMAIN), Detail("protocol", "UDP"))


@pytest.mark.parametrize(
    ("action", "english", "japanese"),
    [
        pytest.param(
            OUT,
            "outbound TCP `10.0.12.34:49822` → `198.51.100.7:4444`, not blocked",
            "アウトバウンド TCP `10.0.12.34:49822` → `198.51.100.7:4444` · ブロックされていません",
            id="outbound",
        ),
        pytest.param(
            (Detail("direction", "INBOUND", Form.TEXT), Detail("local_port", "22 (SSH)"), *OUT[4:]),
            "inbound `198.51.100.7:4444` → port `22 (SSH)`, not blocked",
            "インバウンド `198.51.100.7:4444` → ポート `22 (SSH)` · ブロックされていません",
            id="inbound-the-arrow-points-to-us",
        ),
        pytest.param(
            (Detail("direction", "UNKNOWN", Form.TEXT), *OUT[1:5]),
            "TCP `10.0.12.34:49822` → `198.51.100.7:4444`",
            "TCP `10.0.12.34:49822` → `198.51.100.7:4444`",
            id="unknown-direction",
        ),
        pytest.param(
            OUT[:1], "outbound `198.51.100.7`", "アウトバウンド `198.51.100.7`", id="direction-only"
        ),
        pytest.param(
            (*OUT, Detail("local_address", "2001:db8::34"), Detail("network_interface", "eni-1")),
            "outbound TCP `10.0.12.34:49822` → `198.51.100.7:4444`, not blocked"
            " · Local address: `2001:db8::34` · Network interface: `eni-1`",
            "アウトバウンド TCP `10.0.12.34:49822` → `198.51.100.7:4444` · ブロックされていません"
            " · ローカル IP アドレス: `2001:db8::34` · ネットワークインターフェイス: `eni-1`",
            id="what-the-phrase-leaves-unsaid-follows",
        ),
        pytest.param(
            (*PROBE, Detail("local_address", "2001:db8::1")),
            "port probe → `[2001:db8::1]:22 (SSH)`, `[2001:db8::1]:80`, blocked",
            "ポートプローブ → `[2001:db8::1]:22 (SSH)`, `[2001:db8::1]:80` · ブロック済み",
            id="probe",
        ),
        pytest.param(
            (*PROBE, Detail("local_address", "10.0.0.1"), Detail("local_address", "10.0.0.2")),
            "Local port: `22 (SSH)`, `80` · Blocked: yes · Local address: `10.0.0.1`, `10.0.0.2`",
            "ローカルポート: `22 (SSH)`, `80` · ブロック済み: はい · ローカル IP アドレス: `10.0.0.1`, `10.0.0.2`",
            id="a-probe-of-two-addresses-is-posted-as-it-came",
        ),
        pytest.param(
            ASKED,
            "DNS request: `c2[.]example[.]com` (UDP)",
            "DNS リクエスト: `c2[.]example[.]com` (UDP)",
            id="dns",
        ),
        pytest.param(
            (*ASKED, Detail("api", "GetObject")),
            "Domain: `c2[.]example[.]com` · Protocol: `UDP`",
            "ドメイン: `c2[.]example[.]com` · プロトコル: `UDP`",
            id="an-api-call-from-a-domain-is-no-dns-request",
        ),
        pytest.param(
            (
                Detail("direction", "*sideways*", Form.TEXT),
                Detail("protocol", "*TCP*", Form.TEXT),
                *PROBE[-1:],
            ),
            "∗TCP∗ `198.51.100.7`, blocked",
            "∗TCP∗ `198.51.100.7` · ブロック済み",
            id="hostile",
        ),
    ],
)
def test_an_action_reads_as_a_phrase(action: tuple[Detail, ...], english: str, japanese: str) -> None:
    for language, phrase in zip(LANGUAGES, (english, japanese), strict=True):
        message = said(render(replace(SSH, action=action), replace(PLAIN, language=language)))
        assert re.search(rf"\*  {re.escape(phrase)}(?: · [^\n]*)?\n", message)
