"""Nobody but AWS writes an identity: a rule that one holds hides no more, whatever others call their things."""

import pytest

from chalicelib.rules.table import Condition
from tests.rules.common import a_finding, holds
from tests.rules.inventions import IDENTITIES, declared, inventions
from tests.rules.places import events, is_under, members
from tests.rules.writers import MADE_BY_AWS, WRITTEN_BY_OTHERS, WRITTEN_IN_PART


def test_of_every_member_it_is_said_who_writes_it() -> None:
    """One that the model gets is in no list: decide who writes it, and whether a rule may be held by it."""
    lists = (MADE_BY_AWS, WRITTEN_IN_PART, WRITTEN_BY_OTHERS)
    assert [name for name in members() if sum(is_under(name, paths) for paths in lists) != 1] == []


@pytest.mark.parametrize("row", IDENTITIES, ids=lambda row: row.name)
def test_an_identity_reads_no_member_that_others_write(row: Condition) -> None:
    assert declared(row.reads) == []


@pytest.mark.parametrize("number", range(len(events())))
def test_what_others_write_reaches_no_identity(number: int) -> None:
    assert list(inventions(events()[number], IDENTITIES)) == []


BUCKET, OTHERS = "arn:aws:s3:::nightly-scratch", "arn:aws:s3:::secrets"
INSTANCE = "arn:aws:ec2:eu-west-1:111122223333:instance/i-0abc"


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        pytest.param("x-scratch", "arn:aws:s3:::*-scratch", id="like-a-bucket"),
        pytest.param("x-scratch/a", "arn:aws:s3:::*-scratch/*", id="like-an-object-of-a-bucket"),
        pytest.param("nightly-scratch", "arn:aws:s3:::*nightly-scratch", id="a-buckets-whole-name"),
        pytest.param(":111122223333:instance/i-0abc", "arn:aws:*:111122223333:instance/i-0abc", id="like-an-instance"),
        pytest.param(INSTANCE, "arn:*:instance/i-0abc", id="an-instances-whole-arn"),
        pytest.param("x:volume/vol-0a", "arn:*/vol-0a", id="like-a-volume"),
        pytest.param("i-0abc", "i-0abc", id="an-id"),
    ],
)  # fmt: skip
def test_an_objects_key_is_nothing_but_a_key(key: str, wanted: str) -> None:
    """Whoever writes the object chooses its key: a pattern that means something else does not reach into it."""
    stolen = a_finding(resource_id=((f"{OTHERS}/{key}", OTHERS),))
    assert not holds(stolen, resource_id=wanted)


@pytest.mark.parametrize(
    ("wanted", "held"),
    [
        pytest.param(f"{BUCKET}/a/b.csv", True, id="object"),
        pytest.param(f"{BUCKET}/a/*", True, id="key-by-pattern"),
        pytest.param("arn:aws:s3:::nightly-*/a/*", True, id="bucket-and-key-by-pattern"),
        pytest.param("arn:aws:s3:::*-scratch", True, id="bucket-by-pattern"),
        pytest.param(BUCKET, True, id="bucket"),
        pytest.param(f"{BUCKET}/b/*", False, id="another-key"),
        pytest.param(f"{OTHERS}/a/*", False, id="another-bucket"),
    ],
)
def test_an_object_is_named_by_its_bucket_and_its_key(wanted: str, held: bool) -> None:
    assert holds(a_finding(resource_id=((f"{BUCKET}/a/b.csv", BUCKET),)), resource_id=wanted) is held
