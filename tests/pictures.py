"""The pictures of README and docs: messages on the page that ``run --preview`` writes, photographed by Chromium.

``python -m tests.pictures`` draws them anew, and writes beside each the hash of the page that it was drawn from, which
a test compares. CHROMIUM names the browser where it is not called chromium.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chalicelib.finding.event import parse
from chalicelib.message.answer import AnswerStage, ShownAnswer, answered
from chalicelib.message.reminder import Unanswered
from chalicelib.message.reminder import render as render_reminder
from chalicelib.message.render import render
from chalicelib.settings import LANGUAGES
from statemachine.local.executions import SlackCall
from statemachine.local.preview import page
from tests import bless_digests, bless_quieter
from tests.bless import EXAMPLE, WHOLE, context, golden

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
SHOWN = ("example", "attack-sequence")
"""Golden messages that are kept whole."""
OFFERED = "quieter"
"""The golden weekly message."""
STORM = "storm"
"""The golden digest."""

_WIDTH = 720  # CSS pixels: as wide as Slack lets a message be
_SCALE = 1.5  # for sharp screens
_AT = "1795167700.000001"
_POSTED = datetime(2026, 11, 20, 9, 48, 20, tzinfo=UTC)
_REMINDED = _POSTED + timedelta(minutes=15)
_NOTICED = _POSTED + timedelta(minutes=24)
_WHO = "U012AB3CD"
"""Whose name readers see, as in Slack."""
_MEASURE = (
    "<script>document.documentElement.dataset.height ="
    " Math.ceil(document.querySelector('main').getBoundingClientRect().bottom)</script>"
)


def pages() -> Iterator[tuple[Path, str]]:
    """Make each picture's path and the page that it shows."""
    assert set(SHOWN) <= WHOLE
    for language in LANGUAGES:
        for name, written in (*((each, golden) for each in SHOWN), (OFFERED, bless_quieter.golden)):
            payload = json.loads(written(name, language).read_text(encoding="utf-8"))
            yield FOLDER / f"{name}.{language}.png", page([_posted(payload, _AT)])
        yield FOLDER / f"answered.{language}.png", _answered(language)
        digest = json.loads(bless_digests.golden(STORM, language).read_text(encoding="utf-8"))
        yield FOLDER / f"digest.{language}.png", page([_posted(digest, _AT)])


def _answered(language: str) -> str:
    """Make the example as it is once somebody was reminded, and has handled it."""
    finding = parse(json.loads(EXAMPLE.read_text(encoding="utf-8")))
    ts, mention = f"{_POSTED.timestamp():.6f}", "<!here>"
    waits = Unanswered(
        finding.severity, finding.type, finding.account_id, "payments-prod", _POSTED, calls=(mention,)
    )
    reminder = render_reminder(waits, _REMINDED, language, last=False)
    handled = ShownAnswer(AnswerStage.HANDLED, (_WHO,), _POSTED, _NOTICED)
    message = answered(render(finding, context(language, mention=mention)), handled, language)
    named = json.loads(json.dumps(message).replace(f"<@{_WHO}>", f"<@{_WHO}|jane>"))
    reply = _posted({**reminder, "thread_ts": ts}, f"{_REMINDED.timestamp():.6f}")
    return page([_posted(named, ts), reply], {ts: {"white_check_mark": 1}})


def _posted(payload: Mapping[str, Any], ts: str) -> SlackCall:
    answer = {"ok": True, "channel": "C0123456789", "ts": ts}
    return SlackCall("", "chat.postMessage", {"channel": "#security", **payload}, 200, answer)


def hash_of(html: str) -> str:
    """What stands beside a picture."""
    return sha256(html.encode()).hexdigest() + "\n"


def draw() -> None:
    """Draw every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    for picture, html in pages():
        _photograph(html, picture)
        picture.with_suffix(".sha256").write_text(hash_of(html))
        print(f"{picture.name}: {picture.stat().st_size:,} bytes")


def _photograph(html: str, picture: Path) -> None:
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        shown, measured = Path(folder, "page.html"), Path(folder, "measured.html")
        shown.write_text(html, encoding="utf-8")
        allowed = html.replace("default-src 'none'", "default-src 'none'; script-src 'unsafe-inline'")
        measured.write_text(allowed.replace("</body>", f"{_MEASURE}</body>"), encoding="utf-8")
        dumped = _chromium(folder, f"--window-size={_WIDTH},4000", "--dump-dom", measured.as_uri())
        height = re.search(r'data-height="(\d+)"', dumped)
        assert height, "Chromium has not measured the page"
        size = f"--window-size={_WIDTH},{height[1]}"
        _chromium(
            folder,
            size,
            f"--force-device-scale-factor={_SCALE}",
            f"--screenshot={picture}",
            shown.as_uri(),
        )


def _chromium(profile: str, *options: str) -> str:
    command = [
        os.environ.get("CHROMIUM", "chromium"),
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
        *("--hide-scrollbars", f"--user-data-dir={profile}/profile"),
    ]
    ran = subprocess.run(
        [*command, *options], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120
    )
    return ran.stdout.decode()


if __name__ == "__main__":
    draw()
