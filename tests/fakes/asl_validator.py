"""asl-validator: another reading of the states language than ours, and of paths and ARNs in it.

It needs Node and npm, and is installed into ``build/`` when first used, as its lock says.
https://www.npmjs.com/package/asl-validator
"""

import json
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

FOLDER = Path(__file__).parent.parent.parent / "build" / "asl-validator"

_LOCKED = Path(__file__).with_name("asl-validator")


class AslValidatorMissing(Exception):
    """It can't be had on this machine; the text says why."""


def faults(definition: dict[str, Any]) -> str:
    """What it says against a definition; nothing where that is valid."""
    program = _installed()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "definition.json"
        path.write_text(json.dumps(definition), encoding="utf-8")
        done = subprocess.run(
            ["node", program, "--json-path", path], capture_output=True, text=True, check=False
        )
    return (done.stdout + done.stderr).strip() if done.returncode else ""


def _installed() -> Path:
    program = FOLDER / "node_modules/asl-validator/dist/bin/asl-validator.js"
    for command in ("node", "npm"):
        if shutil.which(command) is None:
            raise AslValidatorMissing(f"no {command} on this machine")
    if not program.exists():
        _install()
    return program


def _install() -> None:
    """Beside its place first: who stops us half-way leaves nothing broken."""
    FOLDER.parent.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=FOLDER.parent) as name:
        folder = Path(name) / "asl-validator"
        shutil.copytree(_LOCKED, folder)
        install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=120)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise AslValidatorMissing("npm could not fetch asl-validator") from error
        folder.rename(FOLDER)
