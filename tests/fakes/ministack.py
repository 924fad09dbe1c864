"""MiniStack, a second local AWS beside moto: a real bus, real zips in processes of their own, its own interpreter.

Its botocore is another than ours, so it has a virtual environment of its own, made in ``build/`` when first used.
https://pypi.org/project/ministack/
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from tests.fakes.dynamodb_local import free_port

FOLDER = Path(__file__).parent.parent.parent / "build" / "ministack"

_PACKAGES = ("ministack==1.5.33", "boto3==1.43.106")
"""boto3 is in Lambda's runtime; this one goes with MiniStack's botocore."""

ACCOUNT = "111122223333"
REGION = "eu-west-1"


class MiniStackMissing(Exception):
    """It can't be had on this machine; the text says why."""


@contextmanager
def ministack(concurrency: int) -> Iterator[str]:
    """Run an empty one as long as the context is open: its URL. ``concurrency`` is Lambda's of the account."""
    python, port = _installed(), free_port()
    with TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [python, "-P", Path(__file__).with_name("ministack_as_aws.py")],  # -P: this folder has a module of its name
            cwd=folder,
            env={
                "PATH": os.environ["PATH"], "HOME": folder, "TMPDIR": folder,
                "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1",
                "MINISTACK_ACCOUNT_ID": ACCOUNT, "MINISTACK_REGION": REGION,
                "LAMBDA_ACCOUNT_CONCURRENCY": str(concurrency),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(process, url)
            yield url
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # the functions' processes too
            process.wait()


def _installed() -> Path:
    python = FOLDER / "bin" / "python"
    ready = FOLDER / "ready"
    if not ready.exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", FOLDER], check=True, timeout=120)
            install = [
                str(python),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                *_PACKAGES,
            ]
            subprocess.run(install, check=True, capture_output=True, timeout=300)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise MiniStackMissing(f"pip could not install {' '.join(_PACKAGES)}") from error
        ready.touch()
    return python


def _wait_for(process: subprocess.Popen[bytes], url: str) -> None:
    while process.poll() is None:  # however long it takes: a busy machine has it too
        try:
            with urlopen(f"{url}/_ministack/health", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise MiniStackMissing("it ended at its start")
