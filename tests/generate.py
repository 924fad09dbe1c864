"""Random findings from botocore's own model of GuardDuty, in both forms: an event's, and GetFindings'.

    for seed in range(1000):
        parse(random_event(Random(seed)))

or, in a property test, ``@given(events())``. What a seed gives stays the same for one version of botocore.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, cast

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StructureShape
from hypothesis import strategies

Json = Any
"""Whatever ``json.loads`` returns."""


class Pair(NamedTuple):
    """One finding in two forms."""

    detail: Json
    """As the ``detail`` of GuardDuty's event: camel case, times as text or numbers."""
    finding: Json
    """As boto3's GetFindings returns it: Pascal case, times as `datetime`, `AdditionalInfo` a JSON string."""


TYPES = (
    "UnauthorizedAccess:EC2/SSHBruteForce",
    "Backdoor:EC2/C&CActivity.B!DNS",
    "Recon:IAMUser/UserPermissions",
    "Policy:S3/BucketAnonymousAccessGranted",
    "CredentialAccess:RDS/AnomalousBehavior.SuccessfulLogin",
    "Execution:Runtime/NewBinaryExecuted",
    "Execution:EC2/MaliciousFile",
    "AttackSequence:IAM/CompromisedCredentials",
    "Something:New/NobodyKnows.Yet!Really",
    "UnauthorizedAccess:IAMUser/TorIPCaller",
)

WORDS = (
    "example",
    "payments-api",
    "arn:aws:iam::111122223333:role/Deploy",
    "AKIAIOSFODNN7EXAMPLE",
    "name with spaces",
    "<!channel> *bold* _it_ ~no~ `code`",
    "line one\nline two\r\nline three",
    "\u202egnp.exe\u202c",
    "http://phish.example.com/?a=1&b=<2>|x",
    "<https://example.net|click here>",
    "名前",
    "🔥🔥",
    "null",
    "None",
    "",
    "   ",
    "x" * 3000,
    "password=hunter2example",
    "-1",
    "0",
    "a\x00b\x1b[31m",
)

ADDRESSES = ("198.51.100.7", "203.0.113.200", "192.0.2.99", "2001:db8::1", "198.51.100.7", "not an address")
DOMAINS = ("c2.example.com", "EXAMPLE.net.", "xn--80ak6aa92e.example.org", "a.b.c.example.com")
REGIONS = ("eu-west-1", "us-east-1", "us-gov-west-1", "cn-north-1", "ap-northeast-1")
ACCOUNTS = ("111122223333", "444455556666", "123456")
EVENTS = Path(__file__).parent / "events"
START = datetime(2026, 10, 1, tzinfo=UTC)


def example(name: str) -> Json:
    """Read one of the events in ``tests/events`` by its name without ``.json``."""
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def example_names() -> list[str]:
    """List the events in ``tests/events``."""
    return sorted(path.stem for path in EVENTS.glob("*.json"))


def random_pair(random: Random) -> Pair:
    """Make one finding, from nearly empty to nearly full; what an event must have, it has."""
    fill = random.choice((0.15, 0.4, 0.7, 0.95))
    made = _structure(_finding_shape(), random, fill, "Finding")
    for name, value in _required(random).items():
        made.detail[_small(name)] = made.finding[name] = value
    return _with_additional_info(made, random)


def random_event(random: Random) -> Json:
    """Make one event as EventBridge delivers it."""
    return envelope(random_pair(random).detail)


def envelope(detail: Json) -> Json:
    """Put the envelope of EventBridge around a finding."""
    return {
        "version": "0",
        "id": "0f8b4c2e-6a1d-4c6f-9b2e-3d5a7c9e1f20",
        "detail-type": "GuardDuty Finding",
        "source": "aws.guardduty",
        "account": "111122223333",
        "time": "2026-11-20T09:48:12Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": detail,
    }


