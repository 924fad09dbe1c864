"""Each remote host, by all its addresses, its network and its country; and our port that it came to."""

from typing import Any

import pytest

from chalicelib.finding.model import Things
from tests.finding.members.common import THERE, acting, named

NORWAY = {
    "ipAddressV4": "198.51.100.1",
    "ipAddressV6": "2001:db8::1",
    "country": {"countryName": "Norway", "countryCode": "NO"},
    "organization": {"asn": "64500"},
}
UNKNOWN = {"ipAddressV4": "198.51.100.2", "organization": {"asn": "-1"}}
PROBE = {"localPortDetails": {"port": 22}, "remoteIpDetails": NORWAY}
PROBES = {"portProbeDetails": [PROBE, {"remoteIpDetails": UNKNOWN}]}
KUBERNETES = {"remoteIpDetails": NORWAY, "sourceIPs": ["198.51.100.1", "198.51.100.9"]}


@pytest.mark.parametrize(
    ("condition", "action", "things"),
    [
        pytest.param("actor_ip", acting("awsApiCallAction", remoteIpDetails=NORWAY),
                     (("198.51.100.1", "2001:db8::1"),), id="both-addresses-of-one-host"),
        pytest.param("actor_ip", acting("portProbeAction", **PROBES),
                     (("198.51.100.1", "2001:db8::1"), ("198.51.100.2",)), id="each-of-a-probe"),
        pytest.param("actor_ip", acting("newAction", remoteIpDetails=UNKNOWN), (("198.51.100.2",),), id="new-action"),
        pytest.param("actor_ip", acting("kubernetesApiCallAction", **KUBERNETES),
                     (("198.51.100.1", "2001:db8::1"), ("198.51.100.9",)), id="every-hop-of-kubernetes"),
        pytest.param("actor_ip", acting("awsApiCallAction", remoteIpDetails={"country": {"countryCode": "NO"}}),
                     ((),), id="host-without-an-address"),
        pytest.param("actor_ip", acting("awsApiCallAction", remoteIpDetails=None), (), id="no-host"),
        pytest.param("asn", acting("portProbeAction", **PROBES), (("64500",), ()), id="as-number-unknown"),
        pytest.param("asn", acting("kubernetesApiCallAction", **KUBERNETES), (("64500",), ()), id="hop-without"),
        pytest.param("country", acting("portProbeAction", **PROBES), (("norway", "no"), ()), id="country-unknown"),
        pytest.param("remote_account_id", acting("awsApiCallAction", remoteAccountDetails={"accountId": THERE}),
                     ((THERE,),), id="remote-account"),
        pytest.param("remote_account_id", acting("awsApiCallAction", api="x"), (), id="no-remote-account"),
        pytest.param("local_port", acting("portProbeAction", **PROBES), (("22",), ()), id="port-of-each-probe"),
        pytest.param("local_port", acting("portProbeAction", blocked=False), ((),), id="probe-without-ports"),
        pytest.param("local_port", acting("networkConnectionAction", connectionDirection="INBOUND",
                                          localPortDetails={"port": 22}), (("22",),), id="inbound"),
        pytest.param("local_port", acting("networkConnectionAction", connectionDirection="INBOUND"), ((),), id="none"),
        *(
            pytest.param("local_port", acting("networkConnectionAction", connectionDirection=direction,
                                              localPortDetails={"port": 22}), ((),), id=f"direction-{direction}")
            for direction in ("OUTBOUND", "UNKNOWN", None)
        ),
    ],
)  # fmt: skip
def test_of_a_finding(condition: str, action: dict[str, Any], things: Things) -> None:
    assert named(condition, {}, action) == things


@pytest.mark.parametrize(
    ("condition", "things"),
    [
        ("actor_ip", (("198.51.100.1",), (), ("198.51.100.9",))),
        ("asn", (("64500",), (), ())),
        ("country", (("norway",), (), ())),
    ],
)
def test_of_a_sequence(condition: str, things: Things) -> None:
    """An endpoint known by its domain alone, and an address observed in a step, are hosts as well."""
    endpoints = [
        {"ip": "198.51.100.1", "location": {"country": "Norway"}, "autonomousSystem": {"number": 64500}},
        {"domain": "c2.example.com"},
    ]
    observed = [{"key": "MALICIOUS_IP", "values": ["198.51.100.1", "198.51.100.9"]}]
    assert named(condition, endpoints=endpoints, sequenceIndicators=observed) == things
