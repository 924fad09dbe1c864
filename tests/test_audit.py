"""The advisory check: what it asks, what fails it, and what it says where it can't ask."""

import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from statemachine.deploy import lock
from tests.audit import ROOT, audit

ADVISORY = {"id": "GHSA-aaaa-bbbb-cccc", "modified": "2026-01-01T00:00:00Z"}


def answer_for(httpserver: HTTPServer, vulnerable: str) -> list[Any]:
    """osv.dev, knowing one advisory, against one package; returns what it was asked."""
    asked: list[Any] = []

    def answer(request: Request) -> Response:
        assert request.json is not None
        asked.extend(request.json["queries"])
        names = [query["package"]["name"] for query in asked]
        results = [{"vulns": [ADVISORY]} if name == vulnerable else {} for name in names]
        return Response(json.dumps({"results": results}), content_type="application/json")

    httpserver.expect_request("/v1/querybatch", method="POST").respond_with_handler(answer)
    return asked


@pytest.mark.parametrize(
    ("vulnerable", "code", "line"),
    [
        pytest.param("none", 0, "", id="nothing-known"),
        pytest.param(
            "urllib3", 1, "(shipped): https://osv.dev/vulnerability/GHSA-aaaa-bbbb-cccc", id="shipped"
        ),
        pytest.param("moto", 0, "(development only): https://osv.dev/vulnerability/GHSA", id="development"),
    ],
)
def test_what_is_shipped_fails(
    httpserver: HTTPServer, capsys: pytest.CaptureFixture[str], vulnerable: str, code: int, line: str
) -> None:
    asked = answer_for(httpserver, vulnerable)
    assert audit(httpserver.url_for("/v1/querybatch")) == code
    said = capsys.readouterr().out
    assert line in said
    assert said.splitlines()[-1] == f"{len(asked)} releases audited, {int(bool(line))} with advisories."
    assert {query["package"]["name"] for query in asked} == {
        *lock.locked(ROOT / "requirements.lock"),
        *lock.locked(ROOT / "requirements-dev.lock"),
    }
    assert {"package": {"ecosystem": "PyPI", "name": "requests"}, "version": "2.34.2"} in asked


def test_without_a_source_it_is_skipped_with_a_word(
    httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    httpserver.expect_request("/v1/querybatch").respond_with_data("later", status=503)
    assert audit(httpserver.url_for("/v1/querybatch")) == 0
    assert capsys.readouterr().out.startswith("Skipped: http://")