def mangled(event: Json, random: Random, times: int = 3) -> Json:
    """Put nonsense, or nothing, into random places of an event."""
    broken = deepcopy(event)
    for _ in range(times):
        holder, key = random.choice(_places(broken))
        if random.random() < 0.2:
            del holder[key]
        else:
            holder[key] = deepcopy(random.choice(NONSENSE))
        if not _places(broken):
            break
    return broken


NONSENSE: tuple[Json, ...] = (
    None,
    "",
    " ",
    "text",
    "null",
    0,
    -1,
    1.5,
    10**30,
    10**5000,
    float("nan"),
    float("inf"),
    True,
    False,
    [],
    {},
    [None],
    [[[[]]]],
    [{"a": [{"b": None}]}],
    {"": {"": ""}},
    {"id": 7, "name": ["x"], "tags": "none"},
    "\ud800",
    "1e999",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "99999999999999999999",
    [1, "two", {"three": 3}],
    list(range(100)),
    {f"k{number}": number for number in range(200)},
)


def pairs() -> strategies.SearchStrategy[Pair]:
    """Draw findings in both forms."""
    return _seeds().map(lambda seed: random_pair(Random(seed)))


def events() -> strategies.SearchStrategy[Json]:
    """Draw events of every shape that the model allows."""
    return _seeds().map(lambda seed: random_event(Random(seed)))


def mangled_events() -> strategies.SearchStrategy[Json]:
    """Draw events of the model's shapes with up to eight places broken."""
    return _seeds().map(_mangled_of_seed)


def _mangled_of_seed(seed: int) -> Json:
    random = Random(seed)
    return mangled(random_event(random), random, random.randint(1, 8))


def _seeds() -> strategies.SearchStrategy[int]:
    return strategies.integers(min_value=0, max_value=2**32 - 1)


def _places(node: Json) -> list[tuple[Json, Json]]:
    """List every place inside as its holder and its key or index."""
    found: list[tuple[Json, Json]] = []
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        found.append((node, key))
        found.extend(_places(node[key]))
    return found


@cache
def _finding_shape() -> StructureShape:
    model = botocore.session.get_session().get_service_model("guardduty")
    return cast(StructureShape, model.shape_for("Finding"))


def _required(random: Random) -> dict[str, Json]:
    return {
        "Id": f"{random.getrandbits(128):032x}",
        "Type": random.choice(TYPES),
        "Severity": random.choice((1, 2.0, 4.5, 5, 8, 8.9, 9.5)),
        "AccountId": random.choice(ACCOUNTS),
        "Region": random.choice(REGIONS),
    }


def _with_additional_info(made: Pair, random: Random) -> Pair:
    """GuardDuty's model says ``value`` and ``type``; events have the members themselves."""
    if "service" not in made.detail or "additionalInfo" not in made.detail["service"]:
        return made
    info = _additional_info(random)
    written = {"value": json.dumps(info), "type": "default"}
    made.detail["service"]["additionalInfo"] = random.choice((info, written, {**info, **written}))
    made.finding["Service"]["AdditionalInfo"] = {"Value": json.dumps(info), "Type": "default"}
    return made


def _additional_info(random: Random) -> Json:
    members: Json = {
        "sample": random.random() < 0.5,
        "threatListName": "Example Tor list",
        "threatName": random.choice(WORDS),
        "unusual": {"isps": "Example ISP", "hoursOfDay": [1, 2]},
        "agentDetails": {"agentVersion": "1", "agentId": "example"},
        "userAgent": {"fullUserAgent": random.choice(WORDS), "userAgentCategory": "Example"},
        "portsScannedSample": [22, 80, 443],
    }
    return {name: member for name, member in members.items() if random.random() < 0.5}


