"""What a finding becomes in Slack."""

import json
import re
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.errors import InvalidFinding
from chalicelib.finding.event import parse
from chalicelib.finding.model import (
    Account,
    Actor,
    Detail,
    Finding,
    Form,
    Process,
    Resource,
    Severity,
    Signal,
    Tag,
)
from chalicelib.message.console_links import console_link, execution_link
from chalicelib.message.context import Links, MessageContext, Note, Suppressed
from chalicelib.message.render import render, render_news
from chalicelib.message.signs import COLOURS, GREY
from chalicelib.settings import LANGUAGES
from chalicelib.text.words import catalogue
from tests import generate
from tests.bless import EXECUTION, MESSAGES, NEWS, goldens
from tests.goldens import written
from tests.message.common import NIGHT, PLAIN, RENDERINGS, SSH, Rendering, said, shown, urls
from tests.slack_limits import colours, faults, hosts

# Goldens.

HOSTS = {
    "console.amazonaws-us-gov.com",
    "console.amazonaws.cn",
    "docs.amazonaws.cn",
    "docs.aws.amazon.com",
    "eu-west-1.console.aws.amazon.com",
    "us-east-1.console.aws.amazon.com",
}
"""Where the links of the golden messages lead: AWS's consoles and documentation, and nowhere else."""


@pytest.mark.parametrize(
    ("path", "payload"), [pytest.param(path, payload, id=path.name) for path, payload in goldens()]
)
def test_golden(path: Path, payload: dict[str, Any]) -> None:
    assert path.exists(), "no golden message: run `make bless` and read what it made"
    assert written(path, payload) == path.read_text(encoding="utf-8")
    assert faults(payload) == []
    assert colours(payload) <= {*COLOURS.values(), GREY}
    assert hosts(payload) <= HOSTS
    assert not re.search(r"\b(None|null|undefined|nan)\b|\{\}|\[\]", said(payload))


def test_no_golden_is_left_without_its_event() -> None:
    assert set(MESSAGES.iterdir()) == {path for path, _ in goldens()}


# The essentials.


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rendering", RENDERINGS.values(), ids=RENDERINGS)
def test_every_message_has_the_essentials(rendering: Rendering, language: str) -> None:
    message = said(rendering(SSH, replace(PLAIN, language=language))).replace("&amp;", "&")
    for essential in (
        catalogue(language).bands["High"],
        "8.0",
        SSH.type,
        "111122223333",
        "web-prod",
        "eu-west-1",
        "i-0abc1234def567890",
    ):
        assert essential in message
    payload = rendering(SSH, replace(PLAIN, language=language))
    assert console_link(SSH) in (*urls(payload).values(), *re.findall(r"<(https[^|]*)\|", message))


@pytest.mark.parametrize(
    ("notes", "kinds"),
    [
        pytest.param((), ["header", "section", "section", "actions"], id="right-after-what-to-do"),
        pytest.param(
            (Note("possibly_repeated"),),
            ["header", "section", "section", "section", "actions"],
            id="after-what-is-urgent",
        ),
    ],
)
def test_the_buttons_stand_where_slack_folds_nothing_away(notes: tuple[Note, ...], kinds: list[str]) -> None:
    payload = render(SSH, replace(PLAIN, notes=notes))
    assert [block["type"] for block in payload["blocks"]] == kinds
    assert "actions" not in [block["type"] for block in payload["attachments"][0]["blocks"]]


def test_a_bare_finding_says_less_and_nothing_wrong() -> None:
    bare = Finding(
        id="1", type="New:Thing/Of2027", severity=5.0, account_id="111122223333", region="eu-west-1"
    )
    payload = render(bare, MessageContext())
    assert faults(payload) == []
    assert payload["blocks"][0]["text"]["text"] == "🟠 Medium 5.0 · New:Thing/Of2027"
    assert payload["blocks"][1]["text"]["text"] == "Account `111122223333`, eu-west-1. Owner: no tag."
    assert not {"None", "null", "undefined", "unknown", "{}", "[]"} & set(
        said(payload).replace("`", " ").split()
    )


