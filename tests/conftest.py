"""Shared by all tests: no test reaches the network, and none sees the user's own AWS or Slack."""

import os
import socket
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import botocore.session
import pytest
from botocore.loaders import Loader, create_loader
from hypothesis import HealthCheck, settings

from statemachine.local.slack_stand_in import SlackStandIn
from tests.machine import Machine

# The same examples at every run, so that a change is judged by what it changes. To search further:
# pytest --hypothesis-profile=default. How long an example takes says something of the machine, nothing of the code.
settings.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same")


class KeptLoader(Loader):
    """What botocore knows of AWS's services, for all sessions of this process."""

    @property
    def search_paths(self) -> list[str]:
        """A copy, as each session of boto3 adds its folder."""
        return list(super().search_paths)


@cache
def _kept_loader() -> Loader:
    return KeptLoader([str(Path(boto3.__file__).parent / "data")])


def _loader(search_paths: str | None = None) -> Loader:
    return create_loader(search_paths) if search_paths else _kept_loader()


_connect = socket.socket.connect


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: tests wait for what they talk to on loopback."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True, scope="session")
def kept_descriptions() -> Iterator[None]:
    """Each machine has sessions of its own; to read the services' descriptions for each took most of its time."""
    with patch.object(botocore.session, "create_loader", _loader):
        yield


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
