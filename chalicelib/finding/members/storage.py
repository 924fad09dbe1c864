"""What holds data: buckets, their objects, databases."""

from chalicelib.finding.arns import arn_id
from chalicelib.finding.fields import Members, first, found, records
from chalicelib.finding.members.parts import Parts, SequenceResource, each, first_of, of_kind
from chalicelib.finding.model import Thing, Things


def buckets(parts: Parts) -> Things:
    """Read the name of each bucket, and of each that holds an object of a sequence."""
    own = each(records(parts.resource.get("s3BucketDetails")), "name")
    listed = (_bucket(found) for kind in ("s3_bucket", "s3_object") for found in of_kind(parts, kind))
    return (*own, *listed)


def _bucket(resource: SequenceResource) -> Thing:
    by_arn = arn_id(first(resource.members, "uid")).partition("/")[0]
    is_bucket = "key" not in resource.data
    return first_of([by_arn, first(resource.members, "name") if is_bucket else ""])


def object_keys(parts: Parts) -> Things:
    """Read the key of each object; a bucket without objects has none."""
    own = (key for bucket in records(parts.resource.get("s3BucketDetails")) for key in _keys(bucket))
    objects = of_kind(parts, "s3_object")
    holders = [f"{first(each.members, 'uid')}/" for each in of_kind(parts, "s3_bucket")]
    uids = [first(each.members, "uid") for each in objects]
    empty = (() for holder in holders if not any(uid.startswith(holder) for uid in uids))
    return (*own, *each((found.data for found in objects), "key"), *empty)


def _keys(bucket: Members) -> Things:
    return each(records(bucket.get("s3ObjectDetails")), "key") or ((),)


def databases(parts: Parts) -> Things:
    """Read each database by the identifiers of its instance, cluster or shard group."""
    named = (
        ("rdsDbInstanceDetails", "dbInstanceIdentifier"),
        ("rdsLimitlessDbDetails", "dbShardGroupIdentifier"),
    )
    return tuple(
        tuple(found(database, name, "dbClusterIdentifier"))
        for member, name in named
        for database in records(parts.resource.get(member))
    )
