"""What runs: instances and their images, functions, Bedrock's models and guardrails."""

from collections.abc import Iterator
from typing import Final

from chalicelib.finding.arns import Place, arn_id, at_arn, instance_arn
from chalicelib.finding.fields import Members, Row, details, first, found, records, several, text, time, word
from chalicelib.finding.making import make, name_tag, named
from chalicelib.finding.model import Detail, Form, Resource

INSTANCE: Final = (
    Row("instance_type", "instanceType"),
    word("instance_state", "instanceState"),
    Row("public_address", "networkInterfaces.publicIp"),
    Row("private_address", "networkInterfaces.privateIpAddress"),
    Row("ipv6_address", "networkInterfaces.ipv6Addresses"),
    Row("vpc", "networkInterfaces.vpcId"),
    Row("subnet", "networkInterfaces.subnetId"),
    Row("security_group", "networkInterfaces.securityGroups.groupName"),
    Row("network_interface", "networkInterfaces.networkInterfaceId"),
    Row("instance_profile", "iamInstanceProfile.arn"),
    Row("image", "imageId"),
    word("image_description", "imageDescription"),
    word("platform", "platform"),
    Row("availability_zone", "availabilityZone"),
    Row("outpost", "outpostArn"),
    time("launched", "launchTime"),
)


def instance(members: Members, place: Place) -> Iterator[Resource]:
    """Read an instance."""
    instance_id = text(members.get("instanceId"))
    return make(
        "ec2_instance",
        [instance_id],
        place,
        name=name_tag(members.get("tags")),
        arn=instance_arn(instance_id, place),
        tagged=members.get("tags"),
        described=details(members, *INSTANCE),
    )


LAMBDA: Final = (
    Row("version", "functionVersion"),
    Row("role", "role"),
    word("description", "description"),
    Row("vpc", "vpcConfig.vpcId"),
    Row("subnet", "vpcConfig.subnetIds"),
    Row("security_group", "vpcConfig.securityGroups.groupName"),
    time("modified", "lastModifiedAt"),
)


def lambda_function(members: Members, place: Place) -> Iterator[Resource]:
    """Read a function."""
    return named("lambda_function", members, place, LAMBDA, "functionName", "functionArn")


GUARDRAIL: Final = (
    Row("version", "guardrailVersion"),
    word("guardrail_action", "guardrailAction"),
    word("guardrail_source", "guardrailSource"),
)


def guardrails(members: Members, place: Place) -> Iterator[Resource]:
    """Read the guardrail that acted, then the others that were applied with it."""
    main = first(members, "guardrailArn")
    yield from _guardrail(main, details(members, *GUARDRAIL) + _filters(members), place)
    for other in records(members.get("guardrails")):
        if (arn := text(other.get("arn"))) != main:
            yield from _guardrail(arn, details(other, Row("version", "version")), place, listed=True)


def _guardrail(
    arn: str, described: tuple[Detail, ...], place: Place, listed: bool = False
) -> Iterator[Resource]:
    ids = [arn_id(arn), arn]
    return make("bedrock_guardrail", ids, at_arn(arn, place), arn=arn, described=described, listed=listed)


def _filters(members: Members) -> tuple[Detail, ...]:
    """Read what the guardrail's filters found: ``PROMPT_ATTACK, HIGH, BLOCKED``."""
    found_by = (
        found(each, "type", "confidence", "action") for each in records(members.get("contentPolicyFilters"))
    )
    return tuple(several("content_filter", (", ".join(said) for said in found_by), Form.TEXT))


def models(members: Members, place: Place) -> Iterator[Resource]:
    """Read a model that was called."""
    model = text(members.get("modelId"))
    arn = model if model.startswith("arn:") else ""
    return make("bedrock_model", [arn_id(arn), model], at_arn(arn, place), arn=arn, listed=True)
