"""The resources: of one of a kind what matters of it, of several which, the most important first."""

from collections.abc import Iterator, Sequence

from chalicelib.finding.model import Detail, Finding, Resource
from chalicelib.message import importance, lines, phrases, resources
from chalicelib.message.context import MessageContext
from chalicelib.message.lines import Line
from chalicelib.text import words


def described(finding: Finding, context: MessageContext, said: str) -> Iterator[Line]:
    """Describe what it is about: of one of a kind what matters, of several which."""
    language = context.language
    for group in importance.of_a_kind(importance.ordered(finding)):
        first = group[0]
        if first.kind == importance.CREDENTIALS:
            continue
        if len(group) == 1:
            yield _one(first, finding, language, said)
        else:
            yield _several(group, finding, language, said)


def _one(each: Resource, finding: Finding, language: str, said: str) -> Line:
    pieces, left = resources.facts(each, finding, language, said)
    whole = resources.named_whole(each)
    name = "" if whole in said else whole
    made = lines.line("resource", [piece for piece in (name, *pieces) if piece], language, left_out=left)
    return made._replace(label=resources.kind(each, language))


def _several(group: Sequence[Resource], finding: Finding, language: str, said: str) -> Line:
    """Name those that matter most, then how many of what are left out."""
    briefly = [_in_list(each, finding, language, said) for each in group]
    shown, left = lines.fitting(briefly, lines.LIST_ROOM)
    rest = group[len(shown) :]
    public = sum(each.public for each in rest)
    key = "left_out_public" if public else "left_out_not_public" if _are_buckets(group) else "more"
    more = [words.sentence(key, language, {"count": str(left), "public": str(public)})] if left else []
    label = words.sentence(
        "kind_count", language, {"kind": resources.kind(group[0], language), "count": str(len(group))}
    )
    return Line(label, phrases.BETWEEN.join((*shown, *more)))


def _are_buckets(group: Sequence[Resource]) -> bool:
    """Know a group of which it matters whether one is public."""
    return group[0].kind == "s3_bucket"


def _in_list(each: Resource, finding: Finding, language: str, said: str) -> str:
    here = each.account_id in ("", finding.account_id) and not each.public
    name = resources.named(each) if here else resources.named_whole(each)
    pieces, _ = resources.facts(each._replace(details=_vital(each)), finding, language, said)
    return words.sentence("comma", language, {}).join((name, *pieces))


_VITAL = (
    "public_access",
    "public_read",
    "public_write",
    "bucket_role",
    "instance_state",
    "scan",
    "hash",
    "public_address",
)


def _vital(each: Resource) -> tuple[Detail, ...]:
    """Take what matters of one of many."""
    return tuple(one for one in each.details if one.label in _VITAL)[:2]
