"""What a finding becomes in Slack."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
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
from chalicelib.message.render import COLOURS, render, render_news, render_plain
from chalicelib.text.words import LANGUAGES, catalogue
from tests import generate
from tests.bless import EXECUTION, MESSAGES, NEWS, NOTES, OU_PATH, goldens
from tests.goldens import written
from tests.slack_limits import blocks_of, colours, faults, hosts, texts

NIGHT = datetime(2026, 11, 20, 3, 14, tzinfo=UTC)
SSH = Finding(
    id="5ecd1f0a7b3e4c6d8f9a0b1c2d3e4f50",
    type="UnauthorizedAccess:EC2/SSHBruteForce",
    severity=8.0,
    account_id="111122223333",
    region="eu-west-1",
    title="SSH brute force attempts against i-0abc1234def567890.",
    description="198.51.100.7 is performing SSH brute force attacks against i-0abc1234def567890.",
    count=12,
    first_seen=datetime(2026, 11, 20, 1, 2, tzinfo=UTC),
    last_seen=NIGHT,
    resources=(
        Resource(
            kind="ec2_instance",
            ids=("i-0abc1234def567890",),
            name="web-1",
            account_id="111122223333",
            region="eu-west-1",
            tags=(
                Tag("aws:cloudformation:stack-name", "web"),
                Tag("Name", "web-1"),
                Tag("Owner", "team-web"),
            ),
            details=(Detail("instance_type", "m6i.large"), Detail("public_address", "203.0.113.5")),
        ),
    ),
    actors=(Actor(address="198.51.100.7", country="Norway", city="Oslo", organisation="Example Hosting"),),
    actor_ips=("198.51.100.7",),
    action=(Detail("direction", "INBOUND", Form.TEXT), Detail("local_port", "22 (SSH)")),
)
PLAIN = MessageContext(account=Account("web-prod", OU_PATH), links=Links(execution_link(EXECUTION)))

Rendering = Callable[[Finding, MessageContext], dict[str, Any]]
RENDERINGS: dict[str, Rendering] = {
    "blocks": render,
    "plain": render_plain,
    "news": lambda finding, context: render_news(finding, context, NEWS),
}


def said(payload: dict[str, Any]) -> str:
    return "\n".join(texts(payload))


def shown(payload: dict[str, Any]) -> str:
    return said({**payload, "text": "-"})


# Goldens.

HOSTS = {
    "console.amazonaws-us-gov.com",
    "console.amazonaws.cn",
    "docs.amazonaws.cn",
    "docs.aws.amazon.com",
    "eu-west-1.console.aws.amazon.com",
}
"""Where the links of the golden messages lead: AWS's consoles and documentation, and nowhere else."""


@pytest.mark.parametrize(
    ("path", "payload"), [pytest.param(path, payload, id=path.name) for path, payload in goldens()]
)
def test_golden(path: Path, payload: dict[str, Any]) -> None:
    assert path.exists(), "no golden message: run `make bless` and read what it made"
    assert written(path, payload) == path.read_text(encoding="utf-8")
    assert faults(payload) == []
    assert colours(payload) <= set(COLOURS.values())
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
        "High",
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
    ("severity", "word", "colour"),
    [
        pytest.param(1.0, "Low 1.0", "#0073bb", id="low"),
        pytest.param(3.9, "Low 3.9", "#0073bb", id="3.9-is-low"),
        pytest.param(4.0, "Medium 4.0", "#ff9900", id="4.0-is-medium"),
        pytest.param(6.9, "Medium 6.9", "#ff9900", id="6.9-is-medium"),
        pytest.param(7.0, "High 7.0", "#d13212", id="7.0-is-high"),
        pytest.param(8.9, "High 8.9", "#d13212", id="8.9-is-high"),
        pytest.param(8.96, "High 8.96", "#d13212", id="never-rounded-into-another-band"),
        pytest.param(9.0, "Critical 9.0", "#7b1fa2", id="9.0-is-critical"),
        pytest.param(10.0, "Critical 10.0", "#7b1fa2", id="10-is-critical"),
    ],
)
def test_severity_comes_first_in_words_and_number(severity: float, word: str, colour: str) -> None:
    payload = render(replace(SSH, severity=severity), PLAIN)
    header = payload["blocks"][0]["text"]["text"]
    assert header == f"{word} · SSH brute force attempts against i-0abc1234def567890."
    assert payload["text"].startswith(word)
    assert payload["attachments"][0]["color"] == colour


