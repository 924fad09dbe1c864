"""A copy of the repository, and a local AWS to deploy it to."""

import json
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, socket
from typing import Any

import boto3

from statemachine.deploy import stack

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
REGION = "eu-west-1"
FAKE = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": REGION}


class CallRecorder:
    """botocore's client-side monitoring: every call of every process that knows the port."""

    def __init__(self) -> None:
        self.calls: set[str] = set()
        self._socket = socket(AF_INET, SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def environment(self) -> dict[str, str]:
        port = str(self._socket.getsockname()[1])
        return {"AWS_CSM_ENABLED": "true", "AWS_CSM_HOST": "127.0.0.1", "AWS_CSM_PORT": port}

    def _listen(self) -> None:
        while True:
            call = json.loads(self._socket.recv(65_536))
            if call["Type"] == "ApiCall":
                self.calls.add(f"{call['Service']}:{call['Api']}")


@dataclass
class Project:
    """A copy of the repository and an AWS for it."""

    folder: Path
    endpoint: str
    recorder: CallRecorder = field(default_factory=CallRecorder)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        home = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        environment = {**home, **FAKE, **self.recorder.environment, "AWS_ENDPOINT_URL": self.endpoint}
        return subprocess.run(
            [shutil.which(command[0], path=f"{BIN}:{os.environ['PATH']}") or command[0], *command[1:]],
            cwd=self.folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def statemachine(self, *command: str) -> subprocess.CompletedProcess[str]:
        return self.run("python", "-m", "statemachine", *command)

    def client(self, service: str) -> Any:
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        return boto3.client(service, region_name=REGION, endpoint_url=self.endpoint, **keys)  # type: ignore[call-overload]

    def make(self, *targets: str) -> subprocess.CompletedProcess[str]:
        """Make as people do, with the environment that is installed already."""
        shutil.copy(ROOT / "Makefile", self.folder)
        return self.run("make", "--old-file", ".venv/installed", f"BIN={BIN}", *targets)

    def functions(self) -> list[str]:
        return sorted(found["FunctionName"] for found in self.client("lambda").list_functions()["Functions"])

    def change_min_severity(self) -> None:
        path = self.folder / stack.CONFIG
        config = json.loads(path.read_text())
        config["stages"]["dev"]["stack_parameters"]["MinSeverity"] = "8.5"
        path.write_text(json.dumps(config))


def copy_of_the_repository(folder: Path) -> Path:
    """Copy what Chalice and the deploy commands need, but what is fetched."""
    for name in ("chalicelib", "statemachine", ".chalice"):
        unwanted = shutil.ignore_patterns("deployed", "deployments", "__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=unwanted, dirs_exist_ok=True)
    for name in ("app.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def made(project: Project) -> list[str]:
    roles = [role["RoleName"] for role in project.client("iam").list_roles()["Roles"]]
    stacks = [each["StackName"] for each in project.client("cloudformation").describe_stacks()["Stacks"]]
    return [*project.functions(), *roles, *stacks]
