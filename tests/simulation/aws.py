"""AWS in this process: the few operations that the functions call, each a point at which they may be suspended or die.

Whatever else is called is refused: a history is to know all that its functions do.
"""

# ruff: noqa: N803 - arguments have the names that boto3 has for them

import inspect
import json
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ReadTimeoutError

from statemachine.local import local_aws
from tests.simulation.table import Unsupported

if TYPE_CHECKING:
    from tests.simulation.world import World

_MACHINES = (local_aws.MACHINE, local_aws.ATTENTION)
DETECTOR = "2cb1a9d8e7f6054b3c2d1e0f9a8b7c6d"
_TABLES = (
    "GetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
    "Scan",
    "BatchGetItem",
    "BatchWriteItem",
)


def client(world: "World", service: str) -> Any:
    """Make what stands for a client of a service."""
    made = {
        "dynamodb": _dynamodb,
        "ssm": _parameters,
        "organizations": _organizations,
        "resourcegroupstaggingapi": _tagging,
        "guardduty": _guardduty,
        "stepfunctions": _executions,
    }.get(service)
    if made is None:
        raise world.unsupported(f"a client of {service}")
    return _Refusing(world, service, made(world))


class _Refusing:
    """A client's methods; one that is not there is no bug of the product's to be caught, but the simulation's end."""

    def __init__(self, world: "World", service: str, methods: Mapping[str, Callable[..., Any]]) -> None:
        self._world = world
        self._service = service
        self._methods = methods
        self._signatures = {name: inspect.signature(method) for name, method in methods.items()}
        self.meta = SimpleNamespace(region_name="eu-west-1")

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in self._methods:
            raise self._world.unsupported(f"{self._service}: {name}")
        method = self._methods[name]

        def called(**arguments: Any) -> Any:
            try:
                self._signatures[name].bind(**arguments)
            except TypeError as error:
                raise self._world.unsupported(f"{self._service}: {name}: {error}") from error
            return method(**arguments)

        return called


def _insist(world: "World", known: bool, what: str) -> None:
    if not known:
        raise world.unsupported(what)