def _shape(shape: Shape, random: Random, fill: float, name: str) -> Pair:
    if isinstance(shape, StructureShape):
        return _structure(shape, random, fill, name)
    if isinstance(shape, ListShape):
        made = [_shape(shape.member, random, fill, name) for _ in range(random.choice((0, 1, 1, 2, 3)))]
        return Pair([each.detail for each in made], [each.finding for each in made])
    if isinstance(shape, MapShape):
        entries = {key: _shape(shape.value, random, fill, name) for key in _keys(random)}
        return Pair(
            {key: each.detail for key, each in entries.items()},
            {key: each.finding for key, each in entries.items()},
        )
    return _scalar(shape, random, name)


def _keys(random: Random) -> list[str]:
    keys = ("AWS::S3::Bucket", "api", "UserAgent", "userIdentity", "KEY", random.choice(WORDS))
    return random.sample(keys, random.randint(0, 3))


def _structure(shape: StructureShape, random: Random, fill: float, name: str) -> Pair:
    made = Pair({}, {})
    for member, kind in shape.members.items():
        if random.random() < fill:
            value = _shape(kind, random, fill, member)
            made.detail[kind.serialization.get("name", member)] = value.detail
            made.finding[member] = value.finding
    return made


def _scalar(shape: Shape, random: Random, name: str) -> Pair:
    if shape.type_name == "timestamp":
        return _time(random)
    value = _makers()[shape.type_name](shape, random, name)
    return Pair(value, value)


def _time(random: Random) -> Pair:
    when = START + timedelta(seconds=random.randint(0, 4_000_000))
    written = when.isoformat().replace("+00:00", "Z")
    return Pair(random.choice((written, when.timestamp(), int(when.timestamp() * 1000))), when)


@cache
def _makers() -> dict[str, Callable[[Shape, Random, str], Json]]:
    return {
        "string": _text,
        "boolean": lambda _shape, random, _name: random.random() < 0.5,
        "integer": lambda _shape, random, _name: random.choice((0, 1, 22, 443, 65535, 2_147_483_647)),
        "long": lambda _shape, random, _name: random.choice((0, 1, 2**40)),
        "double": lambda _shape, random, _name: random.choice((0.0, 1.5, 51.5164, -0.093, 9.1)),
    }


def _text(shape: Shape, random: Random, name: str) -> str:
    choices = cast(tuple[str, ...], tuple(getattr(shape, "enum", ()))) or _choices(name)
    return random.choice(choices if random.random() < 0.8 else WORDS)


def _choices(name: str) -> tuple[str, ...]:
    folded = name.lower()
    endings: dict[str, tuple[str, ...]] = {
        "createdat": ("2026-10-02T06:30:11.123Z",),
        "updatedat": ("2026-10-03T06:30:11.123Z",),
        "launchtime": ("2026-10-02T06:30:11Z", "1790922611000"),
        "seen": ("2026-10-02T06:30:11.000Z",),
        "arn": ("arn:aws:s3:::example", "arn:aws:ec2:eu-west-1:111122223333:volume/vol-0a1b2c3d"),
        "ipaddressv4": ADDRESSES,
        "publicip": ADDRESSES,
        "sourceips": ADDRESSES,
        "ip": ADDRESSES,
        "domain": DOMAINS,
        "instanceid": ("i-0a1b2c3d4e5f60718",),
        "accountid": ACCOUNTS,
        "region": REGIONS,
        "partition": ("aws", "aws-us-gov", "aws-cn"),
        "resourcetype": (
            "Instance",
            "AccessKey",
            "S3Bucket",
            "EC2_INSTANCE",
            "ACCESS_KEY",
            "S3_BUCKET",
            "NEW_KIND",
        ),
        "key": (
            "Name",
            "Owner",
            "Team",
            "ATTACK_TACTIC",
            "MALICIOUS_IP",
            "MALICIOUS_DOMAIN",
            "NEW_INDICATOR",
        ),
        "useragent": ("aws-cli/2.15 <!here>", "Mozilla/5.0 (X11; Linux x86_64)"),
    }
    return next((choices for ending, choices in endings.items() if folded.endswith(ending)), WORDS)


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]
