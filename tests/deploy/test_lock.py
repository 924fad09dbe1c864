"""The lock files are those of what is declared, and every file in them has a hash."""

import configparser
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from statemachine.deploy import lock
from statemachine.deploy.package import FROM_THE_LOCK
from statemachine.session import WrongInput
from tests.deploy.common import ROOT

SETS = {f"{name}.txt": f"{name}.lock" for name in ("requirements", "requirements-run", "requirements-dev")}
every_set = pytest.mark.parametrize("declared", list(SETS))


def requirements(path: str) -> list[Requirement]:
    """What a file declares, and what the files that it names declare."""
    found: list[Requirement] = []
    for line in (ROOT / path).read_text().splitlines():
        text = line.partition("#")[0].strip()
        if text.startswith("-r "):
            found += requirements(text.removeprefix("-r "))
        elif text:
            found.append(Requirement(text))
    return found


@every_set
def test_a_lock_is_that_of_what_is_declared(declared: str) -> None:
    """After a change of what is declared: make lock."""
    packages = lock.locked(ROOT / SETS[declared])
    wanted = requirements(declared)
    asked_for = {name for name, package in packages.items() if package.declared_by}
    assert asked_for == {lock.normal(each.name) for each in wanted}
    for each in wanted:
        versions = packages[lock.normal(each.name)].versions
        assert versions
        assert all(version in each.specifier for version in versions), each


@every_set
def test_every_version_is_one_and_has_hashes(declared: str) -> None:
    lines = re.sub(r" \\\n\s+", " ", (ROOT / SETS[declared]).read_text()).splitlines()
    pins = [line for line in lines if line and not line.lstrip().startswith("#")]
    assert len(pins) >= len(requirements(declared))
    for pin in pins:
        assert re.match(r"[a-z0-9-]+==\S+( ; .+?)?( --hash=sha256:[0-9a-f]{64})+$", pin), pin


@pytest.mark.parametrize("used", ["requirements.lock", "requirements-run.lock"])
def test_what_is_shipped_and_run_is_what_is_tested(used: str) -> None:
    tested = lock.locked(ROOT / "requirements-dev.lock")
    for name, package in lock.locked(ROOT / used).items():
        assert tested[name].versions == package.versions


def test_the_command_is_made_with_what_a_run_needs() -> None:
    """`--no-build-isolation`: what builds it is locked too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert {*project["build-system"]["requires"]} <= lock.locked(ROOT / "requirements-run.lock").keys()


@pytest.mark.parametrize(("target", "used"), [(".venv/run", "run"), (".venv/installed", "dev")])
def test_make_installs_by_hashes(target: str, used: str) -> None:
    assert f"--require-hashes -r requirements-{used}.lock" in recipe(f"{target}: requirements-{used}.lock")


def test_make_gives_chalices_pip_its_settings() -> None:
    assert "cp .chalice/pip.conf .venv/pip.conf" in recipe(".venv/installed: requirements-dev.lock")


def recipe(rule: str) -> str:
    return (ROOT / "Makefile").read_text().split(rule)[1].split("\n\n")[0]


def test_a_lone_chalice_deploy_fetches_as_the_package_is_fetched() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / ".chalice/pip.conf")
    said = {f"PIP_{name.upper().replace('-', '_')}": value for name, value in settings["download"].items()}
    assert said == FROM_THE_LOCK


def test_the_repositorys_own_lock_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    lock.require_current()


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        pytest.param("requests==3.0", "requests is declared 3.0 and locked 2.34.2", id="other-version"),
        pytest.param(
            "requests==2.34.2\nSix==1.17.0  # why", "six is declared 1.17.0 and locked nowhere", id="new"
        ),
        pytest.param("# nothing", "requests is locked and no longer declared", id="gone"),
    ],
)
def test_a_lock_that_is_behind_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, declared: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "requirements.txt").write_text(declared + "\n")
    (tmp_path / "requirements.lock").write_bytes((ROOT / "requirements.lock").read_bytes())
    with pytest.raises(WrongInput) as raised:
        lock.require_current()
    assert raised.value.exit_code == 2
    assert (
        raised.value.message == f"requirements.lock is not that of requirements.txt: {said}. Run: make lock"
    )


@pytest.mark.parametrize("line", ["requests", "requests>=2", "requests[socks]==2.34.2"])
def test_what_ships_is_declared_with_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "requirements.txt").write_text(line)
    (tmp_path / "requirements.lock").touch()
    with pytest.raises(WrongInput, match=r"names no version\. Write NAME==VERSION, then run: make lock"):
        lock.require_current()


def test_without_a_lock_nothing_is_packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "requirements.txt").touch()
    with pytest.raises(WrongInput, match=r"No requirements\.lock here"):
        lock.require_current()


def test_a_package_may_have_a_version_for_each_python() -> None:
    packages = lock.locked(ROOT / "requirements-dev.lock")
    networkx = packages["networkx"]
    assert (networkx.versions, networkx.declared_by) == ({"3.6.1", "3.7"}, set())
    assert networkx.hashes.keys() == networkx.versions
    assert not set.intersection(*networkx.hashes.values())
    assert packages["pip"].declared_by == {"requirements-dev.txt"}
