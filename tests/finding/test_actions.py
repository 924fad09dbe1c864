"""Every kind of action: what was done, by whom, from where."""

import pytest

from chalicelib.finding.event import parse
from chalicelib.finding.model import Detail, Form
from tests.finding.common import with_action
from tests.generate import Json, example


@pytest.mark.parametrize(
    ("name", "action"),
    [
        pytest.param(
            "iam-user-tor",
            [
                ("api", "DeleteTrail"),
                ("service", "cloudtrail.amazonaws.com"),
                ("caller_type", "Remote IP"),
                ("remote_account", "999988887777"),
                ("remote_account_affiliated", "no"),
                ("affected_resource", "AWS::CloudTrail::Trail audit"),
                ("affected_resource", "AWS::S3::Bucket example-audit-logs"),
            ],
            id="api-call",
        ),
        pytest.param(
            "example",
            [
                ("direction", "OUTBOUND"),
                ("protocol", "TCP"),
                ("local_address", "10.0.12.34"),
                ("local_port", "49822"),
                ("remote_port", "4444"),
                ("blocked", "no"),
            ],
            id="network-connection",
        ),
        pytest.param(
            "ec2-port-probe",
            [
                ("local_port", "22 (SSH)"),
                ("local_port", "3389 (RDP)"),
                ("local_address", "10.0.12.34"),
                ("blocked", "no"),
            ],
            id="port-probe-names-each-port-once",
        ),
        pytest.param(
            "ec2-dns-request",
            [
                ("domain", "C2.Example.com."),
                ("domain_with_suffix", "example.com"),
                ("protocol", "UDP"),
                ("blocked", "yes"),
                ("vpc_owner_account", "444455556666"),
            ],
            id="dns-request",
        ),
        pytest.param(
            "eks-anonymous-access",
            [
                ("verb", "list"),
                ("request_uri", "/api/v1/namespaces/kube-system/secrets?token=••••"),
                ("kubernetes_resource", "secrets"),
                ("resource_name", "db-password"),
                ("namespace", "kube-system"),
                ("status_code", "200"),
            ],
            id="kubernetes-call-without-its-token",
        ),
        pytest.param(
            "rds-login",
            [
                ("login_user", "admin"),
                ("application", "mysql"),
                ("failed_logins", "120"),
                ("successful_logins", "1"),
                ("login_user", "root"),
                ("application", "mysql"),
                ("failed_logins", "40"),
            ],
            id="rds-logins",
        ),
        pytest.param("unknown-kind", [("basis", "X"), ("blocked", "no")], id="unknown-by-what-it-has"),
        pytest.param("rds-limitless-login", [("action_type", "RDS_LOGIN_ATTEMPT")], id="kind-alone"),
        pytest.param("runtime-container", [], id="empty-action"),
        pytest.param("ebs-malware", [], id="no-action"),
    ],
)
def test_what_was_done(name: str, action: list[tuple[str, str]]) -> None:
    assert [(detail.label, detail.value) for detail in parse(example(name)).action] == action


def test_role_bindings() -> None:
    posted = {detail.label: detail.value for detail in parse(example("eks-role-binding")).action}
    assert posted["permission_allowed"] == "yes"
    assert posted["role_binding"] == "oops"
    assert posted["role_ref"] == posted["kubernetes_role"] == "cluster-admin"


def test_domains_are_marked_to_be_defanged() -> None:
    assert Detail("domain", "C2.Example.com.", Form.DOMAIN) in parse(example("ec2-dns-request")).action


@pytest.mark.parametrize(
    ("name", "addresses", "domains"),
    [
        pytest.param("example", ("198.51.100.23",), (), id="connection"),
        pytest.param("ec2-ssh-brute-force", ("2001:db8::17",), (), id="ipv6"),
        pytest.param("ec2-port-probe", ("198.51.100.23", "203.0.113.80", "192.0.2.14"), (), id="probes"),
        pytest.param("ec2-dns-request", (), ("c2.example.com",), id="domain-without-dot-and-suffix"),
        pytest.param("iam-root", ("198.51.100.23",), ("signin.example.net",), id="called-from-a-domain"),
        pytest.param("eks-anonymous-access", ("198.51.100.23", "192.0.2.14"), (), id="kubernetes-sources"),
        pytest.param("unknown-kind", ("198.51.100.23",), (), id="unknown-action"),
        pytest.param(
            "attack-sequence",
            ("198.51.100.66", "192.0.2.200"),
            ("c2.example.com",),
            id="sequence-endpoints-and-indicators",
        ),
    ],
)
def test_what_rules_match_on(name: str, addresses: tuple[str, ...], domains: tuple[str, ...]) -> None:
    finding = parse(example(name))
    assert (finding.actor_ips, finding.domains) == (addresses, domains)


def test_every_address_is_kept() -> None:
    probes = [{"remoteIpDetails": {"ipAddressV4": f"198.51.100.{number}"}} for number in range(200)]
    finding = parse(with_action({"portProbeAction": {"portProbeDetails": probes}}))
    assert len(finding.actor_ips) == 200
    assert len(finding.actors) == 200


def test_a_registered_domain_counts_where_it_is_alone() -> None:
    finding = parse(with_action({"dnsRequestAction": {"domainWithSuffix": "Example.org"}}))
    assert finding.domains == ("example.org",)


@pytest.mark.parametrize(
    "action",
    [
        pytest.param(None, id="null"),
        pytest.param([], id="list"),
        pytest.param({"awsApiCallAction": "GetObject"}, id="text-as-object"),
        pytest.param({"awsApiCallAction": [{"api": "x"}]}, id="list-as-object"),
        pytest.param({"portProbeAction": {"portProbeDetails": "none"}}, id="text-as-list"),
        pytest.param({"networkConnectionAction": {"remoteIpDetails": 7, "blocked": "perhaps"}}, id="numbers"),
    ],
)
def test_wrong_shapes_say_less(action: Json) -> None:
    finding = parse(with_action(action))
    assert (finding.actor_ips, finding.domains, finding.actors) == ((), (), ())


def test_login_attributes_in_either_spelling() -> None:
    event = with_action({"rdsLoginAttemptAction": {"loginAttributes": [{"user": "admin"}]}})
    assert parse(event).members["principal"] == ((),), "somebody, of whom no rule knows the name"


@pytest.mark.parametrize(
    ("role", "action", "outbound"),
    [
        pytest.param("TARGET", {"networkConnectionAction": {"connectionDirection": "OUTBOUND"}}, True, id="opened"),
        pytest.param("TARGET", {"networkConnectionAction": {"connectionDirection": "INBOUND"}}, False, id="inbound"),
        pytest.param("TARGET", {"networkConnectionAction": {"connectionDirection": "UNKNOWN"}}, False, id="unknown"),
        pytest.param("ACTOR", {"networkConnectionAction": {"connectionDirection": "UNKNOWN"}}, True, id="actor"),
        pytest.param(None, {"dnsRequestAction": {"domain": "c2.example.com"}}, True, id="asked-for-a-domain"),
        pytest.param("ACTOR", {"awsApiCallAction": {"api": "GetObject"}}, False, id="no-connection"),
        pytest.param("ACTOR", {"networkConnectionAction": None, "dnsRequestAction": {}}, False, id="nothing-there"),
        pytest.param("ACTOR", "not an action", False, id="no-action"),
    ],
)  # fmt: skip
def test_whether_our_side_called(role: Json, action: Json, outbound: bool) -> None:
    event = with_action(action)
    event["detail"]["service"]["resourceRole"] = role
    assert parse(event).outbound is outbound
