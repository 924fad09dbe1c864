"""What the tests of attack sequences are given."""

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.model import Finding
from tests.generate import example


@pytest.fixture
def finding() -> Finding:
    return parse(example("attack-sequence"))
