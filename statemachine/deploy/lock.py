"""The lock files: every package that is installed or shipped, and the hashes of its files."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from statemachine.session import WrongInput

SHIPPED, SHIPPED_LOCK = Path("requirements.txt"), Path("requirements.lock")

_PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;\\]+)")
_HASH = re.compile(r"\s+--hash=sha256:([0-9a-f]{64})")
_DECLARED_BY = re.compile(r"\s+#(?: via)?\s+-r (\S+)")


@dataclass
class LockedPackage:
    """A package of a lock file."""

    versions: set[str] = field(default_factory=set)
    """More than one where it depends on Python's version or the system."""
    declared_by: set[str] = field(default_factory=set)
    """The files that ask for it by name; none where another package needs it."""
    hashes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """SHA-256 of each file that the index has of a version: whichever is installed is one of them."""


def normal(name: str) -> str:
    """Write a package's name as the index does: https://packaging.python.org/en/latest/specifications/name-normalization/."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(path: Path) -> dict[str, LockedPackage]:
    """Read a lock file: packages by their normal names."""
    found: dict[str, LockedPackage] = defaultdict(LockedPackage)
    name = version = ""
    for line in path.read_text("utf-8").splitlines():
        if pin := _PIN.match(line):
            name, version = normal(pin[1]), pin[2]
            found[name].versions.add(version)
        elif file := _HASH.match(line):
            found[name].hashes[version].add(file[1])
        elif declared := _DECLARED_BY.match(line):
            found[name].declared_by.add(declared[1])
    return dict(found)


def require_current() -> None:
    """Raise WrongInput where the lock of what is shipped is not what requirements.txt asks for."""
    for path in (SHIPPED, SHIPPED_LOCK):
        if not path.is_file():
            raise WrongInput(f"No {path} here. Run this in the repository's folder.")
    faults = list(drift(_declared(), locked(SHIPPED_LOCK)))
    if faults:
        raise WrongInput(f"{SHIPPED_LOCK} is not that of {SHIPPED}: {'; '.join(faults)}. Run: make lock")


def drift(declared: Mapping[str, str], packages: Mapping[str, LockedPackage]) -> Iterator[str]:
    """Say how a lock differs from the versions that are declared."""
    for name, version in declared.items():
        there = packages.get(name, LockedPackage()).versions
        if there != {version}:
            yield f"{name} is declared {version} and locked {' and '.join(sorted(there)) or 'nowhere'}"
    for name, package in packages.items():
        if str(SHIPPED) in package.declared_by and name not in declared:
            yield f"{name} is locked and no longer declared"


def digest() -> str:
    """Name the lock of what is shipped by its contents."""
    return hashlib.sha256(SHIPPED_LOCK.read_bytes()).hexdigest()


def _declared() -> dict[str, str]:
    lines = (line.partition("#")[0].strip() for line in SHIPPED.read_text("utf-8").splitlines())
    return dict(map(_pin, filter(None, lines)))


def _pin(line: str) -> tuple[str, str]:
    pin = _PIN.fullmatch(line)
    if not pin:
        raise WrongInput(f"{SHIPPED}: {line!r} names no version. Write NAME==VERSION, then run: make lock")
    return normal(pin[1]), pin[2]
