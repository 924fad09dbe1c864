"""Whether an index of the notifications table can be asked."""

from statemachine.operate.checks import Check, StagePlace
from statemachine.session import client


def table(place: StagePlace) -> str:
    """Name the notifications table."""
    return f"{place.stage.stack}-notifications"


def status(place: StagePlace, index: str) -> str:
    """Say in AWS's word how an index is (``ACTIVE``); empty where there is none."""
    dynamodb = client("dynamodb")
    try:
        described = dynamodb.describe_table(TableName=table(place))["Table"]
    except dynamodb.exceptions.ResourceNotFoundException:
        return ""
    found = described.get("GlobalSecondaryIndexes", [])
    return next(
        (str(each.get("IndexStatus") or "ACTIVE") for each in found if each["IndexName"] == index), ""
    )


def judge(place: StagePlace, name: str, found: str) -> Check:
    """Judge an index by its status."""
    if found == "ACTIVE":
        return Check(name, True, "active")
    hint = f"make deploy STAGE={place.stage.name}"
    if found in ("CREATING", "UPDATING"):
        hint = "It is being made; look again in some minutes."
    return Check(name, False, found.lower() or "missing", hint)
