"""README's pictures: golden messages on the page that ``run --preview`` writes, photographed by Chromium.

``python -m tests.pictures`` draws them anew, and writes beside each the hash of the page that it was drawn from, which
a test compares. CHROMIUM names the browser where it is not called chromium.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from chalicelib.settings import LANGUAGES
from statemachine.local.executions import SlackCall
from statemachine.local.preview import page
from tests.bless import WHOLE, golden

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
SHOWN = ("example", "attack-sequence")
"""Golden messages that are kept whole."""

_WIDTH = 720  # CSS pixels: as wide as Slack lets a message be
_SCALE = 1.5  # for sharp screens
_AT = "1795167700.000001"
_MEASURE = (
    "<script>document.documentElement.dataset.height ="
    " Math.ceil(document.querySelector('main').getBoundingClientRect().bottom)</script>"
)


def pages() -> Iterator[tuple[Path, str]]:
    """Make each picture's path and the page that it shows."""
    assert set(SHOWN) <= WHOLE
    for name in SHOWN:
        for language in LANGUAGES:
            body = {"channel": "#security", **json.loads(golden(name, language).read_text(encoding="utf-8"))}
            answer = {"ok": True, "channel": "C0123456789", "ts": _AT}
            yield (
                FOLDER / f"{name}.{language}.png",
                page([SlackCall("", "chat.postMessage", body, 200, answer)]),
            )


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