def test_what_is_left_out_is_counted_and_the_essentials_stay() -> None:
    long = "&" + "x" * 400
    wordy = tuple(Detail(f"label{number}", long) for number in range(40))
    tags = tuple(Tag(f"Key{number}", long) for number in range(50))
    crowded = replace(
        SSH,
        resources=tuple(
            Resource("s3_bucket", (f"bucket-{n}",), long, tags=tags, details=wordy) for n in range(400)
        ),
        actors=tuple(
            Actor(f"198.51.100.{n}", "", long, long, long, long, long, long, long, long) for n in range(40)
        ),
        action=wordy,
        details=wordy,
        accounts=tuple(str(number) for number in range(100)),
        signals=tuple(Signal(f"Signal {number}", long) for number in range(100)),
        processes=tuple(Process(long, long, long) for _ in range(40)),
    )
    notes = tuple(Note(key, {"why": long, "error": long, "rule": long}) for key in catalogue("en").sentences)
    payload = render(
        crowded, MessageContext(Account(long, long), PLAIN.links, notes=notes, mention="<!channel>")
    )
    message = said(payload)
    assert faults(payload) == []
    for essential in (SSH.type, SSH.account_id, SSH.region, "400 S3 buckets", "198.51.100.0", "High 8.0"):
        assert essential in message
    assert urls(payload)["open_finding"] == console_link(SSH)
    assert "and 88 more" in message  # signals, of which twelve stand in order
    assert message.count(" more") >= 5


def test_news_is_short_and_says_what_rose() -> None:
    payload = render_news(SSH, PLAIN, NEWS)
    assert "• Severity rose from Medium 5.0 to High 8.0." in said(payload)
    assert "• New remote address: `198.51.100.7, 203.0.113.9`." in said(payload)
    assert len(said(payload)) < 1500
    assert faults(payload) == []


def test_nothing_is_unfurled() -> None:
    for rendering in RENDERINGS.values():
        payload = rendering(SSH, PLAIN)
        assert (payload["unfurl_links"], payload["unfurl_media"]) == (False, False)


def test_every_band_has_a_colour_of_its_own() -> None:
    numbers = {Severity.LOW: 1.0, Severity.MEDIUM: 4.0, Severity.HIGH: 7.0, Severity.CRITICAL: 9.0}
    colours = {
        render(replace(SSH, severity=number), PLAIN)["attachments"][0]["color"] for number in numbers.values()
    }
    assert len(colours) == len(Severity)


# Hostile text.


HOSTILE = (
    "<!channel>",
    "<@U012ABCDEF>",
    "<https://evil.example.com|GuardDuty>",
    "x\n*Severity:* Low",
    "*_~`:rotating_light:`~_*",
    "`<!here>`",
    "gpj.\u202eexe\u200b",
    "& < > &amp; &lt;!channel&gt;",
    "@channel @here",
    "😀" * 400,
    "e\u0301" * 900,
    "\x00\x1b[0m\ud800",
    "{why} {0} %s",
    "A" * 9_000,
)


def everywhere(text: str) -> Finding:
    """Put a text wherever somebody else may choose one."""
    return Finding(
        id=f"id{text}",
        type=f"Recon:EC2/{text}",
        severity=8.0,
        account_id=f"1{text}",
        region=f"r{text}",
        arn=text,
        partition="aws",
        title=text,
        description=text,
        count=3,
        first_seen=NIGHT,
        last_seen=NIGHT,
        sequence_arn=text,
        custom_rule=text,
        resources=(
            Resource(text, (f"i{text}",), text, text, text, text, (Tag(f"T{text}", text),), details_of(text)),
            Resource("s3_bucket", (f"b{text}",)),
        ),
        accounts=(f"1{text}", f"2{text}"),
        regions=(f"r{text}", f"s{text}"),
        domains=("evil.example.com",),
        actors=(Actor(text, text, text, text, text, text, text, text, text, text),),
        action=details_of(text),
        processes=(Process(text, text, text, text, text, text),),
        details=details_of(text),
        signals=(Signal(text, text + "x", NIGHT), Signal(text)),
        tactics=(text,),
        techniques=(text,),
        via=text,
    )


def details_of(text: str) -> tuple[Detail, ...]:
    return (Detail("image", text), *(Detail(f"l{text}", text, form) for form in Form))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rendering", RENDERINGS.values(), ids=RENDERINGS)
def test_hostile_text_stays_text(rendering: Rendering, language: str, text: str) -> None:
    context = MessageContext(
        account=Account(text, text),
        links=Links(execution_link(EXECUTION), text),
        language=language,
        notes=tuple(
            Note(key, {"why": text, "error": text, "rule": text}) for key in catalogue("en").sentences
        ),
        suppressed=Suppressed(NIGHT, text),
    )
    payload = rendering(everywhere(text), context)
    assert faults(payload) == []
    assert "\\ud800" not in json.dumps(payload)


def test_domains_are_defanged_wherever_they_stand() -> None:
    domain, url = "evil.example.com", "https://evil.example.com/payload"
    finding = replace(everywhere(domain), account_id="1", region="r", type="Recon:EC2/Portscan", accounts=())
    finding = replace(
        finding, resources=(), regions=(), title=f"i-1 asks for {domain}", description=f"See {url}"
    )
    message = said(render(finding, PLAIN))
    assert domain not in message
    assert "hxxps://evil[.]example[.]com/payload" in message


