"""Which version this is: pyproject.toml says it, and nothing else does."""

import tomllib
from pathlib import Path

_PROJECT = Path(__file__).parent.parent / "pyproject.toml"


def version() -> str:
    """Read the version of this folder."""
    return str(tomllib.loads(_PROJECT.read_text("utf-8"))["project"]["version"])
