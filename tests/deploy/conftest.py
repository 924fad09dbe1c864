"""Shared by the tests of deploying."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from moto.server import ThreadedMotoServer

from tests.deploy.common import ROOT, Project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    for name in ("chalicelib", "statemachine", ".chalice"):
        unwanted = shutil.ignore_patterns("deployed", "deployments", "__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=unwanted)
    shutil.copy(ROOT / "app.py", tmp_path)
    (tmp_path / "requirements.txt").touch()  # the real one would be fetched from the package index
    server = ThreadedMotoServer(port=0)
    server.start()
    port = server.get_host_and_port()[1]
    endpoint = f"http://127.0.0.1:{port}"
    requests.post(f"{endpoint}/moto-api/reset", timeout=100)
    yield Project(tmp_path, endpoint)
    server.stop()
