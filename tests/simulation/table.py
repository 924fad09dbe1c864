"""DynamoDB's tables in this process, for a simulation: what boto3's client asks of them and what it hears.

What it does not know raises Unsupported; whatever it answers, DynamoDB would. An answer is never paged unless a
Limit is given, and a scan's order is that of the keys. What is given and answered are copies.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any

from botocore.exceptions import ClientError

from tests.simulation.arguments import (
    Arguments,
    Project,
    conditional,
    key_condition,
    projection,
    required,
    return_values,
)
from tests.simulation.attribute_values import (
    Given,
    Invalid,
    Item,
    Refused,
    Unsupported,
    Value,
    given_item,
    item_of,
    size,
)
from tests.simulation.evaluation import Values
from tests.simulation.expressions import Change, KeyCondition, Test
from tests.simulation.index import Index, Key
from tests.simulation.units import Units

__all__ = ["Tables", "Unsupported"]

_Key = Key
_Method = Callable[["Tables", Arguments], Given]

_LARGEST_ITEM = 400 * 1024
_LONGEST_KEYS = (2048, 1024)
_MOST_KEYS = 100
_MOST_WRITES = 25
_CONDITIONAL = (
    "ConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ReturnValues",
)
_PAGED = ("ProjectionExpression", "ExpressionAttributeNames", "ConsistentRead", "Limit", "ExclusiveStartKey")


def _operation(name: str, *known: str) -> Callable[[_Method], Callable[..., Given]]:
    """Answer as boto3's client does for an operation of that name, with these arguments."""
    arguments_known = frozenset(known)

    def operation(method: _Method) -> Callable[..., Given]:
        @wraps(method)
        def answer(self: "Tables", **arguments: Any) -> Given:
            if not arguments_known.issuperset(arguments):
                raise Unsupported(f"{name} with {sorted(arguments.keys() - arguments_known)}")
            try:
                found = method(self, arguments)
            except Refused as refused:
                raise _error(name, refused) from None
            found["ResponseMetadata"] = {"HTTPStatusCode": 200, "RetryAttempts": 0}
            return found

        return answer

    return operation


def _error(operation: str, refused: Refused) -> ClientError:
    said: Any = {
        "Error": {"Code": refused.code, "Message": refused.message},
        "ResponseMetadata": {"HTTPStatusCode": 400, "HTTPHeaders": {}, "RequestId": "", "RetryAttempts": 0},
    }
    return ClientError(said, operation)


