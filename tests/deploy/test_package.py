"""The zip: what the lock says, compiled, and the same wherever and whenever it is made."""

import compileall
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import pytest
from moto import mock_aws

from statemachine import session
from statemachine.deploy import package, stack
from statemachine.session import WrongInput
from tests.deploy.common import BIN, FAKE, copy_of_the_repository
from tests.deploy.test_command import put_function

UNCHECKED = 0b01
"""https://peps.python.org/pep-0552/"""


@dataclass
class Checkout:
    """A copy of the repository whose packages come from a folder."""

    folder: Path
    wheels: Path

    def run(self, *command: str, umask: int = 0o022, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **{"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(self.folder), **FAKE},
            **{"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)},
            **more,
        }
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.folder, env=environment, umask=umask, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def package(self, umask: int = 0o022) -> subprocess.CompletedProcess[str]:
        return self.run("-m", "statemachine", "package", "--stage", "dev", umask=umask)

    def zips(self) -> list[Path]:
        return sorted((self.folder / package.DEPLOYMENTS).glob("*"))


def test_two_packagings_are_one_zip(tmp_path: Path) -> None:
    """In two folders, of files of two dates, under two umasks, beside what earlier runs left behind."""
    one, other = checkout(tmp_path / "a"), checkout(tmp_path / "b/c")
    used_before(other.folder)
    for each, umask in ((one, 0o022), (other, 0o077)):
        done = each.package(umask)
        assert (done.returncode, done.stderr) == (0, "")
    [zip_of_one], [zip_of_other] = one.zips(), other.zips()
    assert zip_of_one.name == zip_of_other.name  # so that `chalice deploy` finds it
    assert sha256(zip_of_one) == sha256(zip_of_other)
    is_as_designed(zip_of_one)


def used_before(folder: Path) -> None:
    compileall.compile_dir(folder / "chalicelib/text", quiet=1)
    (folder / package.DEPLOYMENTS).mkdir()
    (folder / package.DEPLOYMENTS / "old-python3.11-arm64.zip").write_bytes(b"made from another lock")
    for path in folder.rglob("*"):
        os.utime(path, (10**9, 10**9))


def is_as_designed(path: Path) -> None:
    version = f"{sys.version_info.major}{sys.version_info.minor}"
    with ZipFile(path) as files:
        names = files.namelist()
        assert names == sorted(names)
        assert {entry.external_attr >> 16 for entry in files.infolist()} == {0o100644}
        assert {entry.date_time for entry in files.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        sources = [name for name in names if name.endswith(".py")]
        assert {"app.py", "chalice/app.py", "chalicelib/text/words.py", "tiny.py", "small.py"} <= {*sources}
        for name in sources:
            head = files.read(importlib.util.cache_from_source(name))[:8]
            assert head == importlib.util.MAGIC_NUMBER + UNCHECKED.to_bytes(4, "little"), name
        assert len([name for name in names if "__pycache__" in name]) == len(sources)
        compiled = files.read(f"chalicelib/text/__pycache__/words.cpython-{version}.pyc")
        assert b"/var/task/chalicelib/text/words.py" in compiled


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def checkout(folder: Path) -> Checkout:
    """A checkout that ships two packages of a few bytes, locked."""
    made = Checkout(copy_of_the_repository(folder), folder / "wheels")
    made.wheels.mkdir()
    digests = {name: sha256(wheel(made.wheels, name, "# nothing")) for name in ("tiny", "small")}
    (folder / "requirements.txt").write_text("".join(f"{name}==1.0\n" for name in digests))
    (folder / "requirements.lock").write_text(
        "".join(
            f"{name}==1.0 \\\n    --hash=sha256:{digest}\n    # via -r requirements.txt\n"
            for name, digest in digests.items()
        )
    )
    return made


def wheel(folder: Path, name: str, contents: str) -> Path:
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    members = {
        f"{name}.py": contents,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    with ZipFile(path, "w") as files:
        for member, text in members.items():
            files.writestr(ZipInfo(member), text)
    return path


# --- what is not as the lock says ---


@pytest.fixture
def tiny(tmp_path: Path) -> Checkout:
    return checkout(tmp_path / "checkout")


def test_a_file_with_another_hash_ends_the_deploy(tiny: Checkout) -> None:
    wheel(tiny.wheels, "tiny", "import os")
    refused = tiny.package()
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == [
        "error: The package index serves other files than requirements.lock names: tiny==1.0."
        " Nothing was deployed. Find out why before you run: make lock"
    ]
    assert tiny.zips() == []


def test_a_lone_chalice_refuses_it_too(tiny: Checkout) -> None:
    """Where it reads what make has put into .venv."""
    wheel(tiny.wheels, "tiny", "import os")
    refused = tiny.run(
        str(BIN / "chalice"), "package", "out", PIP_CONFIG_FILE=str(tiny.folder / ".chalice/pip.conf")
    )
    assert refused.returncode != 0
    assert "DO NOT MATCH THE HASHES" in refused.stderr
    assert tiny.zips() == []


def test_what_is_not_there_ends_the_deploy(tiny: Checkout) -> None:
    (tiny.wheels / "tiny-1.0-py3-none-any.whl").unlink()
    refused = tiny.package()
    assert refused.returncode == 1
    [line] = refused.stderr.splitlines()
    assert line.startswith("error: chalice package failed: ")
    assert "tiny" in line


def leave_out(folder: Path) -> None:
    shutil.rmtree(folder / "tiny-1.0.dist-info")


def add(folder: Path) -> None:
    (folder / "big_one-2.dist-info").mkdir()


def change(folder: Path) -> None:
    (folder / "tiny-1.0.dist-info").rename(folder / "tiny-1.1.dist-info")


@pytest.mark.parametrize(
    ("do", "said"),
    [(leave_out, "tiny is missing"), (add, "big-one 2"), (change, "tiny 1.1")],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_a_package_that_is_not_the_lock_ends_the_deploy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, do: Callable[[Path], None], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "requirements.lock").write_text("tiny==1.0 \\\n    --hash=sha256:00\n")
    (tmp_path / "zip/tiny-1.0.dist-info").mkdir(parents=True)
    package._require_locked(tmp_path / "zip")
    do(tmp_path / "zip")
    with pytest.raises(WrongInput, match=rf"not what requirements\.lock says: {said}\. Run: make lock"):
        package._require_locked(tmp_path / "zip")


# --- what AWS has ---


@pytest.fixture
def aws(fresh: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folder with a lock, and a stage whose functions run one zip."""
    for name, value in FAKE.items():
        fresh.setenv(name, value)
    fresh.chdir(tmp_path)
    (tmp_path / "requirements.lock").write_text("# nothing\n")
    yield tmp_path


def zipped(folder: Path) -> bytes:
    (folder / "code").mkdir()
    (folder / "code/app.py").write_text("x = 1\n")
    (folder / package.DEPLOYMENTS).mkdir(parents=True)
    path = folder / package.DEPLOYMENTS / "made.zip"
    package._write(folder / "code", path)
    return path.read_bytes()


def stage() -> stack.Stage:
    read = {"name": "dev", "settings": {}, "parameters": {}, "tags": {}, "config": {}}
    return stack.Stage(**read, functions=("post-to-slack", "read-finding"))  # type: ignore[arg-type]


def test_functions_that_run_the_package_are_accepted(aws: Path) -> None:
    code = zipped(aws)
    with mock_aws():
        for name in stage().functions:
            put_function(stage().function(name), code)
        package.require_packaged(stage())


def test_a_function_that_runs_anything_else_is_refused(aws: Path) -> None:
    code = zipped(aws)
    with mock_aws():
        put_function("guardduty-notifier-dev-post-to-slack", code)
        put_function("guardduty-notifier-dev-read-finding", b"x")
        with pytest.raises(WrongInput) as raised:
            package.require_packaged(stage())
    assert raised.value.message == (
        "Not packaged here from requirements.lock as it is: the code of guardduty-notifier-dev-read-finding."
        " Run: make deploy STAGE=dev"
    )


def test_a_package_of_an_older_lock_is_refused(aws: Path) -> None:
    code = zipped(aws)
    (aws / "requirements.lock").write_text("# something else\n")
    with mock_aws():
        put_function("guardduty-notifier-dev-read-finding", code)
        with pytest.raises(WrongInput, match="Run: make deploy STAGE=dev"):
            package.require_packaged(stage())


def test_functions_that_are_missing_are_said_elsewhere(aws: Path) -> None:
    with mock_aws():
        assert session.client("lambda").list_functions()["Functions"] == []
        package.require_packaged(stage())
