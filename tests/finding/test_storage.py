"""What is said of buckets and volumes."""

from chalicelib.finding.event import parse
from tests.finding.common import of_kind, said
from tests.generate import example


def test_a_bucket_is_known_by_its_objects() -> None:
    bucket = of_kind(parse(example("s3-object-malware")), "s3_bucket")
    assert bucket.ids[0] == "example-uploads"
    assert "arn:aws:s3:::example-uploads/incoming/invoice.pdf.exe" in bucket.ids


def test_skipped_volumes_say_so() -> None:
    volumes = [each for each in parse(example("ebs-malware")).resources if each.kind == "ebs_volume"]
    assert [said(volume)["scan"] for volume in volumes] == ["scanned", "scanned", "skipped"]
