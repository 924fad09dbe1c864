"""Links to GuardDuty's user guide: only pages and anchors that AWS has."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.finding.model import Finding, Resource
from chalicelib.message.guide_links import remediation_link, type_link
from chalicelib.rules import finding_types
from chalicelib.text import words
from tests.message.common import SSH
from tests.message.guide_pages import CUSTOM_RULES, PAGES, REMEDIES, TYPES

GUIDE = "https://docs.aws.amazon.com/guardduty/latest/ug/"
CUSTOM_PAGE = "findings-custom-detection-rules.html"


def opened(finding: Finding) -> str:
    return type_link(finding, "en").removeprefix(GUIDE)


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_opens_at_its_heading(kind: str) -> None:
    assert opened(replace(SSH, type=kind)) == TYPES[kind]


def test_every_type_that_rules_know_opens_a_page_that_aws_has() -> None:
    known = [kind for kind in finding_types.known().values() if "*" not in kind]
    pages = {opened(replace(SSH, type=kind)).partition("#")[0] for kind in known}
    assert pages <= PAGES - {"guardduty_finding-types-active.html"}


def test_rules_know_every_type_that_is_not_retired() -> None:
    current = {kind for kind, page in TYPES.items() if not page.startswith("guardduty_finding-types-retired")}
    assert not [kind for kind in current if not finding_types.is_known(kind)]


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        pytest.param("New:Thing/Of2027", "guardduty_finding-types-active.html", id="service"),
        pytest.param("Impact:Runtime/Of2027", "findings-runtime-monitoring.html", id="runtime"),
        pytest.param("Impact:Lambda/Of2027", "lambda-protection-finding-types.html", id="lambda"),
        pytest.param("Impact:RDS/Of2027", "findings-rds-protection.html", id="rds"),
        pytest.param(
            "Impact:Kubernetes/AnomalousBehavior.Of2027",
            "guardduty-finding-types-eks-audit-logs.html",
            id="eks",
        ),
        pytest.param("Execution:Thing/MaliciousFile", "findings-malware-protection.html", id="malware"),
        pytest.param("DefenseImpairment:EC2/DisableOrModifyTools", CUSTOM_PAGE, id="purpose-of-custom-rules"),
        pytest.param("", "guardduty_finding-types-active.html", id="empty"),
    ],
)
def test_no_anchor_is_guessed(kind: str, page: str) -> None:
    assert opened(replace(SSH, type=kind)) == page


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        pytest.param(
            "Impact:EC2/Of.2027!DNS", "guardduty_finding-types-ec2.html#impact-ec2-of2027dns", id="ec2"
        ),
        pytest.param(
            "AttackSequence:RDS/NewKindOfHarm",
            "guardduty-attack-sequence-finding-types.html#attack-sequence-rds-new-kind-of-harm",
            id="sequence",
        ),
    ],
)
def test_a_new_type_opens_at_its_heading_where_all_have_one_form(kind: str, page: str) -> None:
    assert opened(replace(SSH, type=kind)) == page


@pytest.mark.parametrize("rule", CUSTOM_RULES)
def test_a_custom_rule_opens_at_its_own_heading(rule: str) -> None:
    """Whatever the finding's type is, which several rules share."""
    finding = replace(SSH, type="Persistence:IAM/AccountManipulation", custom_rule=rule)
    assert opened(finding) == f"{CUSTOM_PAGE}#{CUSTOM_RULES[rule]}"


@pytest.mark.parametrize("rule", ["NewRuleOf2027", "Our discovery rule", "#x\" onclick='y'"])
def test_a_custom_rule_that_we_do_not_know_opens_the_page(rule: str) -> None:
    assert opened(replace(SSH, custom_rule=rule)) == CUSTOM_PAGE


@given(st.text(), st.text())
def test_nothing_but_words_gets_into_an_address(kind: str, rule: str) -> None:
    page, _, anchor = opened(replace(SSH, type=kind, custom_rule=rule)).partition("#")
    assert page in PAGES
    assert not anchor or anchor.replace("-", "").isalnum()


def test_japanese_and_china_have_their_own_guides() -> None:
    chinese = replace(SSH, partition="aws-cn")
    for link in (type_link, remediation_link):
        assert link(SSH, "ja").startswith("https://docs.aws.amazon.com/ja_jp/guardduty/latest/ug/")
        assert link(chinese, "en").startswith("https://docs.amazonaws.cn/en_us/guardduty/latest/ug/")


# --- what to do ---


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        pytest.param("ec2_instance", "compromised-ec2", id="instance"),
        pytest.param("ebs_volume", "compromised-ec2", id="volume"),
        pytest.param("ebs_snapshot", "compromised-snapshot", id="snapshot"),
        pytest.param("ec2_image", "compromised-ami", id="image"),
        pytest.param("s3_bucket", "compromised-s3", id="bucket"),
        pytest.param("s3_object", "compromised-s3object-malware-protection-gdu", id="object"),
        pytest.param("access_key", "compromised-creds", id="key"),
        pytest.param("ecs_task", "compromised-ecs", id="task"),
        pytest.param("container", "remediate-compromised-standalone-container", id="container"),
        pytest.param("kubernetes_workload", "guardduty-remediate-kubernetes", id="workload"),
        pytest.param("lambda_function", "remediate-lambda-protection-finding-types", id="function"),
        pytest.param("rds_instance", "guardduty-remediate-compromised-database-rds", id="database"),
        pytest.param("recovery_point", "compromised-ec2-recoverypoint", id="recovery-point"),
        pytest.param("thing_of_2027", "compromised-ec2", id="by-the-type"),
    ],
)
def test_what_to_do_is_said_of_the_first_resource(kind: str, page: str) -> None:
    things = (Resource(kind, ("a",)), Resource("s3_bucket", ("b",)))
    assert remediation_link(replace(SSH, resources=things), "en") == f"{GUIDE}{page}.html"


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        pytest.param("Execution:S3/MaliciousFile!RecoveryPoint", "compromised-s3-recoverypoint", id="s3"),
        pytest.param("Execution:EC2/MaliciousFile!RecoveryPoint", "compromised-ec2-recoverypoint", id="ec2"),
    ],
)
def test_a_recovery_point_is_one_of_its_service(kind: str, page: str) -> None:
    finding = replace(SSH, type=kind, resources=(Resource("recovery_point", ("a",)),))
    assert remediation_link(finding, "en") == f"{GUIDE}{page}.html"


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        pytest.param(
            "Execution:Runtime/ReverseShell", "guardduty-remediate-runtime-monitoring", id="runtime"
        ),
        pytest.param("AttackSequence:IAM/CompromisedCredentials", "compromised-creds", id="sequence"),
        pytest.param("New:Thing/Of2027", "guardduty_remediate", id="unknown"),
        pytest.param("", "guardduty_remediate", id="empty"),
    ],
)
def test_without_a_resource_the_type_says_what_to_do(kind: str, page: str) -> None:
    assert remediation_link(replace(SSH, type=kind, resources=()), "en") == f"{GUIDE}{page}.html"


@pytest.mark.parametrize("target", ["EC2", "S3", "IAMUser", "Thing"])
@pytest.mark.parametrize("kind", [*words.KINDS, "thing_of_2027"])
def test_every_kind_leads_to_a_page_that_aws_has(kind: str, target: str) -> None:
    finding = replace(SSH, type=f"Impact:{target}/X", resources=(Resource(kind, ("a",)),))
    assert remediation_link(finding, "en").removeprefix(GUIDE) in REMEDIES
