"""The promises are tried in a machine whose time passes only when a test lets it."""

from collections.abc import Iterator

import pytest

from statemachine.local.slack_stand_in import SlackStandIn
from tests.machine import Machine
from tests.promises.common import NOON


@pytest.fixture
def machine(slack: SlackStandIn) -> Iterator[Machine]:
    with Machine(slack, at=NOON) as local:
        yield local
