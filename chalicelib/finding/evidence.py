"""Why GuardDuty says so: threat lists, malware, unusual behaviour and what else it adds.

https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Service.html
"""

import re
from collections.abc import Iterator
from typing import Final

from chalicelib.finding import unusual
from chalicelib.finding.fields import (
    Members,
    Row,
    at,
    details,
    first,
    found,
    parsed,
    record,
    records,
    several,
    time,
    unknown,
    word,
)
from chalicelib.finding.model import Detail, Form

_TOR: Final = re.compile(r"(?i)(?<![a-z])tor(?![a-z])|TorIPCaller|TorRelay|TorClient")


def described(service: Members, finding_type: str) -> tuple[Detail, ...]:
    """Read the evidence of a finding's ``service``."""
    more = additional(service)
    lists = _threat_lists(service, more)
    return (
        *lists,
        *_tor(finding_type, lists),
        *_malware(service),
        *unusual.described(service, more),
        *unknown(_without(more, SHOWN)),
        *unknown(_without(service, SERVICE)),
        *unknown(_without(record(service.get("detection")), DETECTION)),
    )


def _without(members: Members, shown: frozenset[str]) -> Members:
    return {name: member for name, member in members.items() if name not in shown}


def additional(service: Members) -> Members:
    """Read ``additionalInfo``, whose members may also stand in a JSON string of its own (``value``)."""
    info = record(service.get("additionalInfo"))
    return {**parsed(info.get("value")), **{name: said for name, said in info.items() if said is not None}}


SHOWN: Final = frozenset(
    [
        "value",
        "type",
        "sample",
        "threatListName",
        "threatName",
        "threatFileSha256",
        *unusual.OLDER,
        *unusual.PROFILES,
    ]
)
"""Members of ``additionalInfo`` that are shown under a label of ours, or that say nothing."""

SERVICE: Final = frozenset(
    [
        "action",
        "additionalInfo",
        "archived",
        "count",
        "detection",
        "detectorId",
        "ebsVolumeScanDetails",
        "eventFirstSeen",
        "eventLastSeen",
        "evidence",
        "featureName",
        "malwareScanDetails",
        "resourceRole",
        "runtimeDetails",
        "serviceName",
        "userFeedback",
    ]
)
"""Members of ``service`` that are shown elsewhere, or that say nothing to a reader."""

DETECTION: Final = frozenset(("anomaly", "sequence"))


def _threat_lists(service: Members, more: Members) -> list[Detail]:
    intelligence = at(service, "evidence.threatIntelligenceDetails")
    lists = [*found(intelligence, "threatListName"), *found(more, "threatListName")]
    names = [*found(intelligence, "threatNames"), *found(more, "threatName")]
    hashes = [*found(intelligence, "threatFileSha256"), *found(more, "threatFileSha256")]
    return [
        *several("threat_list", lists, Form.TEXT),
        *several("threat_name", names),
        *several("threat_sha256", hashes),
    ]


def _tor(finding_type: str, lists: list[Detail]) -> Iterator[Detail]:
    """Say that Tor was used, where the finding's type or a threat list's name says so."""
    if any(_TOR.search(said) for said in (finding_type, *(detail.value for detail in lists))):
        yield Detail("tor", "yes", Form.TEXT)


VOLUME_SCAN: Final = (
    word("scan_type", "scanType"),
    Row("scan_id", "scanId"),
    Row("trigger_finding", "triggerFindingId"),
    time("scan_started", "scanStartedAt"),
    time("scan_completed", "scanCompletedAt"),
    word("scan_source", "sources"),
    Row("files_infected", "scanDetections.threatsDetectedItemCount.files"),
    Row("files_scanned", "scanDetections.scannedItemCount.files"),
    Row("volumes_scanned", "scanDetections.scannedItemCount.volumes"),
    Row("gigabytes_scanned", "scanDetections.scannedItemCount.totalGb"),
    Row("threats_total", "scanDetections.threatDetectedByName.uniqueThreatNameCount"),
    Row("items_infected", "scanDetections.threatDetectedByName.itemCount"),
)

MALWARE_SCAN: Final = (
    word("scan_type", "scanType"),
    word("scan_category", "scanCategory"),
    Row("scan_id", "scanId"),
    word("scan_trigger", "scanConfiguration.triggerType"),
    Row("scan_baseline", "scanConfiguration.incrementalScanDetails.baselineResourceArn"),
    Row("threats_total", "uniqueThreatCount"),
)


def _malware(service: Members) -> Iterator[Detail]:
    yield from _volume_scan(record(service.get("ebsVolumeScanDetails")))
    yield from _malware_scan(record(service.get("malwareScanDetails")))


def _volume_scan(scan: Members) -> Iterator[Detail]:
    detections = record(scan.get("scanDetections"))
    worst = found(detections, "highestSeverityThreatDetails.threatName")
    threats = sorted(
        records(at(detections, "threatDetectedByName.threatNames")),
        key=lambda threat: first(threat, "name") not in worst,
    )
    yield from several("malware", [*worst, *(first(threat, "name") for threat in threats)])
    yield from several(
        "malware_severity", found(detections, "highestSeverityThreatDetails.severity"), Form.TEXT
    )
    files = records(at(threats, "filePaths"))
    yield from several("infected_file", (first(file, "filePath", "fileName") for file in files))
    yield from several("infected_volume", found(files, "volumeArn"))
    yield from several("file_hash", found(files, "hash"))
    yield from details(scan, *VOLUME_SCAN)


def _malware_scan(scan: Members) -> Iterator[Detail]:
    threats = records(scan.get("threats"))
    yield from several("malware", found(threats, "name"))
    yield from several("malware_source", found(threats, "source"), Form.TEXT)
    yield from several("infected_file", found(threats, "itemPaths.nestedItemPath", "itemDetails.itemPath"))
    yield from several("infected_resource", found(threats, "itemDetails.resourceArn"))
    yield from several("file_hash", found(threats, "hash", "itemPaths.hash", "itemDetails.hash"))
    yield from details(scan, *MALWARE_SCAN)
