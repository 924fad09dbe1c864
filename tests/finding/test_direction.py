"""Who did what to whom, as a table."""

import pytest

from chalicelib.finding import direction
from chalicelib.finding.event import parse
from chalicelib.finding.model import Direction
from tests.finding.common import with_sequence
from tests.generate import Json, envelope, example

TALKS, ASKED, ATTACKED = Direction.TALKS_TO, Direction.ASKED_FOR, Direction.ATTACKED_FROM
PROBED, CALLED, LOGGED_IN = Direction.PROBED_BY, Direction.CALLED_BY, Direction.LOGGED_IN_FROM
UNKNOWN = Direction.UNKNOWN

EITHER = "UnauthorizedAccess:EC2/SSHBruteForce"
ACTS = "Backdoor:EC2/C&CActivity.B"


@pytest.mark.parametrize(
    ("name", "connection", "role", "finding_type", "expected"),
    [
        ("networkConnectionAction", "OUTBOUND", "TARGET", EITHER, TALKS),
        ("networkConnectionAction", "OUTBOUND", "", EITHER, TALKS),
        ("networkConnectionAction", "outbound", "", EITHER, TALKS),
        ("networkConnectionAction", "INBOUND", "TARGET", EITHER, ATTACKED),
        ("networkConnectionAction", "INBOUND", "", EITHER, ATTACKED),
        ("networkConnectionAction", "INBOUND", "ACTOR", EITHER, TALKS),
        ("networkConnectionAction", "INBOUND", "TARGET", ACTS, ATTACKED),
        ("networkConnectionAction", "UNKNOWN", "ACTOR", EITHER, TALKS),
        ("networkConnectionAction", "UNKNOWN", "TARGET", EITHER, ATTACKED),
        ("networkConnectionAction", "UNKNOWN", "TARGET", ACTS, TALKS),
        ("networkConnectionAction", "UNKNOWN", "", ACTS, TALKS),
        ("networkConnectionAction", "", "", EITHER, UNKNOWN),
        ("dnsRequestAction", "", "TARGET", ACTS, ASKED),
        ("dnsRequestAction", "", "", EITHER, ASKED),
        ("portProbeAction", "", "TARGET", "Recon:EC2/PortProbeUnprotectedPort", PROBED),
        ("portProbeAction", "", "ACTOR", ACTS, PROBED),
        ("awsApiCallAction", "", "TARGET", "Impact:IAMUser/AnomalousBehavior", CALLED),
        ("awsApiCallAction", "", "ACTOR", ACTS, CALLED),
        ("kubernetesApiCallAction", "", "TARGET", "Impact:Kubernetes/TorIPCaller", CALLED),
        ("rdsLoginAttemptAction", "", "TARGET", "Discovery:RDS/TorIPCaller", LOGGED_IN),
        ("newAction", "", "ACTOR", "Something:New/Yet", TALKS),
        ("newAction", "", "TARGET", "Something:New/Yet", ATTACKED),
        ("newAction", "", "", "Something:New/Yet", UNKNOWN),
    ],
)
def test_an_action(name: str, connection: str, role: str, finding_type: str, expected: Direction) -> None:
    assert direction.of_action(name, connection, role, finding_type) is expected


@pytest.mark.parametrize(
    ("finding_type", "acts"),
    [
        ("Backdoor:EC2/DenialOfService.UdpOnTcpPorts", True),
        ("Backdoor:Runtime/C&CActivity.B", True),
        ("CryptoCurrency:EC2/BitcoinTool.B", True),
        ("Trojan:EC2/DropPoint", True),
        ("Behavior:EC2/NetworkPortUnusual", True),
        ("Behavior:EC2/TrafficVolumeUnusual", True),
        ("DefenseEvasion:EC2/UnusualDoHActivity", True),
        ("Impact:EC2/PortSweep", True),
        ("Impact:EC2/WinRMBruteForce", True),
        ("Impact:Runtime/AbusedDomainRequest.Reputation", True),
        ("Recon:EC2/Portscan", True),
        ("UnauthorizedAccess:EC2/TorClient", True),
        ("UnauthorizedAccess:Runtime/TorRelay", True),
        ("UnauthorizedAccess:EC2/MetadataDNSRebind", True),
        ("UnauthorizedAccess:Lambda/MaliciousIPCaller.Custom", True),
        ("Execution:Runtime/ReverseShell", True),
        ("UnauthorizedAccess:EC2/SSHBruteForce", False),
        ("UnauthorizedAccess:EC2/RDPBruteForce", False),
        ("UnauthorizedAccess:EC2/MaliciousIPCaller.Custom", False),
        ("UnauthorizedAccess:EC2/TorIPCaller", False),
        ("Recon:EC2/PortProbeUnprotectedPort", False),
        ("Impact:IAMUser/AnomalousBehavior", False),
        ("Execution:EC2/MaliciousFile", False),
        ("", False),
    ],
)
def test_whether_a_type_says_that_our_side_acts(finding_type: str, acts: bool) -> None:
    assert direction.acts(finding_type) is acts


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("CLOUD_TRAIL", "Trail deleted", CALLED),
        ("S3_DATA_EVENTS", "", CALLED),
        ("EKS_AUDIT_LOGS", "", CALLED),
        ("DNS_LOGS", "", ASKED),
        ("FINDING", "CryptoCurrency:Runtime/BitcoinTool.B!DNS", ASKED),
        ("FINDING", "Impact:EC2/MaliciousDomainRequest.Reputation", ASKED),
        ("FINDING", "Backdoor:EC2/C&CActivity.B", TALKS),
        ("FINDING", "Discovery:S3/TorIPCaller", CALLED),
        ("FINDING", "UnauthorizedAccess:IAMUser/TorIPCaller", CALLED),
        ("FINDING", "Impact:Kubernetes/TorIPCaller", CALLED),
        ("FINDING", "CredentialAccess:RDS/AnomalousBehavior.SuccessfulLogin", LOGGED_IN),
        ("FINDING", "Recon:EC2/PortProbeUnprotectedPort", PROBED),
        ("FINDING", "UnauthorizedAccess:EC2/SSHBruteForce", UNKNOWN),
        ("FLOW_LOGS", "Unusual traffic", UNKNOWN),
        ("", "", UNKNOWN),
    ],
)
def test_a_step_of_a_sequence(kind: str, name: str, expected: Direction) -> None:
    assert direction.of_signal(kind, name) is expected


