"""A generated organisation: accounts with findings of many kinds, and a few things that come again and again."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from random import Random
from typing import Final, NamedTuple

from chalicelib.finding.event import parse
from chalicelib.finding.model import Account, Finding, Resource, Tag
from chalicelib.rules.quieter import PostedFinding
from tests.rules.offered_cases import CONNECTION, INSTANCE_ID, all_cases, like

HOSTS: Final = "service.action.portProbeAction.portProbeDetails"
STRANGER: Final = f"{CONNECTION}.remoteIpDetails"
VARIANTS: Final = 50
"""Instances, or strangers, of each noisy thing."""

NOISY: Final = 0.18
"""The part of all findings that the noisy things make."""


class Findings(NamedTuple):
    """What an organisation has."""

    posted: list[PostedFinding]
    others: list[tuple[Finding, Account]]


def organisation(accounts: int, findings: int) -> Findings:
    """Make so many findings: one in ten was not posted; of those of no noisy thing, one in fifty is open."""
    random = Random(1)
    made = Findings([], [])
    for number in range(findings):
        noisy = random.random() < NOISY
        finding = _noise(random) if noisy else _background(random, accounts)
        _put(random, made, replace(finding, id=f"{number:032x}"), noisy)
    return made


def one_place(findings: int, tags: int) -> Findings:
    """Make findings that are all of one type in one account, with as many tags as AWS allows: the worst there is."""
    random = Random(1)
    made = Findings([], [])
    probe = probed(0)
    for number in range(findings):
        tagged = (_tagged(probe.resources[0], random, tags), *probe.resources[1:])
        instance = ((f"i-{random.randrange(findings // 5):017x}",),)
        members = {**probe.members, "resource_id": instance}
        finding = replace(probe, id=f"{number:032x}", resources=tagged, members=members)
        _put(random, made, finding, noisy=True)
    return made


def _tagged(resource: Resource, random: Random, tags: int) -> Resource:
    return resource._replace(
        tags=tuple(Tag(f"key-{each}", f"value-{random.randrange(1 + each)}") for each in range(tags))
    )


def _put(random: Random, made: Findings, finding: Finding, noisy: bool) -> None:
    account = Account(name=f"account-{finding.account_id}")
    if random.random() < 0.1:
        made.others.append((finding, account))
    else:
        made.posted.append(PostedFinding(finding, account, open=not noisy and random.random() < 0.02))


@cache
def _kinds() -> Sequence[Finding]:
    return [parse(case.base) for case in all_cases()]


def _background(random: Random, accounts: int) -> Finding:
    """Make a finding of any kind in any account; the first accounts have more."""
    account = f"{1 + int(accounts * random.random() ** 3):012}"
    severity = random.choice((2.0, 5.0, 8.0, 9.5))
    return replace(random.choice(_kinds()), account_id=account, accounts=(account,), severity=severity)


def _noise(random: Random) -> Finding:
    """Make a finding of a scanner of many instances, of an instance that many try, or of a fleet by its tag."""
    return random.choice((probed, tried, fleet))(random.randrange(VARIANTS))


@cache
def probed(number: int) -> Finding:
    """One of many instances, probed by one scanner."""
    host = [{"localPortDetails": {"port": 22}, "remoteIpDetails": {"ipAddressV4": "198.51.100.99"}}]
    return parse(like("ec2-port-probe", {INSTANCE_ID: f"i-{number:017x}", HOSTS: host}))


@cache
def tried(number: int) -> Finding:
    """One instance, tried by one of many strangers."""
    return parse(like("ec2-ssh-brute-force", {STRANGER: {"ipAddressV4": f"203.0.113.{number}"}}))


@cache
def fleet(number: int) -> Finding:
    """One of many instances with a tag, that talks to one of many strangers."""
    tags = [{"key": "fleet", "value": "honeypot"}]
    changes = {INSTANCE_ID: f"i-{number:017x}", "resource.instanceDetails.tags": tags}
    return parse(like("example", {**changes, STRANGER: {"ipAddressV4": f"203.0.113.{number}"}}))
