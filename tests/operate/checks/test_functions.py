"""What of a function's package is compared with what stands here."""

from collections.abc import Callable

import pytest
from chalice.config import Config
from pytest_httpserver import HTTPServer

from statemachine.deploy import stack
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
