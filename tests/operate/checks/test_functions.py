"""What of a function's package is compared with what stands here."""

from collections.abc import Callable

import pytest

from statemachine.operate.checks import functions

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