def test_a_finding_type_that_looks_like_a_domain_stays_whole() -> None:
    kind = "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS"
    payload = render(replace(SSH, type=kind, title=f"{kind} was seen."), PLAIN)
    assert f"|{kind}>" in shown(payload)
    assert f"{kind} was seen." in payload["blocks"][0]["text"]["text"]


any_text = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=300), st.just(""))
some_text = any_text.map(lambda text: text or "x")
when = st.one_of(st.none(), st.datetimes(timezones=st.just(UTC)))
a_detail = st.builds(Detail, some_text, some_text, st.sampled_from(Form))
several_details = st.lists(a_detail, max_size=12).map(tuple)
a_resource = st.builds(
    Resource,
    kind=some_text,
    ids=st.lists(some_text, min_size=1, max_size=3).map(tuple),
    name=any_text,
    account_id=any_text,
    region=any_text,
    tags=st.lists(st.builds(Tag, any_text, any_text), max_size=6).map(tuple),
    details=several_details,
)
an_actor = st.builds(Actor, *[any_text] * 10)
a_process = st.builds(Process, *[any_text] * 6)
a_signal = st.builds(Signal, some_text, any_text, when, when, st.none(), st.integers(1, 9999))


def many(strategy: st.SearchStrategy[Any], most: int = 8) -> st.SearchStrategy[tuple[Any, ...]]:
    """Make few of them, or the few again and again."""
    few = st.lists(strategy, max_size=most).map(tuple)
    return st.builds(lambda each, times: each * times, few, st.sampled_from([1, 1, 1, 40]))


a_finding = st.builds(
    Finding,
    id=some_text,
    type=some_text,
    severity=st.floats(0, 10),
    account_id=some_text,
    region=some_text,
    partition=st.sampled_from(["aws", "aws-cn", "aws-us-gov", "aws-iso", ""]),
    title=any_text,
    description=any_text,
    count=st.integers(0, 10**12),
    first_seen=when,
    last_seen=when,
    updated_at=when,
    sample=st.booleans(),
    sequence_arn=any_text,
    custom_rule=any_text,
    resources=many(a_resource, 4),
    accounts=many(some_text),
    regions=many(some_text),
    domains=many(some_text, 3),
    actors=many(an_actor, 3),
    action=several_details,
    processes=many(a_process, 3),
    details=several_details,
    signals=many(a_signal, 4),
    tactics=many(some_text),
    techniques=many(some_text),
    source=st.sampled_from(["aws.guardduty", "test"]),
)
a_context = st.builds(
    MessageContext,
    account=st.builds(Account, any_text, any_text),
    links=st.builds(Links, st.just(execution_link(EXECUTION)), access_portal=any_text),
    language=st.sampled_from(LANGUAGES),
    mention=st.sampled_from(["", "<!here>", "<!subteam^S012ABCDEF>"]),
    notes=st.lists(
        st.builds(
            Note,
            st.sampled_from([*catalogue("en").sentences, "new_note"]),
            st.dictionaries(some_text, some_text, max_size=3),
        ),
        max_size=8,
    ).map(tuple),
    suppressed=st.one_of(st.none(), st.builds(Suppressed, st.just(NIGHT), any_text, when)),
)


@settings(deadline=None, max_examples=100)
@given(a_finding, a_context, st.sampled_from(list(RENDERINGS.values())))
def test_whatever_comes_is_posted_within_slacks_limits(
    finding: Finding, context: MessageContext, rendering: Rendering
) -> None:
    assert faults(rendering(finding, context)) == []


@settings(deadline=None, max_examples=100)
@given(generate.events(), st.sampled_from(LANGUAGES), st.sampled_from(list(RENDERINGS.values())))
def test_every_shape_of_the_model_is_posted(event: Any, language: str, rendering: Rendering) -> None:
    finding = parse(event)
    payload = rendering(finding, replace(PLAIN, language=language))
    message = said(payload).replace("&amp;", "&")
    assert faults(payload) == []
    assert all(part in message for part in (finding.type, finding.account_id, finding.region))
    assert catalogue(language).bands[finding.band] in message


@settings(deadline=None, max_examples=100)
@given(generate.mangled_events(), st.sampled_from(LANGUAGES), st.sampled_from(list(RENDERINGS.values())))
def test_what_is_broken_is_refused_by_the_parser_or_posted(
    event: Any, language: str, rendering: Rendering
) -> None:
    try:
        finding = parse(event)
    except InvalidFinding:
        return
    assert faults(rendering(finding, replace(PLAIN, language=language))) == []
