"""What a run waits for that takes minutes, said at a terminal: a digest is posted when nobody can join it any more."""

import json
import sys
import threading
from collections.abc import Callable
from typing import Any

import click

from chalicelib.ledger import digests
from chalicelib.notify.digest import ready_at
from statemachine.local.executions import around_invoke


class SaidDigests:
    """Says so at a terminal, once for each digest."""

    def __init__(self) -> None:
        """Begin with none said."""
        self._said: set[str] = set()
        self._lock = threading.Lock()

    def around_invoke(self, name: str, payload: Any, call: Callable[[], bytes]) -> bytes:
        """Call a function, its messages attributed to its execution, and look at what it answers."""
        answered = around_invoke(name, payload, call)
        if name == "post-to-slack" and (id_ := _waits_for(answered)):
            self._say(id_)
        return answered

    def _say(self, id_: str) -> None:
        with self._lock:
            is_new = id_ not in self._said
            self._said.add(id_)
        if is_new and sys.stderr.isatty():
            click.echo(
                f"Waiting for the digest {id_}: it is posted after {ready_at(id_):%H:%M:%S} UTC.", err=True
            )


def _waits_for(answered: bytes) -> str:
    """Name the digest that an execution sees to and waits for; empty where it waits for none."""
    state = json.loads(answered)
    posted = (state.get("posted") if isinstance(state, dict) else None) or {}
    id_ = str((posted.get("digest") or {}).get("id", "")) if posted.get("status") == "wait" else ""
    return id_ if digests.is_id(id_) else ""
