"""An expression's text as tokens, and who reads them one by one."""

import re
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from tests.simulation.attribute_values import Invalid, Unsupported
from tests.simulation.evaluation import Check

Names = tuple[tuple[str, str], ...]
"""The pairs of ExpressionAttributeNames."""

_Body = TypeVar("_Body")
_Found = TypeVar("_Found")

_LONGEST = 4096
_MOST_TOKENS = 600
"""DynamoDB allows 300 operators; who keeps to so many tokens has no more."""
_RESERVED = frozenset(ReservedKeywords.get_reserved_keywords())
_TOKEN = re.compile(r"[ \t\r\n]*([#:]?[A-Za-z0-9_]+|<>|<=|>=|[=<>(),+-])[ \t\r\n]*")
_PLACEHOLDER = re.compile(r"[A-Za-z0-9_]+")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class Parsed(NamedTuple, Generic[_Body]):
    """An expression: what it does, which names and values it uses, and what its values must be like."""

    body: _Body
    names: frozenset[str]
    values: frozenset[str]
    checks: tuple[Check, ...]


class Tokens:
    """Reads an expression from its start on, and notes what it uses."""

    def __init__(self, text: str, names: Names) -> None:
        self._text = text
        self._names = dict(names)
        self._tokens = _tokens(text)
        self.at = 0
        self.closed: dict[int, int] = {}  # where a parenthesis opens: where it closes
        self._used_names: set[str] = set()
        self._used_values: set[str] = set()
        self.checks: list[Check] = []

    def parsed(self, body: _Body) -> Parsed[_Body]:
        if self.peek():
            raise self.not_understood()
        return Parsed(body, frozenset(self._used_names), frozenset(self._used_values), tuple(self.checks))

    # --- tokens ---

    def peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self._tokens[at] if at < len(self._tokens) else ""

    def takes(self, word: str) -> bool:
        if self.peek().upper() != word:
            return False
        self.at += 1
        return True

    def take(self, word: str) -> None:
        if not self.takes(word):
            raise self.not_understood()

    def not_understood(self) -> Unsupported:
        return Unsupported(f"{self.peek() or 'the end'!r} (token {self.at}) in the expression {self._text!r}")

    def listed(self, read: Callable[[], _Body]) -> list[_Body]:
        found = [read()]
        while self.takes(","):
            found.append(read())
        return found

    def path(self) -> str:
        token = self.peek()
        if token.startswith("#"):
            if token not in self._names:
                raise Invalid(f"An expression attribute name is not defined; attribute name: {token}")
            self._used_names.add(token)
        elif token.upper() in _RESERVED:
            raise Invalid(f"Attribute name is a reserved keyword; reserved keyword: {token}")
        elif not _NAME.fullmatch(token):
            raise self.not_understood()
        self.at += 1
        return self._names.get(token, token) if token.startswith("#") else token

    def value(self) -> str:
        token = self.peek()
        if not token.startswith(":"):
            raise self.not_understood()
        self.at += 1
        self._used_values.add(token)
        return token


def _tokens(text: Any) -> list[str]:
    if not isinstance(text, str):
        raise Unsupported(f"the expression {text!r}")
    if not text or len(text.encode()) > _LONGEST:
        raise Invalid("The expression can not be empty, nor larger than 4096 bytes")
    found, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise Unsupported(f"{text[at:]!r} in the expression {text!r}")
        found.append(token[1])
        at = token.end()
    if len(found) > _MOST_TOKENS:
        raise Unsupported(f"an expression of {len(found)} tokens")
    return found


def is_placeholder(name: Any, mark: str) -> bool:
    """Whether it stands for a name (``#``) or a value (``:``) in an expression."""
    return isinstance(name, str) and name[:1] == mark and _PLACEHOLDER.fullmatch(name, 1) is not None
