"""DynamoDB's expressions, each text parsed once: conditions, updates, key conditions and projections.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html. Attributes of items only, not
what lies within them. Whatever is not understood is Unsupported, be it right or wrong for DynamoDB.
"""

import operator
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from tests.simulation.attribute_values import Invalid, Item, Unsupported, Value, added, subtracted
from tests.simulation.evaluation import (
    ORDERED,
    Operand,
    Values,
    apart,
    begins_with,
    calculated,
    contains,
    equal,
    grown,
    has_type,
    is_range,
    members,
    ordered,
    shrunk,
    there,
)
from tests.simulation.expression_tokens import Names, Parsed, Tokens

Test = Callable[[Item, Values], bool]
Change = tuple[str, Operand]
"""An attribute and what it becomes of the item as it was; None where it goes."""
KeyCondition = tuple[str, str, tuple[str, ...]]
"""An attribute, ``=``, ``begins_with`` or ``BETWEEN``, and the names of its one or two values."""

_Found = TypeVar("_Found")
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@lru_cache(maxsize=1024)
def condition(text: str, names: Names) -> Parsed[Test]:
    """Read a ConditionExpression."""
    parser = _Parser(text, names)
    return parser.parsed(parser.either())


@lru_cache(maxsize=1024)
def update(text: str, names: Names) -> Parsed[tuple[Change, ...]]:
    """Read an UpdateExpression."""
    parser = _Parser(text, names)
    return parser.parsed(parser.changes())


@lru_cache(maxsize=1024)
def key_condition(text: str, names: Names) -> Parsed[tuple[KeyCondition, ...]]:
    """Read a KeyConditionExpression."""
    parser = _Parser(text, names)
    return parser.parsed(parser.key_conditions())


@lru_cache(maxsize=1024)
def projection(text: str, names: Names) -> Parsed[tuple[str, ...]]:
    """Read a ProjectionExpression."""
    parser = _Parser(text, names)
    return parser.parsed(apart(parser.listed(parser.path)))


