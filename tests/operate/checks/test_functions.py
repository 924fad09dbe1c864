"""What of a function's package is compared with what stands here."""

import base64
import hashlib
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from chalice.config import Config
from pytest_httpserver import HTTPServer

from statemachine.deploy import lock, stack
from statemachine.operate.checks import functions
from tests.operate.checks.common import place, put_function

pytestmark = pytest.mark.usefixtures("local_aws")


def test_sources_are_those_that_run() -> None:
    is_source: Callable[[str], bool] = functions.is_source
    names = [
        "app.py",
        "chalicelib/finding/model.py",
        "chalicelib/__pycache__/x.pyc",
        "requests/api.py",
        "chalice/app.py",
    ]
    assert [name for name in names if is_source(name)] == ["app.py", "chalicelib/finding/model.py"]


# --- what else is in the package ---

OF_THIS_LOCK = object()


@pytest.mark.parametrize(
    ("comments", "good", "said"),
    [
        pytest.param([OF_THIS_LOCK], True, "those that requirements.lock names", id="this-lock"),
        pytest.param([b"0" * 64], None, "from another requirements.lock", id="another-lock"),
        pytest.param([b""], None, "without a lock, or not by make", id="by-chalice-alone"),
        pytest.param([OF_THIS_LOCK, b"0" * 64], None, "from another requirements.lock", id="one-of-another"),
    ],
)
def test_packages_of_another_lock_are_a_remark(
    monkeypatch: pytest.MonkeyPatch, comments: list[Any], good: bool | None, said: str
) -> None:
    """The functions share packages, as Chalice gives them; the last one has one of its own, if there are two."""
    packages = [package(each) for each in comments]
    names = stack.read_stage("dev").functions
    for name in names:
        put_function(name, packages[-1] if name == names[-1] else packages[0])
    fetched: list[str] = []

    def own_package(digest: str) -> bytes:
        fetched.append(digest)
        return next(each for each in packages if sha256(each) == digest)

    monkeypatch.setattr(functions, "_own_package", own_package)
    check = functions.functions_locked(place(), "functions' packages")
    assert (check.good, said in check.said) == (good, True)
    assert ("make deploy STAGE=dev" in check.hint) is (good is None)
    assert sorted(fetched) == sorted(map(sha256, packages))  # each once: it may have to be downloaded


def package(comment: Any) -> bytes:
    written = BytesIO()
    with ZipFile(written, "w") as files:
        files.writestr("app.py", "")
        files.comment = lock.digest().encode() if comment is OF_THIS_LOCK else comment
    return written.getvalue()


def sha256(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def test_a_package_that_can_not_be_had_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in stack.read_stage("dev").functions:
        put_function(name)
    monkeypatch.setattr(functions, "_download", lambda _: None)
    check = functions.functions_locked(place(), "functions' packages")
    assert (check.good, check.said) == (None, "not looked at: their code can't be downloaded")


# --- what they run on ---


@pytest.mark.parametrize(("here", "good"), [("python3.11", True), ("python3.14", None)])
def test_functions_that_another_python_deployed_are_a_remark(
    monkeypatch: pytest.MonkeyPatch, here: str, good: bool | None
) -> None:
    for name in stack.read_stage("dev").functions:
        put_function(name)  # on python3.11
    monkeypatch.setattr(Config, "lambda_python_version", here)
    check = functions.functions_runtime(place(), "functions' Python")
    assert check.good is good
    assert "python3.11" in check.said and here in check.said
    assert ("moves them to python3.14" in check.hint) is (good is None)


@pytest.mark.parametrize(
    ("most", "good"), [pytest.param(10, None, id="new-account"), (199, None), (200, True), (1000, True)]
)
def test_an_account_that_runs_few_functions_at_once_is_a_remark(
    monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer, most: int, good: bool | None
) -> None:
    limit = {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": most}
    asked = httpserver.expect_oneshot_request("/2016-08-19/account-settings", method="GET")
    asked.respond_with_json({"AccountLimit": limit})
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", httpserver.url_for("").rstrip("/"))
    check = functions.functions_run_at_once(place(), "functions at once")
    httpserver.check_assertions()
    assert check.good is good
    assert check.said.startswith(f"{most:,} at once")
    assert ("L-B99A9384" in check.hint) is (good is None)