class Tables:
    """Tables by name, each with the names of its key's attributes: texts, the hash key and perhaps a range key."""

    def __init__(
        self,
        keys: Mapping[str, tuple[str, ...]],
        indexes: Mapping[str, Mapping[str, Index]] = MappingProxyType({}),
    ) -> None:
        self._keys = dict(keys)
        self._indexes = indexes
        """Those of a table, by name."""
        self._items: dict[str, dict[str, dict[_Key, Item]]] = {name: {} for name in keys}
        self.units = Units()
        """What all that was done costs."""
        self.on_write: Callable[[str, Item | None, Item], None] = lambda *_: None
        """Told of each item that is written: its table, what it was and what it is."""

    def items(self, table: str) -> list[Given]:
        """Copy all items of a table, by their keys' order."""
        return [given_item(item) for _, item in self._sorted(table)]

    def stored(self, table: str) -> list[Item]:
        """Give all items of a table as they are kept, by their keys' order: they are not to be changed."""
        return [item for _, item in self._sorted(table)]

    @_operation(
        "GetItem", "TableName", "Key", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames"
    )
    def get_item(self, arguments: Arguments) -> Given:
        """Read an item."""
        project = projection(arguments)
        table = self._table(arguments)
        item = self._find(table, self._key_of(table, required(arguments, "Key")))
        self.units.look([item], consistent=bool(arguments.get("ConsistentRead")))
        return {} if item is None else {"Item": project(item)}

    @_operation("PutItem", "TableName", "Item", *_CONDITIONAL)
    def put_item(self, arguments: Arguments) -> Given:
        """Write an item whole."""
        wanted = return_values(arguments, "NONE", "ALL_OLD")
        holds, _, values = conditional(arguments)
        item = item_of(required(arguments, "Item"))
        table = self._table(arguments)
        key = self._key_in(table, item)
        self._may_be(table, item)
        before = self._find(table, key)
        self._demand(holds, before, values)
        self._store(table, key, item)
        return _attributes(before if wanted == "ALL_OLD" else None)

    @_operation("UpdateItem", "TableName", "Key", "UpdateExpression", *_CONDITIONAL)
    def update_item(self, arguments: Arguments) -> Given:
        """Change an item's attributes; a missing item is made."""
        wanted = return_values(arguments, "NONE", "ALL_OLD", "ALL_NEW")
        holds, changes, values = conditional(arguments)
        table = self._table(arguments)
        named = item_of(required(arguments, "Key"))
        key = self._key_of_item(table, named)
        before = self._find(table, key)
        self._demand(holds, before, values)
        if any(name in named for name, _ in changes):
            raise Invalid("Cannot update an attribute. This attribute is part of the key")
        after = _changed(named if before is None else before, changes, values)
        self._may_be(table, after)
        self._store(table, key, after)
        return _attributes({"ALL_OLD": before, "ALL_NEW": after}.get(wanted))

    @_operation("DeleteItem", "TableName", "Key", *_CONDITIONAL)
    def delete_item(self, arguments: Arguments) -> Given:
        """Delete an item, if there is one."""
        wanted = return_values(arguments, "NONE", "ALL_OLD")
        holds, _, values = conditional(arguments)
        table = self._table(arguments)
        key = self._key_of(table, required(arguments, "Key"))
        before = self._find(table, key)
        self._demand(holds, before, values)
        if before is not None:
            del self._items[table][key[0]][key]
        self._told(table, key, before, None)
        return _attributes(before if wanted == "ALL_OLD" else None)

    @_operation(
        "Query", "TableName", "IndexName", "KeyConditionExpression", "ExpressionAttributeValues", *_PAGED
    )
    def query(self, arguments: Arguments) -> Given:
        """Read the items under a hash key, by the range keys' order."""
        conditions, values, project = key_condition(arguments)
        table = self._table(arguments)
        if "IndexName" in arguments:
            return self._query_index(table, arguments, conditions, values, project)
        names = self._keys[table]
        under, in_range = _asked(names, conditions, values)

        def asked(key: _Key) -> bool:
            return key[0] == under and in_range(key[-1])

        after = self._start_key(table, arguments)
        if after is not None and not asked(after):
            raise Invalid("The provided starting key does not match the range key predicate")
        found = ((key, item) for key, item in self._sorted(table, under) if asked(key))
        return self._page(table, found, after, arguments, project)

    def _query_index(
        self,
        table: str,
        arguments: Arguments,
        conditions: tuple[KeyCondition, ...],
        values: Values,
        project: Project,
    ) -> Given:
        """Read an index's entries; nobody asks for pages of it, and none has to."""
        index = self._indexes.get(table, {}).get(arguments["IndexName"])
        if index is None:
            raise Invalid("The table does not have the specified index")
        if arguments.get("ConsistentRead"):
            raise Invalid("Consistent reads are not supported on global secondary indexes")
        if {"Limit", "ExclusiveStartKey"} & arguments.keys():
            raise Unsupported("pages of an index")
        found = index.under(*_asked(index.names, conditions, values))
        self.units.look(found, consistent=False)
        return {
            "Items": [project(entry) for entry in found],
            "Count": len(found),
            "ScannedCount": len(found),
        }

    @_operation("Scan", "TableName", *_PAGED)
    def scan(self, arguments: Arguments) -> Given:
        """Read all items."""
        project = projection(arguments)
        table = self._table(arguments)
        return self._page(table, self._sorted(table), self._start_key(table, arguments), arguments, project)

    @_operation("BatchGetItem", "RequestItems")
    def batch_get_item(self, arguments: Arguments) -> Given:
        """Read items by their keys."""
        asked = required(arguments, "RequestItems")
        if not asked or sum(len(each.get("Keys", ())) for each in asked.values()) > _MOST_KEYS:
            raise Invalid(f"BatchGetItem must have some requests set, and not more than {_MOST_KEYS} keys")
        found = {name: self._batch({**each, "TableName": name}) for name, each in asked.items()}
        return {"Responses": found, "UnprocessedKeys": {}}

    @_operation("BatchWriteItem", "RequestItems")
    def batch_write_item(self, arguments: Arguments) -> Given:
        """Write items whole, all or none of them: those of one table."""
        [(table, asked)] = required(arguments, "RequestItems").items()
        if not 0 < len(asked) <= _MOST_WRITES or any(each.keys() != {"PutRequest"} for each in asked):
            raise Unsupported(f"BatchWriteItem with {asked}")
        name = self._table({"TableName": table})
        items = [item_of(each["PutRequest"]["Item"]) for each in asked]
        keys = [self._key_in(name, item) for item in items]
        if len(set(keys)) < len(keys):
            raise Invalid("Provided list of item keys contains duplicates")
        for item in items:
            self._may_be(name, item)
        for key, item in zip(keys, items, strict=True):
            self._store(name, key, item)
        return {"UnprocessedItems": {}}

    def _batch(self, arguments: Arguments) -> list[Given]:
        known = {"TableName", "Keys", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames"}
        if not arguments.keys() <= known or not arguments.get("Keys"):
            raise Unsupported(f"BatchGetItem with {sorted(arguments)}")
        project = projection(arguments)
        table = self._table(arguments)
        keys = [self._key_of(table, each) for each in arguments["Keys"]]
        if len(set(keys)) < len(keys):
            raise Invalid("Provided list of item keys contains duplicates")
        found = [item for item in (self._find(table, key) for key in keys) if item is not None]
        for item in found:
            self.units.look([item], consistent=bool(arguments.get("ConsistentRead")))
        return [project(item) for item in found]

    # --- keys ---

    def _table(self, arguments: Arguments) -> str:
        name: str = required(arguments, "TableName")
        if name not in self._keys:
            raise Refused("ResourceNotFoundException", "Requested resource not found")
        return name

    def _may_be(self, table: str, item: Item) -> None:
        _fits(item)
        for index in self._indexes.get(table, {}).values():
            for name, longest in zip(index.names, _LONGEST_KEYS, strict=False):
                if name in item:
                    _key_text(item[name], longest)

    def _store(self, table: str, key: _Key, item: Item) -> None:
        before = self._find(table, key)
        self._items[table].setdefault(key[0], {})[key] = item
        self._told(table, key, before, item)
        self.on_write(table, before, item)

    def _told(self, table: str, key: _Key, before: Item | None, after: Item | None) -> None:
        """Let the indexes hear of a write, and count what it costs."""
        self.units.write(before, after)
        for index in self._indexes.get(table, {}).values():
            was, entry = (index.entry(item, self._keys[table]) for item in (before, after))
            if was != entry:
                self.units.index(was, entry, index.names)
                index.note(key, entry)

    def _demand(self, holds: Test | None, item: Item | None, values: Values) -> None:
        if holds is not None and not holds({} if item is None else item, values):
            self.units.refuse(item)
            raise Refused("ConditionalCheckFailedException", "The conditional request failed")

    def _find(self, table: str, key: _Key) -> Item | None:
        under = self._items[table].get(key[0])
        return None if under is None else under.get(key)

    def _key_of(self, table: str, given: Any) -> _Key:
        return self._key_of_item(table, item_of(given))

    def _key_of_item(self, table: str, item: Item) -> _Key:
        if len(item) != len(self._keys[table]):
            raise Invalid("The provided key element does not match the schema")
        return self._key_in(table, item)

    def _key_in(self, table: str, item: Item) -> _Key:
        return tuple(
            [
                _key_text(item.get(name), longest)
                for name, longest in zip(self._keys[table], _LONGEST_KEYS, strict=False)
            ]
        )

    def _start_key(self, table: str, arguments: Arguments) -> _Key | None:
        given = arguments.get("ExclusiveStartKey")
        return None if given is None else self._key_of(table, given)

    # --- pages ---

    def _sorted(self, table: str, under: str | None = None) -> Iterator[tuple[_Key, Item]]:
        groups = self._items[table]
        names = sorted(groups) if under is None else [under]
        return (pair for name in names for pair in sorted(groups.get(name, {}).items(), key=lambda p: p[0]))

    def _page(
        self,
        table: str,
        found: Iterator[tuple[_Key, Item]],
        after: _Key | None,
        arguments: Arguments,
        project: Project,
    ) -> Given:
        limit = arguments.get("Limit")
        if limit is not None and (type(limit) is not int or limit < 1):
            raise Unsupported(f"Limit {limit!r}")
        page = [(key, item) for key, item in found if after is None or key > after][:limit]
        self.units.look([item for _, item in page], consistent=bool(arguments.get("ConsistentRead")))
        answer: Given = {"Items": [project(item) for _, item in page]}
        answer["Count"] = answer["ScannedCount"] = len(page)
        if len(page) == limit:
            answer["LastEvaluatedKey"] = given_item({name: page[-1][1][name] for name in self._keys[table]})
        return answer


def _asked(
    names: tuple[str, ...], conditions: tuple[KeyCondition, ...], values: Values
) -> tuple[str, Callable[[str], bool]]:
    """What the hash key equals, and whether a key's last attribute is asked for."""
    by_name = {name: (sign, [values[each] for each in of]) for name, sign, of in conditions}
    if len(by_name) < len(conditions) or not by_name.keys() <= set(names) or names[0] not in by_name:
        raise Invalid("Query condition missed key schema element, or names one twice")
    if by_name[names[0]][0] != "=":
        raise Invalid("Query key condition not supported")
    texts = {
        name: (sign, [_key_text(value, _LONGEST_KEYS[names.index(name)]) for value in of])
        for name, (sign, of) in by_name.items()
    }
    sign, of = texts.get(names[-1], ("begins_with", [""]))
    tests: dict[str, Callable[[str], bool]] = {
        "=": lambda text: text == of[0],
        "begins_with": lambda text: text.startswith(of[0]),
        "BETWEEN": lambda text: of[0] <= text <= of[-1],
    }
    return texts[names[0]][1][0], tests[sign]


def _key_text(value: Value | None, longest: int) -> str:
    if value is None or value[0] != "S":
        raise Invalid("One of the required keys was not given a value, or one of another type")
    text: str = value[1]
    if not text or len(text.encode()) > longest:
        raise Invalid("The value of a key attribute is empty or too long")
    return text


def _changed(item: Item, changes: tuple[Change, ...], values: Values) -> Item:
    """Make of an item what the changes say, all of them seeing the item as it was."""
    after = dict(item)
    for name, becomes in changes:
        value = becomes(item, values)
        if value is None:
            after.pop(name, None)
        else:
            after[name] = value
    return after


def _fits(item: Item) -> None:
    if size(item) > _LARGEST_ITEM:
        raise Invalid("Item size has exceeded the maximum allowed size")


def _attributes(item: Item | None) -> Given:
    return {} if item is None else {"Attributes": given_item(item)}
