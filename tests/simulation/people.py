"""What people do in a history: rules, messages, reactions, executions."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tests.simulation.folded import owners, shown_as
from tests.simulation.journal import Reaction
from tests.simulation.story import CALLED, ESCALATED, FINDING_TYPE, TYPES, Deed, finding_id, instance_id

if TYPE_CHECKING:
    from tests.simulation.world import World


class People:
    """They act on the world as a history's deeds say."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._kinds = {each.finding: each.kind for each in world.story.arrivals}
        self._deeds: Mapping[str, Callable[[Deed], None]] = {
            "rule": self._rule,
            "rule below 8.5": self._rule_below,
            "unrule": self._unrule,
            "delete": self._delete,
            "archive": lambda deed: world.archived.add(finding_id(deed.finding)),
            "abort": self._abort,
            "abort attention": self._abort_attention,
            "abort owner": self._abort_owner,
            "redrive": self._redrive,
            "forget": lambda _: world.replace_containers(),
        }

    def do(self, deed: Deed) -> None:
        """Do it, where it can be done."""
        if deed.what.startswith(("react ", "unreact ")):
            self._react(deed)
        elif deed.what in self._deeds:
            self._deeds[deed.what](deed)
        else:
            raise self._world.unsupported(f"the deed {deed.what}")

    # --- the routes and the suppression list

    def route(self) -> None:
        """Add a route that calls somebody about every finding."""
        does = {"mention": CALLED, "escalate_mention": ESCALATED}
        route = {"finding_type": FINDING_TYPE, "rule": "calls", "reason": "a history"} | does
        item = {name: {"S": value} for name, value in route.items()}
        self._world.tables.put_item(TableName=self._world.table_names["routes"], Item=item)

    def route_to(self, channel: str, kind: int) -> None:
        """Add a route that sends all of a type to a channel."""
        route = {"finding_type": TYPES[kind], "rule": "elsewhere", "reason": "a history", "channel": channel}
        item = {name: {"S": value} for name, value in route.items()}
        self._world.tables.put_item(TableName=self._world.table_names["routes"], Item=item)

    def _rule(self, deed: Deed) -> None:
        resource = {"resource_id": {"S": instance_id(deed.finding)}}
        self._put_rule(f"known-{deed.finding}", resource, self._type(deed.finding))
        self._note(finding_id(deed.finding))

    def _rule_below(self, _: Deed) -> None:
        self._put_rule("below", {"max_severity": {"N": "8.4"}})
        arrivals = self._world.story.arrivals
        for each in sorted({finding_id(each.finding) for each in arrivals if each.severity < 8.5}):
            self._note(each)

    def _note(self, finding: str) -> None:
        begins = self._world.scheduler.elapsed
        self._world.journal.rules.append({"finding": finding, "begins": begins, "ends": float("inf")})

    def _type(self, finding: int) -> str:
        """Say of which type a finding is."""
        return TYPES[self._kinds.get(finding, 0)]

    def _put_rule(
        self, name: str, conditions: dict[str, dict[str, str]], finding_type: str = FINDING_TYPE
    ) -> None:
        rule = {"finding_type": {"S": finding_type}, "rule": {"S": name}, "reason": {"S": "a history"}}
        table = self._world.table_names["suppressions"]
        self._world.tables.put_item(TableName=table, Item=rule | conditions)

    def _unrule(self, deed: Deed) -> None:
        key = {"finding_type": {"S": self._type(deed.finding)}, "rule": {"S": f"known-{deed.finding}"}}
        self._world.tables.delete_item(TableName=self._world.table_names["suppressions"], Key=key)
        for rule in self._world.journal.rules:
            if rule["finding"] == finding_id(deed.finding):
                rule["ends"] = min(rule["ends"], self._world.scheduler.elapsed)

    # --- Slack

    def _delete(self, deed: Deed) -> None:
        if self._world.slack.delete(finding_id(deed.finding)):
            self._world.journal.deleted.append((self._world.scheduler.elapsed, finding_id(deed.finding)))

    def _react(self, deed: Deed) -> None:
        how, name, user = deed.what.split()
        finding = shown_as(self._world, finding_id(deed.finding))
        ts = self._world.slack.react_to(finding, name, user, given=how == "react")
        if ts:
            at = self._world.scheduler.elapsed
            self._world.journal.reactions.append(Reaction(at, finding, ts, name, user, how == "react"))

    # --- executions

    def _abort(self, deed: Deed) -> None:
        executions = self._world.journal.executions(finding_id(deed.finding))
        for each in [one for one in executions if one.execution.status == "RUNNING"][-1:]:
            self._world.abort(each)

    def _abort_attention(self, deed: Deed) -> None:
        for each in self._world.journal.attention:
            if each.finding == finding_id(deed.finding) and each.execution.status == "RUNNING":
                self._world.abort(each)

    def _abort_owner(self, _: Deed) -> None:
        running = {
            each.execution.arn: each for each in self._world.journal.started if not each.ended
        }  # one that was redriven is left alone
        for arn in owners(self._world):
            if arn in running:
                self._world.abort(running[arn])

    def _redrive(self, _: Deed) -> None:
        for each in self._world.journal.started:
            if each.execution.status == "FAILED":
                self._world.redrive(each)