def test_japanese_names_the_severity_in_both_languages() -> None:
    payload = render(replace(SSH, severity=9.5), replace(PLAIN, language="ja"))
    assert payload["blocks"][0]["text"]["text"].startswith("重大 (Critical) 9.5 · ")


def test_the_order_is_what_whose_whom_when() -> None:
    assert render(SSH, PLAIN)["blocks"][1]["text"]["text"] == (
        "EC2 instance `web-1 (i-0abc1234def567890)` in account `web-prod (111122223333)`, `eu-west-1`. "
        "Owner: `team-web`. By `198.51.100.7` (Norway). "
        "Seen 12 times, last <!date^1795144440^{date_short_pretty} {time}|2026-11-20 03:14 UTC>."
    )


def test_japanese_says_the_same_in_fields() -> None:
    assert render(SSH, replace(PLAIN, language="ja"))["blocks"][1]["text"]["text"] == (
        "EC2 インスタンス: `web-1 (i-0abc1234def567890)`\n"
        "アカウント: `web-prod (111122223333)` / リージョン: `eu-west-1`\n"
        "所有者: `team-web` / アクター: `198.51.100.7` (Norway)\n"
        "検出: 12 回、最後は <!date^1795144440^{date_short_pretty} {time}|2026-11-20 03:14 UTC>"
    )


@pytest.mark.parametrize(
    ("notes", "kinds"),
    [
        pytest.param((), ["header", "section", "actions"], id="right-after-the-sentence"),
        pytest.param(
            (Note("possibly_repeated"),),
            ["header", "section", "section", "actions"],
            id="after-what-is-urgent",
        ),
    ],
)
def test_the_buttons_stand_where_slack_folds_nothing_away(notes: tuple[Note, ...], kinds: list[str]) -> None:
    payload = render(SSH, replace(PLAIN, notes=notes))
    assert [block["type"] for block in payload["blocks"]] == kinds
    assert "actions" not in [block["type"] for block in payload["attachments"][0]["blocks"]]


def test_the_field_list_keeps_its_order() -> None:
    message = said({"text": "-", "blocks": render(SSH, PLAIN)["attachments"][0]["blocks"]})
    labels = ("Finding type", "Count", "First seen", "Last seen", "Resource", "Actor", "Action", "Tags", "OU")
    places = [message.index(f"*{label}*") for label in labels]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("first", "last", "fields", "alone"),
    [
        pytest.param(NIGHT, NIGHT, 4, "", id="all"),
        pytest.param(None, NIGHT, 2, "*Last seen* <!date", id="one-time-only"),
        pytest.param(None, None, 2, "", id="no-times"),
    ],
)
def test_the_grid_has_no_holes(
    first: datetime | None, last: datetime | None, fields: int, alone: str
) -> None:
    shown = render(replace(SSH, first_seen=first, last_seen=last), PLAIN)["attachments"][0]["blocks"]
    assert len(shown[0]["fields"]) == fields
    assert shown[1]["text"]["text"].startswith(alone or "*Resource*")


@pytest.mark.parametrize(
    ("path", "units"),
    [
        pytest.param(OU_PATH, "*OU* `ou-ab12-workloads/ou-ab12-payments1`", id="units-above-the-account"),
        pytest.param(
            "o-exampleorgid/r-ab12/ou-ab12-payments1/111122223333/", "*OU* `ou-ab12-payments1`", id="one"
        ),
        pytest.param("o-exampleorgid/r-ab12/111122223333/", "", id="right-below-the-root"),
        pytest.param("", "", id="unknown"),
    ],
)
def test_organizational_units_are_shown_without_root_and_account(path: str, units: str) -> None:
    message = said(render(SSH, MessageContext(account=Account("web-prod", path))))
    assert (units or "*OU*") in message if units else "*OU*" not in message
    assert "o-exampleorgid" not in message


