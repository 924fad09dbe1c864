"""A person's desk, at which they look at the suppressions and change them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from click.testing import CliRunner, Result

from statemachine.local.guardduty_stand_in import GuardDutyStandIn
from statemachine.operate import rule_table
from statemachine.operate.suppressions import suppressions_command

REGION = "eu-west-1"
TABLE = "guardduty-notifier-dev-suppressions"
EVENT = json.loads(Path("tests/events/example.json").read_text("utf-8"))
TYPE = EVENT["detail"]["type"]
Item = dict[str, Any]


def rule(**given: Any) -> Item:
    return {"finding_type": TYPE, "rule": "ours", "reason": "our own scanner"} | given


@dataclass
class Desk:
    """A table, a GuardDuty with one finding, and a terminal of 200 columns."""

    guardduty: GuardDutyStandIn
    folder: Path

    def run(self, *arguments: str, answer: str = "") -> Result:
        return CliRunner(env={"COLUMNS": "200"}).invoke(
            suppressions_command, ["--stage", "dev", *arguments], input=answer
        )

    def file(self, content: Any) -> str:
        path = self.folder / "rules.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return str(path)

    def put(self, *items: Item) -> None:
        for item in items:
            boto3.resource("dynamodb", region_name=REGION).Table(TABLE).put_item(Item=item)

    @property
    def items(self) -> dict[tuple[str, str], Item]:
        return rule_table.items(TABLE)