def refused(operation: str, code: str, message: str = "") -> ClientError:
    """Make AWS's refusal as botocore raises it."""
    about = {"Error": {"Code": code, "Message": message or code}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(about, operation)  # type: ignore[arg-type]


def call(
    world: "World", sort: str, service: str, operation: str, what: str, effect: Callable[[], Any]
) -> Any:
    """Let an operation happen, unless something goes wrong with it."""
    kind = world.fault(f"{service}:{operation}{what and ' ' + what}", sort)
    if kind == "death before":
        world.die()
    world.sleep(world.latency(2.0, 4.5) if kind == "slow" else world.latency(0.002, 0.01))
    if kind == "throttled":
        raise refused(operation, "ThrottlingException", "Rate exceeded")
    try:
        answer = effect()
    except Unsupported as unsupported:
        raise world.unsupported(str(unsupported)) from unsupported
    finally:
        if kind == "death after":
            world.die()
    world.sleep(world.latency(0.002, 0.01))
    if kind == "lost":
        raise ReadTimeoutError(endpoint_url=f"https://{service}.eu-west-1.amazonaws.com")
    return answer


def item_kind(arguments: Mapping[str, Any]) -> str:
    """Say of what an operation on the tables is: a finding's item, a channel's, …, or a table's."""
    table = str(arguments.get("TableName") or next(iter(arguments.get("RequestItems", {})), ""))
    key = arguments.get("Key") or arguments.get("Item") or _last_put(arguments) or {}
    found = str(key.get("finding_id", {}).get("S", ""))
    if table.endswith("-notifications"):
        return found.split("#", 1)[0] if "#" in found else "finding"
    return table.rsplit("-", 1)[-1]


def _last_put(arguments: Mapping[str, Any]) -> Any:
    """Give the last item that BatchWriteItem writes: how far a list of accounts has come."""
    puts = [
        each for asked in arguments.get("RequestItems", {}).values() for each in asked if "PutRequest" in each
    ]
    return puts[-1]["PutRequest"]["Item"] if puts else None


def _dynamodb(world: "World") -> Mapping[str, Callable[..., Any]]:
    def method(operation: str) -> Callable[..., Any]:
        name = "".join("_" + each.lower() if each.isupper() else each for each in operation).lstrip("_")

        def called(**arguments: Any) -> Any:
            act = getattr(world.tables, name)
            return call(
                world, "dynamodb", "dynamodb", operation, item_kind(arguments), lambda: act(**arguments)
            )

        return called

    return {
        "".join("_" + each.lower() if each.isupper() else each for each in operation).lstrip("_"): method(
            operation
        )
        for operation in _TABLES
    }


def _parameters(world: "World") -> Mapping[str, Callable[..., Any]]:
    def get_parameter(Name: str, WithDecryption: bool) -> Any:
        _insist(world, WithDecryption and Name == "/guardduty-notifier/local/slack", f"the parameter {Name}")
        answer = {"Parameter": {"Value": "xoxb-simulated"}}
        return call(world, "aws", "ssm", "GetParameter", "", lambda: answer)

    return {"get_parameter": get_parameter}


_ACCOUNTS = ("111122223333", "123456789012")
"""Those of the findings: a page of the list for each, so that it has more than one."""


def _organizations(world: "World") -> Mapping[str, Callable[..., Any]]:
    def described(account_id: str) -> dict[str, Any]:
        paths = ["o-example/r-abcd/ou-abcd-prod/"]
        return {"Id": account_id, "Name": f"account-{account_id[-4:]}", "Paths": paths}

    def describe_account(AccountId: str) -> Any:
        account = {"Account": described(AccountId)}
        return call(world, "aws", "organizations", "DescribeAccount", "", lambda: account)

    def list_accounts(MaxResults: int, NextToken: str = "0") -> Any:
        page = int(NextToken)
        answer: dict[str, Any] = {"Accounts": [described(_ACCOUNTS[page])]}
        if page + 1 < len(_ACCOUNTS):
            answer["NextToken"] = str(page + 1)
        return call(world, "aws", "organizations", "ListAccounts", "", lambda: answer)

    def describe_organizational_unit(OrganizationalUnitId: str) -> Any:
        unit = {"OrganizationalUnit": {"Id": OrganizationalUnitId, "Name": "Production"}}
        return call(world, "aws", "organizations", "DescribeOrganizationalUnit", "", lambda: unit)

    return {
        "describe_account": describe_account,
        "describe_organizational_unit": describe_organizational_unit,
        "list_accounts": list_accounts,
    }


def _tagging(world: "World") -> Mapping[str, Callable[..., Any]]:
    def get_resources(ResourceARNList: list[str]) -> Any:
        tags = [{"ResourceARN": arn, "Tags": [{"Key": "Team", "Value": "live"}]} for arn in ResourceARNList]
        return call(world, "aws", "tag", "GetResources", "", lambda: {"ResourceTagMappingList": tags})

    return {"get_resources": get_resources}


def _guardduty(world: "World") -> Mapping[str, Callable[..., Any]]:
    def asked(operation: str, effect: Callable[[], Any]) -> Any:
        return call(world, "aws", "guardduty", operation, "", effect)

    def list_findings(**criteria: Any) -> Any:
        return asked("ListFindings", lambda: world.listed(criteria))

    def get_findings(DetectorId: str, FindingIds: list[str]) -> Any:
        _insist(world, DetectorId == DETECTOR, f"the detector {DetectorId}")
        return asked(
            "GetFindings", lambda: {"Findings": [_of_the_api(each) for each in world.details(FindingIds)]}
        )

    def get_detector(DetectorId: str) -> Any:
        _insist(world, DetectorId == DETECTOR, f"the detector {DetectorId}")
        return asked("GetDetector", lambda: {"FindingPublishingFrequency": "SIX_HOURS"})

    return {
        "list_detectors": lambda: asked("ListDetectors", lambda: {"DetectorIds": [DETECTOR]}),
        "get_detector": get_detector,
        "list_findings": list_findings,
        "get_findings": get_findings,
    }


def _of_the_api(detail: Any) -> Any:
    """Give an event's detail the names that GetFindings has for it."""
    if isinstance(detail, list):
        return [_of_the_api(each) for each in detail]
    if not isinstance(detail, dict):
        return detail
    found = {name[:1].upper() + name[1:]: _of_the_api(value) for name, value in detail.items()}
    if "additionalInfo" in detail:
        found["AdditionalInfo"] = {"Type": "default", "Value": json.dumps(detail["additionalInfo"])}
    return found


def _executions(world: "World") -> Mapping[str, Callable[..., Any]]:
    def asked(operation: str, effect: Callable[[], Any]) -> Any:
        return call(world, "aws", "states", operation, "", effect)

    def start_execution(stateMachineArn: str, name: str, input: str) -> Any:  # noqa: A002
        _insist(world, stateMachineArn in _MACHINES, f"the machine {stateMachineArn}")
        return asked("StartExecution", lambda: world.start_by_name(stateMachineArn, name, json.loads(input)))

    def list_executions(stateMachineArn: str, statusFilter: str, **_: int) -> Any:
        _insist(world, stateMachineArn in _MACHINES, f"the machine {stateMachineArn}")
        return asked("ListExecutions", lambda: world.executions_listed(stateMachineArn, statusFilter))

    def describe_execution(executionArn: str) -> Any:
        return asked("DescribeExecution", lambda: world.described(executionArn))

    def redrive_execution(executionArn: str) -> Any:
        return asked("RedriveExecution", lambda: world.redrive_by_arn(executionArn))

    return {
        "start_execution": start_execution,
        "describe_execution": describe_execution,
        "list_executions": list_executions,
        "redrive_execution": redrive_execution,
    }
