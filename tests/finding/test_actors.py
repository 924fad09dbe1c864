"""Who is on the other side: hosts, callers, accounts, services."""

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.model import Actor, Direction
from tests.finding.common import with_action
from tests.generate import Json, example

OSLO = Actor(
    address="198.51.100.23",
    country="Norway",
    city="Oslo",
    organisation="Example Hosting",
    isp="Example Hosting",
    asn="64500",
    direction=Direction.PROBED_BY,
)


def probing(port: str, address: str, country: str, city: str, organisation: str, asn: str) -> Actor:
    network = Actor(organisation=organisation, isp=organisation, asn=asn, direction=Direction.PROBED_BY)
    return network._replace(address=address, probed=(port,), country=country, city=city)


@pytest.mark.parametrize(
    ("name", "actors"),
    [
        pytest.param("ec2-dns-request", [], id="nobody"),
        pytest.param(
            "ec2-port-probe",
            [
                OSLO._replace(probed=("22 (SSH)",)),
                probing("3389 (RDP)", "203.0.113.80", "Japan", "Osaka", "Example Net", "64501"),
                probing("22 (SSH)", "192.0.2.14", "Brazil", "Recife", "Example Telecom", "64502"),
            ],
            id="several-probes-with-number-as-asn",
        ),
        pytest.param(
            "iam-user-tor",
            [
                Actor(
                    address="198.51.100.66",
                    country="Germany",
                    city="Berlin",
                    organisation="Example Tor",
                    isp="Example Tor",
                    account="999988887777",
                    ours="no",
                    user_agent="aws-cli/2.17.0 Python/3.11.8 Linux/6.1",
                    direction=Direction.CALLED_BY,
                )
            ],
            id="unknown-asn-is-left-out",
        ),
        pytest.param(
            "member-account",
            [
                Actor(
                    account="999988887777",
                    ours="yes",
                    service="CloudFormation",
                    user_agent="aws-cli/2.17.0 Python/3.11.8 Linux/6.1",
                    direction=Direction.CALLED_BY,
                )
            ],
            id="no-address-but-an-account",
        ),
        pytest.param(
            "rds-limitless-login",
            [
                Actor(
                    address="198.51.100.66",
                    country="Norway",
                    city="Oslo",
                    organisation="Example Hosting",
                    isp="Example Hosting",
                    asn="64500",
                    user="ledger_app",
                    direction=Direction.LOGGED_IN_FROM,
                )
            ],
            id="database-user-of-the-resource",
        ),
    ],
)
def test_actors(name: str, actors: list[Actor]) -> None:
    assert list(parse(example(name)).actors) == actors


def test_the_remote_port_belongs_to_the_actor() -> None:
    assert [actor.port for actor in parse(example("example")).actors] == ["4444"]


def test_kubernetes_sources_are_actors_once() -> None:
    actors = parse(example("eks-anonymous-access")).actors
    assert [(actor.address, actor.user, actor.user_agent) for actor in actors] == [
        ("198.51.100.23", "system:anonymous", "kubectl/v1.30.1"),
        ("192.0.2.14", "system:anonymous", "kubectl/v1.30.1"),
    ]


def test_user_agents_lose_their_credentials() -> None:
    event = with_action({"awsApiCallAction": {"userAgent": "tool/1 token=example-not-a-secret"}})
    assert [actor.user_agent for actor in parse(event).actors] == ["tool/1 token=••••"]


def actors_of(action: Json) -> tuple[Actor, ...]:
    return parse(with_action(action)).actors


def test_both_addresses_of_a_host() -> None:
    both = {"ipAddressV4": "198.51.100.7", "ipAddressV6": "2001:db8::7"}
    (host,) = actors_of({"networkConnectionAction": {"remoteIpDetails": both}})
    assert (host.address, host.other_address) == ("198.51.100.7", "2001:db8::7")
    (host,) = actors_of({"networkConnectionAction": {"remoteIpDetails": {"ipAddressV6": "2001:db8::7"}}})
    assert (host.address, host.other_address) == ("2001:db8::7", "")


