"""The list of what goes into the zip: complete, of these versions, the same each time."""

import json
import re
import subprocess
import sys
from importlib.metadata import version as installed
from pathlib import Path

import pytest

from statemachine.deploy import lock, sbom
from statemachine.deploy.lock import LockedPackage
from statemachine.session import WrongInput
from statemachine.version import version
from tests.deploy.common import ROOT

# requests and what it needs: https://requests.readthedocs.io/en/latest/community/recommended/ and its metadata.
PACKAGES = {"requests", "urllib3", "idna", "certifi", "charset-normalizer", "chalice"}


def test_it_lists_what_goes_into_the_zip_in_the_versions_that_are_here() -> None:
    found = {each["name"]: each["version"] for each in sbom.document()["components"]}
    assert found == {name: installed(name) for name in PACKAGES}


def test_it_names_this_version() -> None:
    own = sbom.document()["metadata"]["component"]
    assert (own["name"], own["version"]) == ("guardduty-notifier", version())


def test_every_reference_leads_to_a_component() -> None:
    document = sbom.document()
    refs = {each["bom-ref"] for each in (*document["components"], document["metadata"]["component"])}
    named = [(each["ref"], each["dependsOn"]) for each in document["dependencies"]]
    assert {ref for ref, _ in named} == refs
    assert {name for _, needed in named for name in needed} == refs - {"guardduty-notifier"}


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_a_package_has_its_address_and_licence(name: str) -> None:
    [component] = [each for each in sbom.document()["components"] if each["name"] == name]
    assert component["purl"] == f"pkg:pypi/{name}@{installed(name)}"
    [licence] = component["licenses"]
    assert re.fullmatch(r"[A-Za-z0-9.-]+", licence["license"]["id"])


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_a_package_has_the_hashes_that_pip_demands_of_it(name: str) -> None:
    """Those of its block in the lock, read by another way."""
    [component] = [each for each in sbom.document()["components"] if each["name"] == name]
    file = "requirements-dev.lock" if name == "chalice" else "requirements.lock"
    block = (ROOT / file).read_text("utf-8").split(f"\n{name}=={component['version']}")[1].split("# via")[0]
    locked = re.findall(r"sha256:(\w+)", block)
    assert locked
    assert component["hashes"] == [{"alg": "SHA-256", "content": each} for each in sorted(locked)]


def test_what_is_installed_and_not_locked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    locked = lock.locked
    monkeypatch.setattr(lock, "locked", lambda path: {**locked(path), "idna": LockedPackage({"0.1"})})
    with pytest.raises(WrongInput, match=rf"idna {installed('idna')} is installed here and not locked"):
        sbom.document()


def test_it_is_the_same_each_time_and_says_when_something_else_is_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = sbom.document()
    assert sbom.text() == sbom.text()
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", before["serialNumber"])
    monkeypatch.setattr(sbom, "version", lambda: "9.9.9")
    assert sbom.document()["serialNumber"] != before["serialNumber"]


def test_make_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sbom.json"
    subprocess.run([sys.executable, "-m", "statemachine.deploy.sbom", str(path)], check=True)
    assert json.loads(path.read_text("utf-8")) == sbom.document()
