"""ARNs of resources: what they say, and those that findings do not carry."""

from typing import NamedTuple


class Place(NamedTuple):
    """Where the finding is: what its resources' ARNs are made of."""

    partition: str
    region: str
    account_id: str


def arn_account(arn: str) -> str:
    """Read the account of an ARN; empty where it has none (buckets, public images)."""
    return _arn_part(arn, 4)


def arn_region(arn: str) -> str:
    """Read the region of an ARN; empty where it has none (buckets, IAM)."""
    return _arn_part(arn, 3)


def _arn_part(arn: str, place: int) -> str:
    parts = arn.split(":", 5)
    return parts[place] if len(parts) == 6 and parts[0] == "arn" else ""


def arn_id(arn: str) -> str:
    """Read a resource's own id from its ARN: what stands after its type (``instance/i-…`` → ``i-…``)."""
    own = _arn_part(arn, 5)
    if _arn_part(arn, 2) == "s3":  # a bucket, or a bucket and a key
        return own
    return own.rpartition("/")[2] or own if "/" in own else own.rpartition(":")[2]


def at_arn(arn: str, place: Place) -> Place:
    """Take account and region from an ARN where it has them: an image may belong to another account."""
    return place._replace(
        account_id=arn_account(arn) or place.account_id, region=arn_region(arn) or place.region
    )


def instance_arn(instance_id: str, place: Place) -> str:
    """Build an instance's ARN, which findings do not carry (``outpostArn`` is something else)."""
    if not (instance_id.startswith("i-") and all(place)):
        return ""
    return f"arn:{place.partition}:ec2:{place.region}:{place.account_id}:instance/{instance_id}"


def bucket_arn(name: str, place: Place) -> str:
    """Build a bucket's ARN."""
    return f"arn:{place.partition}:s3:::{name}" if name and place.partition else ""
