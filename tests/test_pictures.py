"""The pictures of README and docs show what messages are now, each with the hash of the page it was drawn from."""

import struct
from pathlib import Path

import pytest

from tests.pictures import FOLDER, hash_of, pages

DRAWN = dict(pages())
every_picture = pytest.mark.parametrize("picture", DRAWN, ids=lambda picture: str(picture.stem))


@every_picture
def test_a_picture_is_of_the_page_as_it_is_now(picture: Path) -> None:
    """After a change of the message or of the page: make pictures."""
    assert picture.with_suffix(".sha256").read_text() == hash_of(DRAWN[picture])


@every_picture
def test_a_picture_is_small_and_as_wide_as_slack(picture: Path) -> None:
    content = picture.read_bytes()
    assert len(content) < 550_000
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", content[16:20]) == (1080,)


def test_no_other_picture_is_left() -> None:
    drawn = {picture.with_suffix(end) for picture in DRAWN for end in (".png", ".sha256")}
    assert set(FOLDER.iterdir()) == drawn