@pytest.mark.parametrize(
    ("connection", "signal", "only_domain", "people", "expected"),
    [
        ("OUTBOUND", CALLED, False, True, TALKS),
        ("OUTBOUND", UNKNOWN, True, False, TALKS),
        ("INBOUND", UNKNOWN, True, True, TALKS),
        ("", CALLED, True, True, TALKS),
        ("", ASKED, True, True, ASKED),
        ("INBOUND", CALLED, False, False, CALLED),
        ("INBOUND", UNKNOWN, False, True, CALLED),
        ("INBOUND", UNKNOWN, False, False, ATTACKED),
        ("", TALKS, False, True, TALKS),
        ("", UNKNOWN, False, True, CALLED),
        ("", UNKNOWN, False, False, UNKNOWN),
    ],
)
def test_a_host_of_a_sequence(
    connection: str, signal: Direction, only_domain: bool, people: bool, expected: Direction
) -> None:
    said = direction.of_endpoint(connection, signal, only_domain=only_domain, people=people)
    assert said is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("example", TALKS),
        ("lambda-network", TALKS),
        ("china", ATTACKED),
        ("ec2-ssh-brute-force", ATTACKED),
        ("ec2-port-probe", PROBED),
        ("ec2-dns-request", ASKED),
        ("sample", ASKED),
        ("ecs-task-runtime", ASKED),
        ("iam-user-tor", CALLED),
        ("member-account", CALLED),
        ("eks-anonymous-access", CALLED),
        ("rds-login", LOGGED_IN),
        ("rds-limitless-login", LOGGED_IN),
        ("attack-sequence", CALLED),
        ("ebs-malware", UNKNOWN),
        ("s3-object-malware", UNKNOWN),
        ("identifiers-only", UNKNOWN),
    ],
)
def test_a_finding(name: str, expected: Direction) -> None:
    assert parse(example(name)).direction is expected


def test_a_finding_that_names_somebody_has_the_direction_of_the_first() -> None:
    for name in ("example", "ec2-port-probe", "iam-user-tor", "eks-anonymous-access", "attack-sequence"):
        finding = parse(example(name))
        assert finding.direction is finding.actors[0].direction


def of(action: Json, **service: Json) -> Direction:
    least = {"id": "1", "type": EITHER, "severity": 5, "accountId": "111122223333", "region": "eu-west-1"}
    return parse(envelope({**least, "service": {"action": action, **service}})).direction


def test_a_process_alone_ran() -> None:
    assert of(None, runtimeDetails={"process": {"name": "sh"}}) is Direction.RAN
    assert (
        of({"dnsRequestAction": {"domain": "c2.example.com"}}, runtimeDetails={"process": {"name": "sh"}})
        is ASKED
    )


def test_the_kind_of_action_is_enough() -> None:
    assert of({"actionType": "RDS_LOGIN_ATTEMPT"}) is LOGGED_IN
    assert of({"actionType": "AWS_API_CALL", "awsApiCallAction": {"api": "GetObject"}}) is CALLED
    assert of({"awsApiCallAction": {"api": "GetObject"}}) is CALLED


@pytest.mark.parametrize(
    "action",
    [
        pytest.param(None, id="null"),
        pytest.param("PORT_PROBE", id="text"),
        pytest.param({"actionType": "NEW_KIND"}, id="new"),
        pytest.param({"actionType": 7, "networkConnectionAction": None}, id="numbers"),
        pytest.param({"networkConnectionAction": {"connectionDirection": ["UNKNOWN"]}}, id="list"),
    ],
)
def test_where_nothing_is_known(action: Json) -> None:
    assert of(action) is UNKNOWN


def test_whoever_acted_comes_before_the_hosts_and_callers_before_servers() -> None:
    finding = with_sequence(
        actors=[{"id": "a", "process": {"name": "xmrig"}}, {"id": "b", "user": {"name": "etl-nightly"}}],
        endpoints=[
            {"id": "1", "domain": "pool.example.net", "port": 3333, "connection": {"direction": "OUTBOUND"}},
            {"id": "2", "ip": "198.51.100.7", "connection": {"direction": "INBOUND"}},
        ],
    )
    assert [(actor.user or actor.address, actor.direction) for actor in finding.actors] == [
        ("etl-nightly", CALLED),
        ("198.51.100.7", CALLED),
        ("pool.example.net", TALKS),
    ]
    assert finding.direction is CALLED


def test_a_sequence_of_processes_ran_and_talks_to_the_pool_that_its_steps_name() -> None:
    ran = {"actors": [{"id": "a", "process": {"name": "xmrig"}}]}
    assert with_sequence(**ran).direction is Direction.RAN
    pool = {"endpoints": [{"id": "1", "ip": "198.51.100.7"}]}
    step = {"type": "FINDING", "name": "CryptoCurrency:Runtime/BitcoinTool.B", "endpointIds": ["1"]}
    assert with_sequence(**ran, **pool, signals=[step]).direction is TALKS
    assert with_sequence(**ran, **pool).direction is UNKNOWN
