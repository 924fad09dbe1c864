"""Shared by the tests of the Slack stand-in."""

from collections.abc import Iterator

import pytest

from statemachine.local.slack_stand_in import SlackStandIn


@pytest.fixture
def stand_in() -> Iterator[SlackStandIn]:
    with SlackStandIn() as server:
        yield server