class _Parser(Tokens):
    # --- conditions ---

    def either(self) -> Test:
        tests = [self._both()]
        while self.takes("OR"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda item, values: any(t(item, values) for t in tests)

    def _both(self) -> Test:
        tests = [self._not()]
        while self.takes("AND"):
            tests.append(self._not())
        return tests[0] if len(tests) == 1 else lambda item, values: all(t(item, values) for t in tests)

    def _not(self) -> Test:
        if self.takes("NOT"):
            test = self._not()
            return lambda item, values: not test(item, values)
        if self.peek() == "(":
            return self._within(self.either)
        if self.peek() == "size" and self.peek(4) == "<":
            return self._smaller()
        return self._function() if self.peek(1) == "(" else self._comparison()

    def _within(self, read: Callable[[], _Found]) -> _Found:
        start = self.at
        self.take("(")
        found = read()
        if self.closed.get(start + 1) == self.at - 1:
            raise Invalid("The expression has redundant parentheses")
        self.closed[start] = self.at
        self.take(")")
        return found

    def _function(self) -> Test:
        name = self.peek()
        if name not in {"attribute_exists", "attribute_not_exists", "begins_with", "contains"}:
            raise Unsupported(f"the function {name} in a condition")
        self.at += 1
        self.take("(")
        if name.startswith("attribute"):
            path, there = self.path(), name == "attribute_exists"
            self.take(")")
            return lambda item, values: (path in item) is there
        types = frozenset("SB") if name == "begins_with" else None
        left, right = self._distinct(types, ",")
        self.take(")")
        test = begins_with if name == "begins_with" else contains
        return lambda item, values: test(left(item, values), right(item, values))

    def _smaller(self) -> Test:
        """Read ``size(a set) < a value``, the one use of size() that is known."""
        self.at += 1
        self.take("(")
        path = self.path()
        self.take(")")
        self.take("<")
        most = self.value()
        return lambda item, values: ordered(operator.lt, members(item.get(path)), values[most])

    def _distinct(self, types: frozenset[str] | None, *between: str) -> list[Operand]:
        """Read operands with these tokens between them, the first unlike the others."""
        first = self._operand(types)
        operands = [first]
        for token in between:
            self.take(token)
            operands.append(self._operand(types))
        paths = [path for _, path in operands]
        if paths[0] is not None and paths[0] in paths[1:]:
            raise Invalid("The first operand must be distinct from the remaining operands")
        return [operand for operand, _ in operands]

    def _operand(self, types: frozenset[str] | None) -> tuple[Operand, str | None]:
        if self.peek().startswith(":"):
            name = self.value()
            if types:
                self.checks.append(has_type(name, types))
            return (lambda item, values: values[name]), None
        if self.peek(1) == "(":
            raise Unsupported(f"the function {self.peek()} as an operand")
        path = self.path()
        return (lambda item, values: item.get(path)), path

    def _comparison(self) -> Test:
        sign = self.peek(1).upper()
        if sign == "BETWEEN":
            return self._between()
        if sign in {"=", "<>"}:
            left, right = self._distinct(None, sign)
            same = sign == "="
            return lambda item, values: equal(left(item, values), right(item, values)) is same
        if sign not in _ORDERS:
            self.at += 1
            raise self.not_understood()
        left, right = self._distinct(ORDERED, sign)
        order = _ORDERS[sign]
        return lambda item, values: ordered(order, left(item, values), right(item, values))

    def _between(self) -> Test:
        bounds = self.peek(2), self.peek(4)
        tested, lower, upper = self._distinct(ORDERED, "BETWEEN", "AND")
        if all(bound.startswith(":") for bound in bounds):
            self.checks.append(is_range(*bounds))

        def test(item: Item, values: Values) -> bool:
            value = tested(item, values)
            return ordered(operator.ge, value, lower(item, values)) and ordered(
                operator.le, value, upper(item, values)
            )

        return test

    # --- updates ---

    def changes(self) -> tuple[Change, ...]:
        clauses = {"SET": self._set, "REMOVE": self._remove, "ADD": self._add, "DELETE": self._delete}
        found: list[Change] = []
        seen: set[str] = set()
        while clause := self.peek().upper():
            if clause not in clauses:
                raise self.not_understood()
            if clause in seen:
                raise Invalid(f'The "{clause}" section can only be used once in an update expression')
            seen.add(clause)
            self.at += 1
            found += self.listed(clauses[clause])
        apart([name for name, _ in found])
        return tuple(found)

    def _set(self) -> Change:
        path = self.path()
        self.take("=")
        first = self.peek()
        left = self._set_operand()
        sign = self.peek()
        if sign not in {"+", "-"}:
            return path, left
        self.at += 1
        second = self.peek()
        right = self._set_operand()
        self.checks += [has_type(name, frozenset("N")) for name in (first, second) if name.startswith(":")]
        calculate = added if sign == "+" else subtracted
        return path, lambda item, values: calculated(calculate, left(item, values), right(item, values))

    def _set_operand(self) -> Operand:
        if self.peek(1) != "(":
            operand, path = self._operand(None)
            return operand if path is None else there(path)
        if self.peek() != "if_not_exists":
            raise Unsupported(f"the function {self.peek()} in an update")
        self.at += 1
        self.take("(")
        path = self.path()
        self.take(",")
        default = self._set_operand()
        self.take(")")

        def taken(item: Item, values: Values) -> Value | None:
            other = default(item, values)  # has to be there even where it is not taken
            return item.get(path, other)

        return taken

    def _remove(self) -> Change:
        return self.path(), lambda item, values: None

    def _add(self) -> Change:
        path, name = self.path(), self.value()
        self.checks.append(has_type(name, frozenset(("N", "SS"))))
        return path, lambda item, values: grown(item.get(path), values[name])

    def _delete(self) -> Change:
        path, name = self.path(), self.value()
        self.checks.append(has_type(name, frozenset(("SS",))))
        return path, lambda item, values: shrunk(item.get(path), values[name])

    # --- key conditions ---

    def key_conditions(self) -> tuple[KeyCondition, ...]:
        found = [self._key_condition()]
        while self.takes("AND"):
            found.append(self._key_condition())
        return tuple(found)

    def _key_condition(self) -> KeyCondition:
        if self.peek() == "(":
            return self._within(self._key_condition)
        if self.peek() == "begins_with" and self.peek(1) == "(":
            self.at += 2
            path = self.path()
            self.take(",")
            value = self.value()
            self.take(")")
            self.checks.append(has_type(value, frozenset("SB")))
            return path, "begins_with", (value,)
        path = self.path()
        if self.peek().upper() != "BETWEEN":
            self.take("=")
            return path, "=", (self.value(),)
        self.at += 1
        lower = self.value()
        self.take("AND")
        upper = self.value()
        self.checks.append(is_range(lower, upper))
        return path, "BETWEEN", (lower, upper)
