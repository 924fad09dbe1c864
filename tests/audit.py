"""``make audit``: what osv.dev knows against the packages that are locked.

An advisory against what is shipped fails; one against what only develops is shown. Where osv.dev can't be asked,
nothing is audited, and it says so.
"""

import sys
from pathlib import Path
from typing import Any

import requests

from statemachine.deploy import lock

ROOT = Path(__file__).parent.parent
SOURCE = "https://api.osv.dev/v1/querybatch"
"""https://google.github.io/osv.dev/post-v1-querybatch/"""

Release = tuple[str, str]
"""A package's name and version."""


def audit(source: str = SOURCE) -> int:
    """Ask and show; returns the exit code."""
    shipped = _releases("requirements.lock")
    releases = sorted({*shipped, *_releases("requirements-dev.lock")})
    try:
        known = _advisories(source, releases)
    except requests.RequestException as error:
        print(f"Skipped: {source} can't be asked ({type(error).__name__}). Nothing was audited.")
        return 0
    for release, advisories in known.items():
        use = "shipped" if release in shipped else "development only"
        for advisory in advisories:
            print(f"{' '.join(release)} ({use}): https://osv.dev/vulnerability/{advisory}")
    print(f"{len(releases)} releases audited, {len(known)} with advisories.")
    return 1 if shipped & {*known} else 0


def _releases(name: str) -> set[Release]:
    packages = lock.locked(ROOT / name)
    return {(name, version) for name, package in packages.items() for version in package.versions}


def _advisories(source: str, releases: list[Release]) -> dict[Release, list[str]]:
    """Return the advisories of each release that has any. A further page of them is not fetched: one is enough."""
    queries = [
        {"package": {"ecosystem": "PyPI", "name": name}, "version": version} for name, version in releases
    ]
    answer = requests.post(source, json={"queries": queries}, timeout=(5, 30))
    answer.raise_for_status()
    results: list[dict[str, Any]] = answer.json()["results"]
    found = {
        release: [str(each["id"]) for each in result.get("vulns", [])]
        for release, result in zip(releases, results, strict=True)
    }
    return {release: advisories for release, advisories in found.items() if advisories}


if __name__ == "__main__":
    sys.exit(audit())