def test_prose_is_no_code() -> None:
    actor = Actor("198.51.100.7", "443", "Norway", "Oslo", "Example *Hosting*", "Example ISP", "64500")
    message = said(render(replace(SSH, actors=(actor,)), PLAIN))
    assert (
        "`198.51.100.7:443` · Oslo, Norway · Organisation: Example ∗Hosting∗ · ISP: Example ISP · AS number: 64500"
        in message
    )


@pytest.mark.parametrize(
    ("title", "description", "posted"),
    [
        pytest.param("Port scan by i-1.", "Port  scan by `i-1`", "", id="the-same-in-other-dress"),
        pytest.param("Port scan by i-1.", "i-1 scans ports.", "i-1 scans ports.", id="another-sentence"),
        pytest.param("A " + "long " * 40, "A " + "long " * 40, "A " + "long " * 39 + "long", id="cut-above"),
        pytest.param("Port scan", "", "", id="none"),
    ],
)
def test_the_description_is_posted_before_the_details_unless_it_is_the_title(
    title: str, description: str, posted: str
) -> None:
    finding = replace(SSH, title=title, description=description, details=(Detail("tool", "x"),))
    shown = render(finding, PLAIN)["attachments"][0]["blocks"]
    quoted = [block["text"]["text"] for block in shown if block.get("text", {}).get("type") == "plain_text"]
    assert quoted == ([posted] if posted else [])
    assert shown[-1]["text"]["text"].startswith("*Details*")


OUT = (
    Detail("direction", "OUTBOUND", Form.TEXT),
    Detail("protocol", "TCP"),
    Detail("local_address", "10.0.12.34"),
    Detail("local_port", "49822"),
    Detail("remote_port", "4444"),
    Detail("blocked", "no", Form.TEXT),
)
PROBE = (Detail("local_port", "22 (SSH)"), Detail("local_port", "80"), Detail("blocked", "yes", Form.TEXT))
ASKED = (Detail("domain", "c2.example.com", Form.DOMAIN), Detail("protocol", "UDP"))


@pytest.mark.parametrize(
    ("action", "english", "japanese"),
    [
        pytest.param(
            OUT,
            "outbound TCP `10.0.12.34:49822` → `198.51.100.7:4444`, not blocked",
            "アウトバウンド TCP `10.0.12.34:49822` → `198.51.100.7:4444` · ブロックなし",
            id="outbound",
        ),
        pytest.param(
            (Detail("direction", "INBOUND", Form.TEXT), Detail("local_port", "22 (SSH)"), *OUT[4:]),
            "inbound `198.51.100.7:4444` → port `22 (SSH)`, not blocked",
            "インバウンド `198.51.100.7:4444` → ポート `22 (SSH)` · ブロックなし",
            id="inbound-the-arrow-points-to-us",
        ),
        pytest.param(
            (Detail("direction", "UNKNOWN", Form.TEXT), *OUT[1:5]),
            "TCP `10.0.12.34:49822` → `198.51.100.7:4444`",
            "TCP `10.0.12.34:49822` → `198.51.100.7:4444`",
            id="unknown-direction",
        ),
        pytest.param(
            OUT[:1], "outbound `198.51.100.7`", "アウトバウンド `198.51.100.7`", id="direction-only"
        ),
        pytest.param(
            (*OUT, Detail("local_address", "2001:db8::34"), Detail("network_interface", "eni-1")),
            "outbound TCP `10.0.12.34:49822` → `198.51.100.7:4444`, not blocked"
            " · Local address: `2001:db8::34` · Network interface: `eni-1`",
            "アウトバウンド TCP `10.0.12.34:49822` → `198.51.100.7:4444` · ブロックなし"
            " · ローカル IP アドレス: `2001:db8::34` · ネットワークインターフェイス: `eni-1`",
            id="what-the-phrase-leaves-unsaid-follows",
        ),
        pytest.param(
            (*PROBE, Detail("local_address", "2001:db8::1")),
            "port probe → `[2001:db8::1]:22 (SSH)`, `[2001:db8::1]:80`, blocked",
            "ポートプローブ → `[2001:db8::1]:22 (SSH)`, `[2001:db8::1]:80` · ブロック済み",
            id="probe",
        ),
        pytest.param(
            (*PROBE, Detail("local_address", "10.0.0.1"), Detail("local_address", "10.0.0.2")),
            "Local port: `22 (SSH)`, `80` · Blocked: yes · Local address: `10.0.0.1`, `10.0.0.2`",
            "ローカルポート: `22 (SSH)`, `80` · ブロック済み: はい · ローカル IP アドレス: `10.0.0.1`, `10.0.0.2`",
            id="a-probe-of-two-addresses-is-posted-as-it-came",
        ),
        pytest.param(
            ASKED,
            "DNS request: `c2[.]example[.]com` (UDP)",
            "DNS リクエスト: `c2[.]example[.]com` (UDP)",
            id="dns",
        ),
        pytest.param(
            (*ASKED, Detail("api", "GetObject")),
            "Domain: `c2[.]example[.]com` · Protocol: `UDP` · API: `GetObject`",
            "ドメイン: `c2[.]example[.]com` · プロトコル: `UDP` · API: `GetObject`",
            id="an-api-call-from-a-domain-is-no-dns-request",
        ),
        pytest.param(
            (
                Detail("direction", "*sideways*", Form.TEXT),
                Detail("protocol", "*TCP*", Form.TEXT),
                *PROBE[-1:],
            ),
            "∗TCP∗ `198.51.100.7`, blocked",
            "∗TCP∗ `198.51.100.7` · ブロック済み",
            id="hostile",
        ),
    ],
)
def test_an_action_reads_as_a_phrase(action: tuple[Detail, ...], english: str, japanese: str) -> None:
    for language, phrase in zip(LANGUAGES, (english, japanese), strict=True):
        message = said(render(replace(SSH, action=action), replace(PLAIN, language=language)))
        assert f"{phrase}\n*" in message


