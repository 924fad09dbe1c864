"""Shared by all tests: no test reaches the network, and none sees the user's own AWS or Slack."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, settings

from statemachine.local.slack_stand_in import SlackStandIn
from tests.machine import Machine

# The same examples at every run, so that a change is judged by what it changes. To search further:
# pytest --hypothesis-profile=default. How long an example takes says something of the machine, nothing of the code.
settings.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same")

_connect = socket.socket.connect


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to anything but this machine fails the test."""

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(
            ("127.", "::1")
        ):
            raise AssertionError(f"a test connects to {address}")
        _connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    for name in [name for name in os.environ if name.startswith(("AWS_", "SLACK_"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    """A Slack of our own."""
    with SlackStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def machine(slack: SlackStandIn) -> Iterator[Machine]:
    """The state machine on a local AWS that posts to the stand-in."""
    with Machine(slack) as local:
        yield local


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No session of another test, no profile of the user's."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch
