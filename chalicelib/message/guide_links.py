"""Addresses of pages in GuardDuty's user guide, or the team's own: what a finding type is, and what to do.

Only anchors that AWS is known to have, or a page on which all of them have one form: any other finding leads to the
top of its page. The anchors are those of AWS's own table of links, and of the pages' own lists of topics:
https://docs.aws.amazon.com/guardduty/latest/ug/securityhub-integration.html
"""

import re
from collections.abc import Mapping
from functools import cache
from urllib.parse import quote

from chalicelib.finding.model import Finding
from chalicelib.message.console_links import URL_LIMIT
from chalicelib.text import words

_ALL_TYPES = "guardduty_finding-types-active"
_SEQUENCES = "guardduty-attack-sequence-finding-types"
_CUSTOM_RULES = "findings-custom-detection-rules"
_AI = "findings-ai-protection"
_KUBERNETES = "guardduty-finding-types-eks-audit-logs"
_RUNTIME = "findings-runtime-monitoring"
_RDS = "findings-rds-protection"
_LAMBDA = "lambda-protection-finding-types"
_MALWARE = "findings-malware-protection"
_BACKUP = "findings-malware-protection-backup"
_RETIRED = "guardduty_finding-types-retired"

_PAGES = {
    "EC2": "guardduty_finding-types-ec2",
    "IAMUser": "guardduty_finding-types-iam",
    "S3": "guardduty_finding-types-s3",
    "Kubernetes": _KUBERNETES,
    "Runtime": _RUNTIME,
    "RDS": _RDS,
    "Lambda": _LAMBDA,
}
_IN_ONE_FORM = {"EC2", "IAMUser", "S3"}
"""Whose page names each heading as its type, with few exceptions."""

_FILES = ("MaliciousFile", "SuspiciousFile")
_SCANNED = {"EC2", "ECS", "Kubernetes", "Container"}
_BACKUPS = {"Snapshot", "AMI", "RecoveryPoint"}

_OF_CUSTOM_RULES_ALONE = {"DefenseImpairment", "LateralMovement", "ResourceDevelopment"}
"""Purposes that only custom detection rules have."""

_LISTED = {
    _AI: "ai-protection-anomalousmodelinvocation ai-protection-costharvesting ai-protection-promptinjection-direct",
    _RUNTIME: "backdoor-runtime-ccactivityb backdoor-runtime-ccactivitybdns cryptocurrency-runtime-bitcointoolb "
    "cryptocurrency-runtime-bitcointoolbdns defenseevasion-runtime-kernelmoduleloaded "
    "defense-evasion-runtime-sensitive-file-modified defenseevasion-runtime-suspicious-command "
    "discovery-runtime-suspicious-command execution-runtime-malicious-file-executed-custom "
    "execution-runtime-newbinaryexecuted execution-runtime-newlibraryloaded execution-runtime-reverseshell "
    "execution-runtime-suspiciouscommand execution-runtime-suspicious-shell-created "
    "execution-runtime-suspicioustool impact-runtime-abuseddomainrequestreputation "
    "impact-runtime-bitcoindomainrequestreputation impact-runtime-cryptominerexecuted "
    "impact-runtime-maliciousdomainrequestreputation impact-runtime-suspiciousdomainrequestreputation "
    "persistence-runtime-sensitive-file-modified persistence-runtime-suspicious-command "
    "privilege-escalation-runtime-sensitive-file-modified privilege-escalation-runtime-suspicious-command "
    "trojan-runtime-blackholetraffic trojan-runtime-blackholetrafficdns trojan-runtime-dgadomainrequestcdns "
    "trojan-runtime-drivebysourcetrafficdns trojan-runtime-droppoint trojan-runtime-droppointdns "
    "trojan-runtime-phishingdomainrequestdns unauthorizedaccess-runtime-metadatadnsrebind "
    "unauthorizedaccess-runtime-torclient unauthorizedaccess-runtime-torrelay",
    _RDS: "discovery-rds-maliciousipcaller discovery-rds-toripcaller",
    _LAMBDA: "backdoor-lambda-ccactivity-b cryptocurrency-lambda-bitcointool-b trojan-lambda-blackhole-traffic "
    "trojan-lambda-drop-point unauthorized-access-lambda-maliciousIPcaller-custom "
    "unauthorized-access-lambda-tor-client unauthorized-access-lambda-tor-relay",
    _RETIRED: "discovery-s3-bucketenumerationunusual exfiltration-s3-objectreadunusual impact-s3-objectdeleteunusual "
    "impact-s3-permissionsmodificationunusual persistence-iam-networkpermissions "
    "persistence-iam-resourcepermissions persistence-iam-userpermissions "
    "persistence-kubernetes-containerwithsensitivemount privilegeescalation-iam-administrativepermissions "
    "privilegeescalation-kubernetes-privilegedcontainer recon-iam-networkpermissions "
    "recon-iam-resourcepermissions recon-iam-userpermissions resourceconsumption-iam-computeresources "
    "stealth-iam-loggingconfigurationmodified unauthorizedaccess-iam-consolelogin",
    _CUSTOM_RULES: "cdr-admin-policy-attached-to-role cdr-admin-policy-attached-to-user cdr-ami-external-access "
    "cdr-bedrock-service-credential-created cdr-console-login-without-mfa cdr-dns-query-logs-deleted "
    "cdr-ebs-snapshot-external-access cdr-ec2-instance-ssh-key-pushed cdr-ec2-password-data-retrieved "
    "cdr-ec2-security-group-public-ssh cdr-ec2-termination-protection-enabled cdr-ec2-user-data-modified "
    "cdr-iam-access-key-created cdr-iam-role-trust-policy-modified cdr-iam-user-login-profile-created "
    "cdr-iam-user-login-profile-updated cdr-lambda-function-public-access "
    "cdr-lambda-function-url-public-access cdr-organization-leave-attempt cdr-organization-policy-disabled "
    "cdr-rds-iam-auth-disabled cdr-rds-master-password-reset cdr-rds-publicly-accessible "
    "cdr-rds-snapshot-publicly-shared cdr-rolesanywhere-trust-anchor-created "
    "cdr-s3-bucket-policy-external-access cdr-s3-customer-provided-keys-enabled "
    "cdr-s3-lifecycle-rapid-expiration cdr-sagemaker-lifecycle-config-modified "
    "cdr-ses-account-sending-enabled cdr-ses-domain-identity-verified "
    "cdr-ses-full-access-policy-attached-to-role cdr-ses-full-access-policy-attached-to-user "
    "cdr-ses-production-access-enabled cdr-vpc-flow-logs-deleted",
}
"""Anchors of pages that name their headings now so, now so: without their hyphens they read as the type."""

_ABBREVIATED = {
    "Object:S3/MaliciousFile": "gdu-malware-protection-s3-finding-types#s3-object-s3-malicious-file",
    "DefenseEvasion:EC2/UnusualDoHActivity": "guardduty_finding-types-ec2#defenseevasion-ec2-unsualdohactivity",
    "Impact:EC2/MaliciousDomainRequest.Custom": "guardduty_finding-types-ec2#"
    "impact-ec2-maliciousdomainrequest-custom",
    "Policy:IAMUser/ShortTermRootCredentialUsage": "guardduty_finding-types-iam#"
    "policy-iam-user-short-term-root-credential-usage",
    "Impact:S3/AnomalousBehavior.Delete": "guardduty_finding-types-s3#impact-s3-anomalousbehavior-delete",
    "Impact:S3/AnomalousBehavior.Permission": "guardduty_finding-types-s3#impact-s3-anomalousbehavior-permission",
    "Impact:S3/AnomalousBehavior.Write": "guardduty_finding-types-s3#impact-s3-anomalousbehavior-write",
    "CredentialAccess:Kubernetes/AnomalousBehavior.SecretsAccessed": f"{_KUBERNETES}#"
    "credaccess-kubernetes-anomalousbehavior-secretsaccessed",
    "Discovery:Kubernetes/AnomalousBehavior.PermissionChecked": f"{_KUBERNETES}#"
    "discovery-kubernetes-anomalousbehavrior-permissionchecked",
    "Execution:Kubernetes/AnomalousBehavior.ExecInPod": f"{_KUBERNETES}#"
    "execution-kubernetes-anomalousbehvaior-execinprod",
    "Execution:Kubernetes/AnomalousBehavior.WorkloadDeployed": f"{_KUBERNETES}#"
    "exec-kubernetes-anomalousbehavior-workloaddeployed",
    "Persistence:Kubernetes/AnomalousBehavior.WorkloadDeployed!ContainerWithSensitiveMount": f"{_KUBERNETES}#"
    "privesc-kubernetes-anomalousbehavior-workloaddeployed-containerwithsensitivemount",
    "PrivilegeEscalation:Kubernetes/AnomalousBehavior.RoleBindingCreated": f"{_KUBERNETES}#"
    "privesc-kubernetes-anomalousbehavior-rolebindingcreated",
    "PrivilegeEscalation:Kubernetes/AnomalousBehavior.RoleCreated": f"{_KUBERNETES}#"
    "privesc-kubernetes-anomalousbehavior-rolecreated",
    "PrivilegeEscalation:Kubernetes/AnomalousBehavior.WorkloadDeployed!PrivilegedContainer": f"{_KUBERNETES}#"
    "privesc-kubernetes-anomalousbehavior-workloaddeployed-privcontainer",
    "CredentialAccess:RDS/AnomalousBehavior.FailedLogin": f"{_RDS}#credaccess-rds-anombehavior-failedlogin",
    "CredentialAccess:RDS/AnomalousBehavior.SuccessfulBruteForce": f"{_RDS}#"
    "credaccess-rds-anombehavior-successfulbruteforce",
    "CredentialAccess:RDS/AnomalousBehavior.SuccessfulLogin": f"{_RDS}#credaccess-rds-anombehavior-successlogin",
    "CredentialAccess:RDS/MaliciousIPCaller.FailedLogin": f"{_RDS}#credaccess-rds-maliciousipcaller-failedlogin",
    "CredentialAccess:RDS/MaliciousIPCaller.SuccessfulLogin": f"{_RDS}#"
    "credaccess-rds-maliciousipcaller-successfullogin",
    "CredentialAccess:RDS/TorIPCaller.FailedLogin": f"{_RDS}#credaccess-rds-toripcaller-failedlogin",
    "CredentialAccess:RDS/TorIPCaller.SuccessfulLogin": f"{_RDS}#credaccess-rds-toripcaller-successfullogin",
    "DefenseEvasion:Runtime/FilelessExecution": f"{_RUNTIME}#defenseeva-runtime-filelessexecution",
    "DefenseEvasion:Runtime/ProcessInjection.Proc": f"{_RUNTIME}#defenseeva-runtime-processinjectionproc",
    "DefenseEvasion:Runtime/ProcessInjection.Ptrace": f"{_RUNTIME}#defenseeva-runtime-processinjectionptrace",
    "DefenseEvasion:Runtime/ProcessInjection.VirtualMemoryWrite": f"{_RUNTIME}#"
    "defenseeva-runtime-processinjectionvirtualmemw",
    "DefenseEvasion:Runtime/PtraceAntiDebugging": f"{_RUNTIME}#defenseevasion-runtime-ptrace-anti-debug",
    "Execution:Runtime/MaliciousFileExecuted": f"{_RUNTIME}#execution-runtime-malicious-file-executed",
    "PrivilegeEscalation:Runtime/CGroupsReleaseAgentModified": f"{_RETIRED}#"
    "privilegeesc-runtime-cgroupsreleaseagentmodified",
    "PrivilegeEscalation:Runtime/ContainerMountsHostDirectory": f"{_RETIRED}#"
    "privilegeesc-runtime-containermountshostdirectory",
    "PrivilegeEscalation:Runtime/DockerSocketAccessed": f"{_RETIRED}#privilegeesc-runtime-dockersocketaccessed",
    "PrivilegeEscalation:Runtime/ElevationToRoot": f"{_RETIRED}#privilegeesc-runtime-elevation-to-root",
    "PrivilegeEscalation:Runtime/RuncContainerEscape": f"{_RETIRED}#privilegeesc-runtime-runccontainerescape",
    "PrivilegeEscalation:Runtime/UserfaultfdUsage": f"{_RETIRED}#privilegeesc-runtime-userfaultfdusage",
}
"""Where an anchor does not read as its type, AWS's slips among them."""

_REMEDIES = {
    "ec2_instance": "compromised-ec2",
    "ec2_network_interface": "compromised-ec2",
    "ec2_launch_template": "compromised-ec2",
    "autoscaling_auto_scaling_group": "compromised-ec2",
    "ebs_volume": "compromised-ec2",
    "ebs_snapshot": "compromised-snapshot",
    "ec2_image": "compromised-ami",
    "s3_bucket": "compromised-s3",
    "s3_object": "compromised-s3object-malware-protection-gdu",
    "access_key": "compromised-creds",
    "iam_instance_profile": "compromised-creds",
    "ecs_cluster": "compromised-ecs",
    "ecs_task": "compromised-ecs",
    "container": "remediate-compromised-standalone-container",
    "eks_cluster": "guardduty-remediate-kubernetes",
    "kubernetes_user": "guardduty-remediate-kubernetes",
    "kubernetes_workload": "guardduty-remediate-kubernetes",
    "lambda_function": "remediate-lambda-protection-finding-types",
    "rds_instance": "guardduty-remediate-compromised-database-rds",
    "rds_limitless": "guardduty-remediate-compromised-database-rds",
    "rds_user": "guardduty-remediate-compromised-database-rds",
}
"""What to do, by a resource's kind; a recovery point's page is its service's."""

_REMEDIES_BY_TARGET = {
    "EC2": "compromised-ec2",
    "IAMUser": "compromised-creds",
    "IAM": "compromised-creds",
    "S3": "compromised-s3",
    "ECS": "compromised-ecs",
    "EKS": "guardduty-remediate-kubernetes",
    "Kubernetes": "guardduty-remediate-kubernetes",
    "Container": "remediate-compromised-standalone-container",
    "Runtime": "guardduty-remediate-runtime-monitoring",
    "RDS": "guardduty-remediate-compromised-database-rds",
    "Lambda": "remediate-lambda-protection-finding-types",
}
"""The same for a finding whose resource has none of these kinds, by its type."""


def type_link(finding: Finding, language: str) -> str:
    """Build the address of AWS's page on a finding type, at its heading where that is known."""
    page, anchor = _custom(finding.custom_rule) if finding.custom_rule else _place(finding.type)
    return f"{_guide(finding, language)}{page}.html" + (f"#{anchor}" if anchor else "")


def remediation_link(finding: Finding, language: str) -> str:
    """Build the address of AWS's page on what to do about a finding, by the kind of its first resource."""
    _, target, _ = _parts(finding.type)
    kind = finding.resources[0].kind if finding.resources else ""
    if kind == "recovery_point":
        page = "compromised-s3-recoverypoint" if target == "S3" else "compromised-ec2-recoverypoint"
    else:
        page = _REMEDIES.get(kind) or _REMEDIES_BY_TARGET.get(target, "guardduty_remediate")
    return f"{_guide(finding, language)}{page}.html"


def runbook_link(runbook: str, finding: Finding) -> str:
    """Fill the finding's type into the address of a runbook; "" where it gets too long for a button."""
    kind = quote(finding.type[:200].encode("utf-8", "replace"), safe="")
    link = runbook.replace("{type}", kind)
    return link if len(link) <= URL_LIMIT else ""


def _guide(finding: Finding, language: str) -> str:
    china = finding.partition == "aws-cn"
    return words.catalogue(language).links["user_guide_china" if china else "user_guide"]


def _custom(rule: str) -> tuple[str, str]:
    """Find the heading of a custom detection rule: AWS names it by the rule, not by the type."""
    return _listed().get(f"cdr{_squeezed(rule)}", (_CUSTOM_RULES, ""))


def _place(finding_type: str) -> tuple[str, str]:
    if finding_type in _ABBREVIATED:
        page, _, anchor = _ABBREVIATED[finding_type].partition("#")
        return page, anchor
    purpose, target, threat = _parts(finding_type)
    name = f"{purpose}-{target.replace('IAMUser', 'IAM')}-"
    listed = _listed()
    # AI Protection's types look as IAM's; its page names them by the threat alone.
    found = listed.get(_squeezed(name + threat)) or (
        listed.get(f"aiprotection{_squeezed(threat)}") if target == "IAMUser" else None
    )
    return found or _in_form(purpose, target, threat, name)


def _in_form(purpose: str, target: str, threat: str, name: str) -> tuple[str, str]:
    """Build the anchor where all of a page have one form; else there is none."""
    if purpose == "AttackSequence":
        return _SEQUENCES, f"attack-sequence-{target.lower()}-{_hyphenated(threat)}"
    if purpose in _OF_CUSTOM_RULES_ALONE:
        return _CUSTOM_RULES, ""
    if threat.startswith(_FILES) and target != "Runtime":
        backup = threat.partition("!")[2] in _BACKUPS
        anchor = _clean(f"execution-malware-{target}-{threat.replace('!', '-')}")
        return (_BACKUP if backup else _MALWARE), anchor if backup or target in _SCANNED else ""
    regular = target in _IN_ONE_FORM or (
        target == "Kubernetes" and not threat.startswith("AnomalousBehavior")
    )
    return _PAGES.get(target, _ALL_TYPES), _clean(name + threat) if regular else ""


def _parts(finding_type: str) -> tuple[str, str, str]:
    """Take a type apart: purpose, target, threat."""
    purpose, _, rest = finding_type[:200].partition(":")
    target, _, threat = rest.partition("/")
    return purpose, target, threat


@cache
def _listed() -> Mapping[str, tuple[str, str]]:
    return {
        _squeezed(anchor): (page, anchor) for page, anchors in _LISTED.items() for anchor in anchors.split()
    }


def _squeezed(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text[:200].lower())


def _clean(text: str) -> str:
    return re.sub(r"[^a-z0-9-]", "", text.lower())


def _hyphenated(text: str) -> str:
    return _clean(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", text))
