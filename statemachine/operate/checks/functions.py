"""Whether the functions are there, and are those of this folder."""

import base64
import hashlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import requests
from chalice.config import Config

from statemachine.deploy import lock
from statemachine.deploy.command import missing_functions
from statemachine.deploy.package import lock_of
from statemachine.deploy.stack import Stage
from statemachine.operate.checks import Check, StagePlace
from statemachine.session import client

ENOUGH_AT_ONCE = 200
"""Functions: a hundred findings at once, each of which has its account and its tags looked up."""


def functions_deployed(place: StagePlace, name: str) -> Check:
    """All functions are there."""
    missing = missing_functions(place.stage)
    if missing:
        return Check(name, False, f"missing: {', '.join(missing)}", f"make deploy STAGE={place.stage.name}")
    return Check(name, True, f"{len(place.stage.functions)} deployed")


def functions_current(place: StagePlace, name: str) -> Check:
    """Settings and code on AWS are those of this folder."""
    if missing_functions(place.stage):
        return Check(name, None, "not looked at: functions are missing")
    stale = [
        f"{function} ({', '.join(differences)})"
        for function in place.stage.functions
        if (differences := _differences(place.stage, function))
    ]
    if stale:
        return Check(
            name, False, f"other than here: {'; '.join(stale)}", f"make deploy STAGE={place.stage.name}"
        )
    return Check(name, True, "settings and code are those of this folder")


def functions_locked(place: StagePlace, name: str) -> Check:
    """The packages beside our code are those of this folder's lock: its digest stands in the zip."""
    if missing_functions(place.stage):
        return Check(name, None, "not looked at: functions are missing")
    runs = {_configuration(place.stage, each)["CodeSha256"]: each for each in place.stage.functions}
    packages = [_package(place.stage, function) for function in runs.values()]  # one, where all run the same
    if None in packages:
        return Check(name, None, "not looked at: their code can't be downloaded", "Look again later.")
    locks = {lock_of(BytesIO(package)) for package in packages if package is not None}
    if locks == {lock.digest()}:
        return Check(name, True, f"those that {lock.SHIPPED_LOCK} names")
    made = "without a lock, or not by make" if "" in locks else f"from another {lock.SHIPPED_LOCK}"
    hint = f"make deploy STAGE={place.stage.name}. Or is this folder the older one? Then: git pull"
    return Check(name, None, f"packaged {made}", hint)


def functions_runtime(place: StagePlace, name: str) -> Check:
    """The functions run on the Python that would deploy them: Chalice takes the runtime from it."""
    if missing_functions(place.stage):
        return Check(name, None, "not looked at: functions are missing")
    here = str(Config().lambda_python_version)
    there = {_configuration(place.stage, function)["Runtime"] for function in place.stage.functions}
    if there == {here}:
        return Check(name, True, here)
    hint = (
        f"A deploy from here moves them to {here}. If that is not meant, make .venv anew with their Python:"
        " rm -r .venv, then make deploy PYTHON=…"
    )
    return Check(name, None, f"{', '.join(sorted(there))}, and this is {here}", hint)


def _configuration(stage: Stage, function: str) -> dict[str, Any]:
    return dict(client("lambda").get_function_configuration(FunctionName=stage.function(function)))


def functions_run_at_once(place: StagePlace, name: str) -> Check:
    """The account runs as many functions at once as a burst of findings starts.

    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    most = client("lambda").get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    said = f"{most:,} at once in this account, ours and all others"
    if most >= ENOUGH_AT_ONCE:
        return Check(name, True, said)
    hint = (
        "Nothing is lost, but a burst is posted more slowly. Ask for more: aws service-quotas"
        " request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000"
    )
    return Check(name, None, said, hint)


def _differences(stage: Stage, function: str) -> list[str]:
    found = client("lambda").get_function(FunctionName=stage.function(function))
    differences = _settings_that_differ(stage, function, found["Configuration"])
    return differences + (["code"] if _code_differs(found) else [])


def _settings_that_differ(stage: Stage, function: str, found: Mapping[str, Any]) -> list[str]:
    pairs = {
        "timeout": (stage.function_setting(function, "lambda_timeout"), found.get("Timeout")),
        "memory": (stage.function_setting(function, "lambda_memory_size"), found.get("MemorySize")),
        "architecture": (
            [stage.function_setting(function, "lambda_architecture")],
            found.get("Architectures"),
        ),
        "settings": (dict(stage.settings), found.get("Environment", {}).get("Variables", {})),
    }
    return [what for what, (here, there) in pairs.items() if here != there]


def _code_differs(found: Mapping[str, Any]) -> bool:
    package = _package_of(found)
    return package is None or _sources_of(package) != _sources_here()


def _package(stage: Stage, function: str) -> bytes | None:
    return _package_of(client("lambda").get_function(FunctionName=stage.function(function)))


def _package_of(found: Mapping[str, Any]) -> bytes | None:
    digest, location = found["Configuration"]["CodeSha256"], found["Code"].get("Location", "")
    return _own_package(digest) or _download(location)


def _own_package(digest: str) -> bytes | None:
    """Find the package among those that Chalice made here."""
    for path in Path(".chalice/deployments").glob("*.zip"):
        package = path.read_bytes()
        if base64.b64encode(hashlib.sha256(package).digest()).decode() == digest:
            return package
    return None


def _download(location: str) -> bytes | None:
    if not location.startswith("https://"):
        return None
    answer = requests.get(location, timeout=(5, 60))
    return answer.content if answer.ok else None


def _sources_of(package: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(package)) as zipped:
        names = [name for name in zipped.namelist() if is_source(name)]
        return {name: zipped.read(name) for name in names}


def _sources_here() -> dict[str, bytes]:
    paths = [Path("app.py"), *Path("chalicelib").rglob("*")]
    return {
        path.as_posix(): path.read_bytes() for path in paths if path.is_file() and is_source(path.as_posix())
    }


def is_source(name: str) -> bool:
    """Know our own sources in the package from its dependencies."""
    ours = name == "app.py" or name.startswith("chalicelib/")
    return ours and "__pycache__" not in name and not name.endswith(("/", ".pyc"))