INSTANCE = (
    Detail("availability_zone", "eu-west-1a"),
    Detail("launched", "2026-10-02", Form.CODE),
    Detail("instance_profile", "arn:aws:iam::111122223333:instance-profile/web/api"),
    Detail("subnet", "subnet-1"),
    Detail("vpc", "vpc-1"),
)


@pytest.mark.parametrize(
    ("kind", "details", "beside", "below"),
    [
        pytest.param(
            "ec2_instance",
            INSTANCE,
            "VPC: `vpc-1` · Instance profile: `api` · Launched: `2026-10-02`",
            "Subnet: `subnet-1`",
            id="what-matters-in-its-order",
        ),
        pytest.param(
            "new_thing",
            tuple(Detail(f"label{number}", str(number)) for number in range(10)),
            " · ".join(f"Label{number}: `{number}`" for number in range(8)),
            "Label8: `8` · Label9: `9`",
            id="the-first-ones-of-other-kinds",
        ),
    ],
)
def test_what_matters_stands_beside_the_resource_and_the_rest_below(
    kind: str, details: tuple[Detail, ...], beside: str, below: str
) -> None:
    blocks = render(replace(SSH, resources=(Resource(kind, ("x-1",), details=details),)), PLAIN)
    shown = [block["text"]["text"] for block in blocks["attachments"][0]["blocks"] if "text" in block]
    assert shown[0].endswith(f" `x-1`\n{beside}")
    assert shown[-1] == f"*Details*\n{below}"


def test_tags_that_say_whose_it_is_come_first() -> None:
    assert "*Tags* `Owner=team-web`  `Name=web-1`  `aws:cloudformation:stack-name=web`" in said(
        render(SSH, PLAIN)
    )


