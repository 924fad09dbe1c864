"""A run says what it waits for, once for each digest, where somebody looks."""

import json
import sys
from io import StringIO
from typing import Any

import pytest

from statemachine.local.waited_for import SaidDigests

ID = "202611261405-3fa9c1d2"
OWN = {"status": "wait", "seconds": 100, "digest": {"id": ID}}


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def said(monkeypatch: pytest.MonkeyPatch, *answers: Any, name: str = "post-to-slack") -> str:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    saying = SaidDigests()
    for answer in answers:
        body = json.dumps(answer).encode()
        assert saying.around_invoke(name, {"execution": "e"}, lambda body=body: body) == body  # type: ignore[misc]
    return terminal.getvalue()


def test_who_waits_for_a_digest_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    other = {**OWN, "digest": {"id": "202611261406-3fa9c1d2"}}
    assert said(monkeypatch, *({"posted": each} for each in (OWN, OWN, other))) == (
        f"Waiting for the digest {ID}: it is posted after 14:07:00 UTC.\n"
        "Waiting for the digest 202611261406-3fa9c1d2: it is posted after 14:08:00 UTC.\n"
    )


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"posted": {**OWN, "status": "posted"}}, id="posted"),
        pytest.param({"posted": {"status": "wait", "seconds": 3}}, id="its-own-turn"),
        pytest.param({"posted": {**OWN, "digest": {"id": "x"}}}, id="no-id"),
        pytest.param({"posted": {**OWN, "digest": None}}, id="none"),
        pytest.param({"posted": None}, id="nothing-yet"),
        pytest.param({"errorType": "SlackDown"}, id="failed"),
        pytest.param(None, id="null"),
        pytest.param([1], id="list"),
    ],
)
def test_nothing_else_is_said(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    assert said(monkeypatch, answer) == ""


def test_only_the_function_that_posts_is_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(monkeypatch, {"posted": OWN}, name="read-finding") == ""


def test_where_nobody_looks_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    saying = SaidDigests()
    saying.around_invoke("post-to-slack", {"execution": "e"}, lambda: json.dumps({"posted": OWN}).encode())
    assert capsys.readouterr().err == ""
