"""``python -m statemachine package``: the functions' zip, from locked packages, compiled, the same wherever it is made.

Chalice makes it, and reuses what it finds in its own folder: `chalice deploy` uploads what is left there.
"""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import click

from statemachine.deploy import lock
from statemachine.deploy.stack import Stage, read_stage
from statemachine.deploy.watch import say
from statemachine.deploy.whereabouts import code_digest
from statemachine.session import Failed, WrongInput, client

DEPLOYMENTS = Path(".chalice/deployments")
"""Where Chalice keeps the zips it has made."""

FROM_THE_LOCK = {
    "PIP_REQUIREMENT": str(lock.SHIPPED_LOCK),  # its hashes make pip refuse every file without one
    "PIP_ONLY_BINARY": ":all:",
    "PIP_PLATFORM": "any",  # pure Python runs on every architecture, and is fetched alike from every system
}
"""How Chalice's pip fetches what is locked and nothing else.

``.chalice/pip.conf`` says the same to a `chalice deploy` that comes alone.
"""

_RUNTIME_FOLDER = "/var/task"
"""Where Lambda unpacks the zip: tracebacks name it."""


@click.command("package")
@click.option("--stage", required=True, help="A stage of .chalice/config.json.")
def package_command(stage: str) -> None:
    """Make the zip that the next `chalice deploy` uploads."""
    made = package(read_stage(stage))
    say(f"Packaged what {lock.SHIPPED_LOCK} names: {made} ({made.stat().st_size / 1e6:.2f} MB).")


def package(stage: Stage) -> Path:
    """Make the zip; raises WrongInput where it would not be what the lock says."""
    lock.require_current()
    shutil.rmtree(DEPLOYMENTS, ignore_errors=True)  # its zips are named by our sources, not by the lock
    _forget_compiled()  # Chalice would put them into the zip, and into its name
    _package_by_chalice(stage)
    (made,) = DEPLOYMENTS.glob("*.zip")
    with TemporaryDirectory() as name:
        folder = Path(name)
        with ZipFile(made) as files:
            files.extractall(folder)
        _require_locked(folder)
        _compile(folder)
        _write(folder, made)
    return made


def require_packaged(stage: Stage) -> None:
    """Raise WrongInput where a function runs anything but a package that was made here from the lock."""
    packaged = set(_digests())
    functions = client("lambda")
    digests = {name: code_digest(functions, name) for name in map(stage.function, stage.functions)}
    others = [name for name, digest in digests.items() if digest and digest not in packaged]
    if others:
        raise WrongInput(
            f"Not packaged here from {lock.SHIPPED_LOCK} as it is: the code of {', '.join(others)}."
            f" Run: make deploy STAGE={stage.name}"
        )


def _digests() -> Iterator[str]:
    """Lambda's digests of the packages here that were made from the lock as it is."""
    for path in DEPLOYMENTS.glob("*.zip"):
        if lock_of(path) == lock.digest():
            yield base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()


def lock_of(package: Path | BytesIO) -> str:
    """Read from a package which lock it was made from; nothing where it was not made here (`package`)."""
    try:
        with ZipFile(package) as files:
            return files.comment.decode("ascii", "replace")
    except BadZipFile:
        return ""


def _package_by_chalice(stage: Stage) -> None:
    chalice = str(Path(sys.executable).with_name("chalice"))
    environment = {**os.environ, **FROM_THE_LOCK, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # of the template, which nobody reads
    with TemporaryDirectory() as template:
        done = subprocess.run(
            [chalice, "package", "--stage", stage.name, template],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if "DO NOT MATCH THE HASHES" in done.stderr:
        names = sorted(set(re.findall(r"^ +(\S+==\S+) from ", done.stderr, flags=re.MULTILINE)))
        raise WrongInput(
            f"The package index serves other files than {lock.SHIPPED_LOCK} names: {', '.join(names)}."
            " Nothing was deployed. Find out why before you run: make lock"
        )
    if done.returncode:
        raise Failed(f"chalice package failed: {_last_error(done.stderr)}")


def _last_error(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if "ERROR: " in line]
    return (errors or lines or ["it says nothing"])[-1]


def _require_locked(folder: Path) -> None:
    """Compare the packages in the zip with the lock: Chalice goes on without what it can't fetch."""
    there = dict(_distributions(folder))
    wanted = lock.locked(lock.SHIPPED_LOCK)
    differing = [
        f"{name} {there.get(name, 'is missing')}"
        for name in sorted({*there, *wanted})
        if name not in wanted or there.get(name) not in wanted[name].versions
    ]
    if differing:
        raise WrongInput(
            f"The package is not what {lock.SHIPPED_LOCK} says: {', '.join(differing)}. Run: make lock"
        )


def _distributions(folder: Path) -> Iterator[tuple[str, str]]:
    for found in folder.glob("*.dist-info"):
        name, _, version = found.name.removesuffix(".dist-info").partition("-")
        yield lock.normal(name), version


def _compile(folder: Path) -> None:
    """Compile without timestamps, which are none in the zip: Python would compile anew at each start of a container."""
    done = subprocess.run(
        [
            *(sys.executable, "-I", "-S", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"),
            *("-s", str(folder), "-p", _RUNTIME_FOLDER, str(folder)),
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Failed(f"Not everything in the package can be compiled: {_last_error(done.stdout)}")


def _write(folder: Path, path: Path) -> None:
    """Write the zip anew: names in order, one date, one mode, so that its bytes depend on its contents alone."""
    written = path.with_suffix(".new")
    with ZipFile(written, "w") as files:
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            entry = ZipInfo(file.relative_to(folder).as_posix())
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            files.writestr(entry, file.read_bytes())
        files.comment = lock.digest().encode()
    written.replace(path)


def _forget_compiled() -> None:
    for folder in Path("chalicelib").rglob("__pycache__"):
        shutil.rmtree(folder)
