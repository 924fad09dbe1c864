"""What the tests of findings share: a place, resources by kind, what is said of them."""

from chalicelib.finding.arns import Place
from chalicelib.finding.event import parse
from chalicelib.finding.model import Finding, Resource
from tests.generate import Json, envelope

HERE = Place("aws", "eu-west-1", "111122223333")


def of_kind(finding: Finding, kind: str) -> Resource:
    return next(resource for resource in finding.resources if resource.kind == kind)


def said(resource: Resource) -> dict[str, str]:
    return {detail.label: detail.value for detail in resource.details}


def with_sequence(**sequence: Json) -> Finding:
    least = {"id": "1", "type": "A:B/C", "severity": 9.5, "accountId": "111122223333", "region": "eu-west-1"}
    return parse(envelope({**least, "service": {"detection": {"sequence": sequence}}}))


def with_action(action: Json, **resource: Json) -> Json:
    least = {"id": "1", "type": "A:B/C", "severity": 5, "accountId": "111122223333", "region": "eu-west-1"}
    return envelope({**least, "resource": resource, "service": {"action": action}})
