"""Shared by the tests of deploying."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from moto.server import ThreadedMotoServer

from tests.deploy.common import Project, copy_of_the_repository


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    copy_of_the_repository(tmp_path)
    for name in ("requirements.txt", "requirements.lock"):
        (tmp_path / name).touch()  # what the real ones name would be fetched from the package index
    server = ThreadedMotoServer(port=0)
    server.start()
    port = server.get_host_and_port()[1]
    endpoint = f"http://127.0.0.1:{port}"
    requests.post(f"{endpoint}/moto-api/reset", timeout=100)
    yield Project(tmp_path, endpoint)
    server.stop()