@pytest.mark.parametrize(
    ("change", "mark"),
    [
        pytest.param({"sample": True}, "SAMPLE", id="sample"),
        pytest.param({"source": "guardduty-notifier.test"}, "TEST", id="test"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rendering", RENDERINGS.values(), ids=RENDERINGS)
def test_what_did_not_happen_is_marked_and_mentions_nobody(
    rendering: Rendering, language: str, change: dict[str, Any], mark: str
) -> None:
    payload = rendering(replace(SSH, **change), replace(PLAIN, language=language, mention="<!channel>"))
    assert mark in payload["text"]
    assert mark in shown(payload) or "blocks" not in payload
    assert "<!channel>" not in said(payload)


@pytest.mark.parametrize("mention", ["<!here>", "<!channel>", "<@U012ABCDEF>", "<!subteam^S012ABCDEF>"])
@pytest.mark.parametrize("rendering", RENDERINGS.values(), ids=RENDERINGS)
def test_a_mention_notifies_and_is_seen(rendering: Rendering, mention: str) -> None:
    payload = rendering(SSH, replace(PLAIN, mention=mention))
    assert payload["text"].startswith(f"{mention} ")
    assert "blocks" not in payload or mention in shown(payload)
    assert faults(payload) == []


def test_a_mention_that_is_no_mention_is_shown_harmlessly() -> None:
    payload = render(SSH, replace(PLAIN, mention="<https://evil.example.com|look>"))
    assert payload["text"].startswith("&lt;https:")
    assert faults(payload) == []


def test_a_title_that_the_header_cuts_is_said_in_full_below() -> None:
    title = "A potential credential compromise " + "of a role with a long name " * 6
    payload = render(replace(SSH, title=title), PLAIN)
    assert payload["blocks"][0]["text"]["text"].endswith("…")
    assert title.strip() in said(payload)


def test_a_bare_finding_says_less_and_nothing_wrong() -> None:
    bare = Finding(
        id="1", type="New:Thing/Of2027", severity=5.0, account_id="111122223333", region="eu-west-1"
    )
    payload = render(bare, MessageContext())
    assert faults(payload) == []
    assert payload["blocks"][0]["text"]["text"] == "Medium 5.0 · New:Thing/Of2027"
    assert payload["blocks"][1]["text"]["text"] == "Account `111122223333`, `eu-west-1`."
    assert not {"None", "null", "undefined", "unknown", "{}", "[]"} & set(
        said(payload).replace("`", " ").split()
    )


def test_an_unknown_kind_label_and_several_values_read_well() -> None:
    thing = Resource(
        "quantumVaultDetails",
        ("qv-1",),
        details=(
            Detail("coldStorage.qubitCount", "8"),
            Detail("image", "a"),
            Detail("image", "b"),
            Detail("more", "3", Form.TEXT),
        ),
    )
    message = said(render(replace(SSH, resources=(thing,)), PLAIN))
    assert (
        "*Quantum vault details* `qv-1`\nCold storage qubit count: `8` · Image: `a`, `b`, and 3 more"
        in message
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
    for essential in (SSH.type, SSH.account_id, SSH.region, "bucket-0", "198.51.100.0", "Key0=", "High 8.0"):
        assert essential in message
    assert SSH.description in message
    assert urls(payload)["open_finding"] == console_link(SSH)
    assert f"and {400 - message.count('*S3 bucket*')} more" in message
    assert message.count(" more") >= 8


def test_signals_stand_in_order_with_their_time() -> None:
    steps = (
        Signal("Trail deleted", first_seen=NIGHT),
        Signal("Data copied", "s3:GetObject", NIGHT, count=40),
    )
    message = said(render(replace(SSH, signals=steps), PLAIN))
    when = "<!date^1795144440^{date_short_pretty} {time}|2026-11-20 03:14 UTC>"
    assert f"1. {when} · Trail deleted\n2. {when} · Data copied ×40 · s3:GetObject" in message


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
    assert kind in payload["text"]
    assert f"`{kind}`" in shown(payload)


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
    links=st.builds(Links, st.just(execution_link(EXECUTION)), any_text),
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
    assert finding.band in message


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


# Links.


@pytest.mark.parametrize(
    ("partition", "region", "link"),
    [
        pytest.param(
            "aws",
            "eu-west-1",
            "https://eu-west-1.console.aws.amazon.com/guardduty/home?region=eu-west-1#/findings?macros=current&fId=f1",
            id="aws",
        ),
        pytest.param(
            "aws-us-gov",
            "us-gov-west-1",
            "https://console.amazonaws-us-gov.com/guardduty/home?region=us-gov-west-1#/findings?search=id%3Df1",
            id="govcloud",
        ),
        pytest.param(
            "aws-cn",
            "cn-north-1",
            "https://console.amazonaws.cn/guardduty/home?region=cn-north-1#/findings?search=id%3Df1",
            id="china",
        ),
        pytest.param("aws-iso", "us-iso-east-1", "", id="a-partition-that-we-do-not-know-has-no-link"),
        pytest.param(
            "aws",
            "evil.example.com/",
            "https://console.aws.amazon.com/guardduty/home?region=evil.example.com%2F#/findings?macros=current&fId=f1",
            id="a-region-never-names-the-host",
        ),
    ],
)
def test_console_link(partition: str, region: str, link: str) -> None:
    assert console_link(replace(SSH, id="f1", partition=partition, region=region)) == link


@pytest.mark.parametrize(
    ("arn", "link"),
    [
        pytest.param(
            "arn:aws:states:eu-west-1:111122223333:execution:guardduty-notifier-dev:1f0e9d8c",
            "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/"
            "arn:aws:states:eu-west-1:111122223333:execution:guardduty-notifier-dev:1f0e9d8c",
            id="aws",
        ),
        pytest.param(
            "arn:aws-us-gov:states:us-gov-west-1:111122223333:execution:a:b",
            "https://console.amazonaws-us-gov.com/states/home?region=us-gov-west-1#/v2/executions/details/"
            "arn:aws-us-gov:states:us-gov-west-1:111122223333:execution:a:b",
            id="govcloud",
        ),
        pytest.param(
            "arn:aws-cn:states:cn-north-1:111122223333:execution:a:b",
            "https://console.amazonaws.cn/states/home?region=cn-north-1#/v2/executions/details/"
            "arn:aws-cn:states:cn-north-1:111122223333:execution:a:b",
            id="china",
        ),
        pytest.param("arn:aws:states:eu-west-1:111122223333:stateMachine:a", "", id="no-execution"),
        pytest.param("", "", id="empty"),
    ],
)
def test_execution_link(arn: str, link: str) -> None:
    assert execution_link(arn) == link


def urls(payload: dict[str, Any]) -> dict[str, str]:
    rows = [block["elements"] for block in blocks_of(payload) if block["type"] == "actions"]
    return {button["action_id"]: button["url"] for row in rows for button in row}


def test_the_access_portal_opens_consoles_in_the_right_account() -> None:
    home = replace(
        PLAIN, links=Links(execution_link(EXECUTION.replace("1111", "4444")), "https://d-1.awsapps.com/start")
    )
    portal = (
        "https://d-1.awsapps.com/start/#/console?account_id={}&destination=https%3A%2F%2Feu-west-1.console."
    )
    opened = urls(render(SSH, home))
    assert opened["open_finding"].startswith(portal.format("111122223333"))
    assert opened["open_resource"].startswith(portal.format("111122223333"))
    assert opened["open_execution"].startswith(portal.format("444422223333"))
    assert opened["open_type"].startswith("https://docs.aws.amazon.com/guardduty/")


@pytest.mark.parametrize(
    "portal", ["", "d-1.awsapps.com", "javascript:alert(1)", "http://d-1.awsapps.com/start"]
)
def test_a_portal_that_is_no_https_address_is_left_out(portal: str) -> None:
    assert urls(render(SSH, replace(PLAIN, links=Links("", portal))))["open_finding"] == console_link(SSH)


@pytest.mark.parametrize(
    ("kind", "ids", "name", "user_type", "page"),
    [
        pytest.param(
            "ec2_instance",
            "i-1",
            "",
            "",
            "/ec2/home?region=eu-west-1#InstanceDetails:instanceId=i-1",
            id="ec2",
        ),
        pytest.param(
            "s3_bucket", "b/<>", "", "", "/s3/buckets/b%2F%3C%3E?region=eu-west-1", id="hostile-bucket"
        ),
        pytest.param("eks_cluster", "blue", "", "", "/eks/home?region=eu-west-1#/clusters/blue", id="eks"),
        pytest.param(
            "ebs_snapshot",
            "arn:aws:ec2:eu-west-1::snapshot/snap-1",
            "",
            "",
            "/ec2/home?region=eu-west-1#SnapshotDetails:snapshotId=snap-1",
            id="by-arn",
        ),
        pytest.param(
            "access_key",
            "AKIA1",
            "jane",
            "IAMUser",
            "/iam/home?region=eu-west-1#/users/details/jane",
            id="user",
        ),
        pytest.param(
            "access_key",
            "ASIA1",
            "ci",
            "AssumedRole",
            "/iam/home?region=eu-west-1#/roles/details/ci",
            id="role",
        ),
        pytest.param("access_key", "ASIA1", "root", "Root", "", id="root-has-no-page"),
        pytest.param("container", "c1", "", "", "", id="a-container-has-no-page"),
    ],
)
def test_resource_link(kind: str, ids: str, name: str, user_type: str, page: str) -> None:
    thing = Resource(kind, (ids,), name, details=(Detail("user_type", user_type),))
    opened = urls(render(replace(SSH, resources=(thing,)), PLAIN)).get("open_resource", "")
    assert opened == (f"https://eu-west-1.console.aws.amazon.com{page}" if page else "")


GUIDE = "https://docs.aws.amazon.com/guardduty/latest/ug/"


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        pytest.param(
            "Backdoor:EC2/C&CActivity.B!DNS",
            "guardduty_finding-types-ec2.html#backdoor-ec2-ccactivitybdns",
            id="ec2",
        ),
        pytest.param(
            "PenTest:IAMUser/KaliLinux", "guardduty_finding-types-iam.html#pentest-iam-kalilinux", id="iam"
        ),
        pytest.param(
            "Execution:EC2/MaliciousFile!AMI",
            "findings-malware-protection-backup.html#execution-ec2-maliciousfileami",
            id="backup",
        ),
        pytest.param(
            "Execution:ECS/SuspiciousFile",
            "findings-malware-protection.html#execution-ecs-suspiciousfile",
            id="malware",
        ),
        pytest.param(
            "AttackSequence:S3/CompromisedData",
            "guardduty-attack-sequence-finding-types.html#attacksequence-s3-compromiseddata",
            id="sequence",
        ),
        pytest.param(
            "New:Thing/Of2027", "guardduty_finding-types-active.html#new-thing-of2027", id="unknown"
        ),
    ],
)
def test_type_link(kind: str, page: str) -> None:
    assert urls(render(replace(SSH, type=kind), PLAIN))["open_type"] == GUIDE + page


def test_japanese_and_china_have_their_own_guides() -> None:
    japanese = urls(render(SSH, replace(PLAIN, language="ja")))["open_type"]
    chinese = urls(render(replace(SSH, partition="aws-cn"), PLAIN))["open_type"]
    assert japanese.startswith("https://docs.aws.amazon.com/ja_jp/guardduty/latest/ug/")
    assert chinese.startswith("https://docs.amazonaws.cn/en_us/guardduty/latest/ug/")


def test_a_finding_of_a_sequence_says_so_and_links_it() -> None:
    arn = "arn:aws:guardduty:eu-west-1:111122223333:detector/d1/finding/5e1"
    payload = render(replace(SSH, sequence_arn=arn), PLAIN)
    assert catalogue("en").sentences["in_sequence"] in said(payload)
    assert urls(payload)["open_sequence"] == console_link(replace(SSH, id="5e1"))


# Lines of ours.


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.key)
@pytest.mark.parametrize("rendering", RENDERINGS.values(), ids=RENDERINGS)
def test_every_note_is_posted(rendering: Rendering, note: Note) -> None:
    message = said(rendering(SSH, replace(PLAIN, notes=(note,))))
    beginning = catalogue("en").sentences[note.key].split("{")[0]
    assert beginning in message
    assert all(str(value) in message for value in note.values.values())


def test_possibly_repeated_stands_above_the_colour() -> None:
    top = render(SSH, replace(PLAIN, notes=(Note("possibly_repeated"),)))["blocks"]
    assert "Possibly repeated" in top[2]["text"]["text"]


def test_suppression_names_rule_and_time() -> None:
    payload = render(SSH, replace(PLAIN, suppressed=Suppressed(NIGHT, "our scanner", NIGHT)))
    when = "<!date^1795144440^{date_short_pretty} {time}|2026-11-20 03:14 UTC>"
    assert (
        payload["blocks"][2]["text"]["text"] == f"Suppressed since {when} by rule `our scanner` until {when}."
    )


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
