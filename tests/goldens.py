"""Golden files: what readers will see, to be read in a diff.

A few are kept whole (JSON); of the others the text that a person reads. What that leaves out is held by properties
of all of them (``tests/slack_limits.py``).
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from statemachine.local.report import message_lines

Golden = tuple[Path, dict[str, Any]]
"""A file and the payload that it holds."""


def golden(folder: Path, name: str, language: str, *, whole: bool) -> Path:
    """Name the file of a golden payload."""
    return folder / f"{name}.{language}.{'json' if whole else 'txt'}"


def written(path: Path, payload: dict[str, Any]) -> str:
    """What stands in a golden file."""
    if path.suffix == ".json":
        return json.dumps(payload, indent=2, ensure_ascii=False) + "\n"
    return "\n".join([payload["text"], "", *message_lines(payload), ""])


def rewrite(folder: Path, goldens: Iterable[Golden]) -> None:
    """Write the golden files of a folder; those that nothing makes any more are deleted."""
    folder.mkdir(exist_ok=True)
    made = {path: written(path, payload) for path, payload in goldens}
    for old in set(folder.iterdir()) - made.keys():
        old.unlink()
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")
    print(f"{len(made)} golden files in tests/{folder.name}; read the diff.")
