"""How the findings stand when a history is over: in their items, in the index, and on their messages."""

import json
from typing import TYPE_CHECKING

from chalicelib.ledger import content, watch
from tests.simulation.journal import Left

if TYPE_CHECKING:
    from tests.simulation.world import World


def left(world: "World") -> dict[str, Left]:
    """Look at each finding that asked for an answer."""
    table = world.table_names["notifications"]
    listed = {item["finding_id"]["S"]: under for under in _UNDER for item in _listed(world, table, under)}
    found = {}
    for item in world.tables.items(table):
        finding = item["finding_id"]["S"]
        # The state machine's repair always writes the attribute, also of what asks for nothing.
        if item.get("attention", _NOT_ASKED) != _NOT_ASKED:
            shown = world.slack.standing(finding)
            found[finding] = Left(
                watch=watch.read(item["attention"]["S"]),
                listed=listed.get(finding, ""),
                shown=tuple(json.dumps(message.shown, ensure_ascii=False) for message in shown),
                known=_is_known(item),
                standing=tuple(
                    (message.ts, name, user)
                    for message in shown
                    for name, users in message.reactions.items()
                    for user in users
                ),
                archived=finding in world.archived,
            )
    return found


def _is_known(item: dict[str, dict[str, str]]) -> bool:
    """Whether a finding's item has what its message shows: an update that nobody answered may show another."""
    return "attempted_update" not in item and content.unpack(item.get("content", {}).get("S", "")) is not None


_NOT_ASKED = {"S": watch.NOTHING}
_UNDER = (watch.ANSWER, watch.WITHDRAWAL)


def _listed(world: "World", table: str, under: str) -> list[dict[str, dict[str, str]]]:
    found: list[dict[str, dict[str, str]]] = world.tables.query(
        TableName=table,
        IndexName=watch.INDEX,
        KeyConditionExpression="awaits = :what",
        ExpressionAttributeValues={":what": {"S": under}},
    )["Items"]
    return found
