"""``python -m statemachine.deploy.sbom``: what goes into the Lambda zip, as a CycloneDX document (``make sbom``).

Read from the packages that are installed here: those that requirements.txt names, what they need, and Chalice, whose
runtime is copied beside our code; with the hashes that the lock files have of them. The same packages make the same
document, byte for byte.
https://cyclonedx.org/docs/1.6/json/
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

import click
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from statemachine.deploy import lock
from statemachine.session import WrongInput
from statemachine.version import version

REQUIREMENTS = Path(__file__).parent.parent.parent / "requirements.txt"
RUNTIME = "chalice"
"""Of which app.py and little more is copied into the zip, but nothing that it needs itself."""
_NAMESPACE = uuid.UUID("6f7a0f3c-2a5c-5d0e-9d3e-0d8a54c1f6b1")
_LICENSES = {"Apache License 2.0": "Apache-2.0"}
"""What a package calls its licence → SPDX's word."""

Wants = Mapping[str, tuple[str, ...]]
"""Packages by their names, each with the names of those that it needs."""


@click.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def sbom_command(path: Path) -> None:
    """Write the document to PATH."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(), encoding="utf-8")
    click.echo(f"{path}: guardduty-notifier {version()} and {len(packages())} packages")


def text() -> str:
    """Write the document as JSON."""
    return json.dumps(document(), indent=2, sort_keys=True) + "\n"


def document() -> dict[str, Any]:
    """Make the document; its serial number is made from what it says."""
    wants = packages()
    needed = {name for wanted in wants.values() for name in wanted}
    own = {"type": "application", "name": "guardduty-notifier", "version": version()}
    said = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": own | {"bom-ref": "guardduty-notifier", "licenses": [{"license": {"id": "MIT"}}]}
        },
        "components": [_component(distribution(name)) for name in sorted(wants)],
        "dependencies": [
            {"ref": "guardduty-notifier", "dependsOn": sorted(map(_purl, set(wants) - needed))},
            *({"ref": _purl(name), "dependsOn": sorted(map(_purl, wants[name]))} for name in sorted(wants)),
        ],
    }
    serial = uuid.uuid5(_NAMESPACE, json.dumps(said, sort_keys=True))
    return said | {"serialNumber": f"urn:uuid:{serial}"}


def packages() -> Wants:
    """Name the packages that go into the zip."""
    found: dict[str, tuple[str, ...]] = {RUNTIME: ()}
    waiting = list(_asked_for())
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = tuple(_needs(distribution(name)))
            waiting += found[name]
    return found


def _asked_for() -> Iterator[str]:
    lines = (line.partition("#")[0].strip() for line in REQUIREMENTS.read_text("utf-8").splitlines())
    return (_name(Requirement(line)) for line in lines if line)


def _needs(package: Distribution) -> Iterator[str]:
    """Name what a package needs on its own, without extras."""
    wanted = map(Requirement, package.requires or ())
    return (_name(each) for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""}))


def _name(wanted: Requirement) -> str:
    return str(canonicalize_name(wanted.name))


def _purl(name: str) -> str:
    return f"pkg:pypi/{name}@{distribution(name).version}"


def _component(package: Distribution) -> dict[str, Any]:
    name = canonicalize_name(package.metadata["Name"])
    metadata = package.metadata
    said = next((metadata[key] for key in ("License-Expression", "License") if key in metadata), "")
    return {
        "type": "library",
        "bom-ref": _purl(name),
        "name": name,
        "version": package.version,
        "purl": _purl(name),
        "hashes": [{"alg": "SHA-256", "content": each} for each in _hashes(name, package.version)],
        "licenses": [{"license": {"id": _LICENSES.get(said, said)}}],
    }


def _hashes(name: str, installed: str) -> list[str]:
    """Name the hashes of the files that the index has of a version; which of them was installed, no package says."""
    file = "requirements-dev.lock" if name == RUNTIME else lock.SHIPPED_LOCK.name
    package = lock.locked(REQUIREMENTS.with_name(file)).get(name)
    if package is None or installed not in package.hashes:
        raise WrongInput(f"{name} {installed} is installed here and not locked in {file}. Make .venv anew.")
    return sorted(package.hashes[installed])


if __name__ == "__main__":
    sbom_command()