def test_a_caller_has_its_domain_beside_its_address() -> None:
    remote = {"remoteIpDetails": {"ipAddressV4": "198.51.100.7"}}
    domain = {"domainDetails": {"domain": "Upload.Example."}}
    (caller,) = actors_of({"awsApiCallAction": {**remote, **domain}})
    assert (caller.address, caller.domain) == ("198.51.100.7", "upload.example")
    (caller,) = actors_of({"awsApiCallAction": domain})
    assert (caller.address, caller.domain) == ("", "upload.example")


@pytest.mark.parametrize(
    ("said", "account", "ours", "service"),
    [
        ({"accountId": "444455556666", "affiliated": True}, "444455556666", "yes", ""),
        ({"accountId": "444455556666", "affiliated": "false"}, "444455556666", "no", ""),
        ({"accountId": "444455556666", "affiliated": None}, "444455556666", "", ""),
        ({"awsServiceName": "CloudFormation"}, "", "", "CloudFormation"),
        ({"accountId": "444455556666", "awsServiceName": "EC2"}, "444455556666", "", "EC2"),
    ],
)
def test_the_remote_account(said: Json, account: str, ours: str, service: str) -> None:
    (caller,) = actors_of({"awsApiCallAction": {"remoteAccountDetails": said}})
    assert (caller.account, caller.ours, caller.service) == (account, ours, service)


def test_nobody_is_made_of_a_word() -> None:
    assert actors_of({"awsApiCallAction": {"remoteAccountDetails": {"affiliated": False}}}) == ()


def probe(address: str, port: int, name: str = "Unknown") -> Json:
    local = {"port": port, "portName": name}
    return {"localPortDetails": local, "remoteIpDetails": {"ipAddressV4": address}}


def test_each_host_with_the_ports_that_it_probed() -> None:
    probes = [
        probe("192.0.2.30", 3389, "RDP"),
        probe("192.0.2.31", 22, "SSH"),
        probe("192.0.2.30", 445),
        probe("192.0.2.30", 3389, "RDP"),
    ]
    hosts = actors_of({"portProbeAction": {"portProbeDetails": probes}})
    assert [(host.address, host.probed) for host in hosts] == [
        ("192.0.2.30", ("3389 (RDP)", "445")),
        ("192.0.2.31", ("22 (SSH)",)),
    ]


def running(**context: Json) -> Json:
    event = with_action({})
    event["detail"]["service"]["runtimeDetails"] = {"process": {"name": "bash"}, "context": context}
    return event


@pytest.mark.parametrize(
    "context",
    [
        {"remoteIpAddress": "198.51.100.7", "remotePort": 4444},
        {"remoteIpDetails": {"ipAddressV4": "198.51.100.7"}, "destinationPort": "4444"},
        {"peer": {"address": "198.51.100.7", "port": 4444}, "localIpAddress": "10.0.0.5"},
    ],
)
def test_a_process_talks_to_the_address_in_its_context(context: Json) -> None:
    finding = parse(running(**context))
    assert finding.actors == (Actor("198.51.100.7", "4444", direction=Direction.TALKS_TO),)
    assert finding.direction is Direction.TALKS_TO


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"remote": "yes"},
        {"addressFamily": "AF_INET"},
        {"localIpAddress": "10.0.0.5"},
        {"remotePort": 4444},
    ],
)
def test_a_process_without_an_address_ran(context: Json) -> None:
    finding = parse(running(**context))
    assert (finding.actors, finding.direction) == ((), Direction.RAN)


def test_a_hosts_ports_are_left_alone_where_there_are_several_hosts() -> None:
    hosts = parse(running(remoteIps=["198.51.100.7", "198.51.100.8"], remotePort=4444)).actors
    assert [(host.address, host.port) for host in hosts] == [("198.51.100.7", ""), ("198.51.100.8", "")]
