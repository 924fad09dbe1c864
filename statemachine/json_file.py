"""JSON that people hand over in files: read once for all commands, and refused in one line that says where and why.

A file may be compressed with gzip, in any of Unicode's encodings, or standard input (``-``).
"""

import gzip
import json
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from statemachine.session import WrongInput

DEEPEST = 200
"""Levels, ten times those of any finding or rule; what is made of a file is copied by recursion."""

STANDARD_INPUT = "-"

_SPACE = " \t\r\n"
_GZIP = b"\x1f\x8b"


class Document(NamedTuple):
    """One JSON value of a file, and the line in which it begins."""

    value: Any
    line: int


def read(path: str, number: Callable[[str], Any] = float) -> Any:
    """Read a file of one JSON value; raises WrongInput."""
    found = documents(path, number)
    if len(found) > 1:
        raise WrongInput(f"{path}: not JSON (something else begins in line {found[1].line}).")
    return found[0].value


def documents(path: str, number: Callable[[str], Any] = float) -> list[Document]:
    """Read a file of JSON values one after the other, mostly one a line.

    Raises WrongInput, also where there is none.
    """
    try:
        text = _text(path)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise WrongInput(f"{path}: not all of it is gzip ({error}).") from None
    except OSError as error:
        raise WrongInput(f"{path}: {error.strerror}.") from None
    except UnicodeError as error:
        raise WrongInput(f"{path}: not JSON ({error}).") from None
    return documents_of(text, path, number)


def documents_of(text: str, where: str, number: Callable[[str], Any] = float) -> list[Document]:
    """Read the JSON values of a text, likewise; ``where`` says whose it is.

    What stands twice in one object is refused: JSON's readers take the last of them, and say nothing.
    """
    try:
        found = list(_documents(text, number))
    except (ValueError, RecursionError) as error:
        raise WrongInput(f"{where}: not JSON ({error}).") from None
    for document in found:
        if _is_deeper(document.value, DEEPEST):
            raise WrongInput(
                f"{where}: line {document.line}: nested deeper than {DEEPEST} levels: no finding or rule is."
            )
    return found


def _text(path: str) -> str:
    written = sys.stdin.buffer.read() if path == STANDARD_INPUT else Path(path).read_bytes()
    if written.startswith(_GZIP):
        written = gzip.decompress(written)
    return written.decode(json.detect_encoding(written))


def _documents(text: str, number: Callable[[str], Any]) -> list[Document]:
    decoder = json.JSONDecoder(object_pairs_hook=_object, parse_float=number, parse_constant=_refuse)
    found: list[Document] = []
    place = _next(text, 0)
    while place < len(text) or not found:
        value, end = decoder.raw_decode(text, place)
        found.append(Document(value, text.count("\n", 0, place) + 1))
        place = _next(text, end)
    return found


def _next(text: str, place: int) -> int:
    while place < len(text) and text[place] in _SPACE:
        place += 1
    return place


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        names = [name for name, _ in members]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{json.dumps(twice)} stands twice in one object: leave one of them out")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _is_deeper(value: Any, levels: int) -> bool:
    inside = [value]
    for _ in range(levels + 1):
        inside = [each for one in inside for each in _members(one)]
        if not inside:
            return False
    return True


def _members(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
