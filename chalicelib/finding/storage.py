"""What holds data: buckets and their objects, databases, volumes, backups."""

from collections.abc import Iterator
from typing import Final

from chalicelib.finding.arns import Place, arn_id, at_arn, bucket_arn
from chalicelib.finding.fields import Members, Row, details, records, text, time, word
from chalicelib.finding.making import make, named
from chalicelib.finding.model import Detail, Form, Resource

BUCKET: Final = (
    word("bucket_role", "type"),
    word("public_access", "publicAccess.effectivePermission"),
    Row("owner", "owner.id"),
    Row("encryption", "defaultServerSideEncryption.encryptionType"),
    Row("encryption_key", "defaultServerSideEncryption.kmsMasterKeyArn"),
    time("created", "createdAt"),
)

OBJECT: Final = (
    Row("object_key", "key"),
    Row("version", "versionId"),
    Row("etag", "eTag"),
    Row("hash", "hash"),
)


def bucket(members: Members, place: Place) -> Iterator[Resource]:
    """Read a bucket and its objects.

    Both are listed, so a rule's condition must hold for each of them: an object is known by its bucket's name
    too, and a bucket by those of its objects. A rule for a bucket then covers its objects, and a rule for an
    object holds for a finding on nothing else.
    """
    objects = [
        resource
        for each in records(members.get("s3ObjectDetails"))
        for resource in _object(each, members, place)
    ]
    name = text(members.get("name"))
    arn = text(members.get("arn")) or bucket_arn(name, place)
    yield from make(
        "s3_bucket",
        [name, arn, *(own for resource in objects for own in resource.ids)],
        place,
        arn=arn,
        tagged=members.get("tags"),
        described=details(members, *BUCKET),
        listed=True,
    )
    yield from objects


def _object(members: Members, bucket: Members, place: Place) -> Iterator[Resource]:
    key, name = text(members.get("key")), text(bucket.get("name"))
    path = f"{name}/{key}" if name and key else ""
    arn = text(members.get("objectArn")) or (path and bucket_arn(path, place))
    return make(
        "s3_object",
        [path, key, arn, name, text(bucket.get("arn")) or bucket_arn(name, place)],
        place,
        name=key,
        arn=arn,
        tagged=members.get("tags"),
        described=details(members, *OBJECT),
        listed=True,
    )


RDS_INSTANCE: Final = (
    Row("db_cluster", "dbClusterIdentifier"),
    word("engine", "engine"),
    Row("engine_version", "engineVersion"),
    Row("resource_id", "dbiResourceId"),
)


def rds_instance(members: Members, place: Place) -> Iterator[Resource]:
    """Read a database instance."""
    more = ("dbClusterIdentifier", "dbiResourceId")
    return named("rds_instance", members, place, RDS_INSTANCE, "dbInstanceIdentifier", "dbInstanceArn", *more)


RDS_LIMITLESS: Final = (
    Row("db_cluster", "dbClusterIdentifier"),
    word("engine", "engine"),
    Row("engine_version", "engineVersion"),
    Row("resource_id", "dbShardGroupResourceId"),
)


def rds_limitless(members: Members, place: Place) -> Iterator[Resource]:
    """Read a limitless database."""
    more = ("dbClusterIdentifier", "dbShardGroupResourceId")
    name, arn = "dbShardGroupIdentifier", "dbShardGroupArn"
    return named("rds_limitless", members, place, RDS_LIMITLESS, name, arn, *more)


VOLUME: Final = (
    Row("device", "deviceName"),
    Row("volume_type", "volumeType"),
    Row("size_gb", "volumeSizeInGB"),
    Row("encryption", "encryptionType"),
    Row("encryption_key", "kmsKeyArn"),
    Row("snapshot", "snapshotArn"),
)


def volumes(members: Members, place: Place) -> Iterator[Resource]:
    """Read the volumes that were scanned, then those that were not."""
    for name, word_for in (("scannedVolumeDetails", "scanned"), ("skippedVolumeDetails", "skipped")):
        for volume in records(members.get(name)):
            yield from _volume(volume, Detail("scan", word_for, Form.TEXT), place)


def _volume(members: Members, scan: Detail, place: Place) -> Iterator[Resource]:
    arn = text(members.get("volumeArn"))
    described = (scan, *details(members, *VOLUME))
    return make(
        "ebs_volume", [arn_id(arn) or arn], at_arn(arn, place), arn=arn, described=described, listed=True
    )


RECOVERY_POINT: Final = (
    Row("backup_vault", "backupVaultName"),
    time("scan_from", "continuousScanDetails.startTime"),
    time("scan_to", "continuousScanDetails.endTime"),
)
