"""GuardDuty's finding types, to know a misspelt one: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-active.html.

The list ages: a type that is not in it is doubted, never refused.
"""

import difflib
from collections.abc import Mapping
from functools import cache
from typing import Final

from chalicelib.rules.patterns import keys

_CALLERS: Final = "MaliciousIPCaller MaliciousIPCaller.Custom TorIPCaller"
_PENTEST: Final = "KaliLinux ParrotLinux PentooLinux"
_DOMAINS: Final = (
    "AbusedDomainRequest.Reputation BitcoinDomainRequest.Reputation MaliciousDomainRequest.Reputation "
    "SuspiciousDomainRequest.Reputation"
)
_MALWARE: Final = "MaliciousFile SuspiciousFile"
_TROJAN: Final = (
    "BlackholeTraffic BlackholeTraffic!DNS DGADomainRequest.C!DNS DriveBySourceTraffic!DNS DropPoint DropPoint!DNS "
    "PhishingDomainRequest!DNS"
)
_BITCOIN: Final = "BitcoinTool.B BitcoinTool.B!DNS"
_COMMAND_AND_CONTROL: Final = "C&CActivity.B C&CActivity.B!DNS"

_TYPES: Final[Mapping[str, str]] = {
    "AttackSequence:EC2/": "CompromisedInstanceGroup",
    "AttackSequence:ECS/": "CompromisedCluster",
    "AttackSequence:EKS/": "CompromisedCluster",
    "AttackSequence:IAM/": "CompromisedCredentials",
    "AttackSequence:S3/": "CompromisedData",
    "Backdoor:EC2/": f"{_COMMAND_AND_CONTROL} DenialOfService.Dns DenialOfService.Tcp DenialOfService.Udp "
    "DenialOfService.UdpOnTcpPorts DenialOfService.UnusualProtocol Spambot",
    "Backdoor:Lambda/": "C&CActivity.B",
    "Backdoor:Runtime/": _COMMAND_AND_CONTROL,
    "Behavior:EC2/": "NetworkPortUnusual TrafficVolumeUnusual",
    "CredentialAccess:IAMUser/": "AnomalousBehavior CompromisedCredentials",
    "CredentialAccess:Kubernetes/": f"AnomalousBehavior.SecretsAccessed SuccessfulAnonymousAccess {_CALLERS}",
    "CredentialAccess:RDS/": "AnomalousBehavior.FailedLogin AnomalousBehavior.SuccessfulBruteForce "
    "AnomalousBehavior.SuccessfulLogin MaliciousIPCaller.FailedLogin MaliciousIPCaller.SuccessfulLogin "
    "TorIPCaller.FailedLogin TorIPCaller.SuccessfulLogin",
    "CryptoCurrency:EC2/": _BITCOIN,
    "CryptoCurrency:Lambda/": "BitcoinTool.B",
    "CryptoCurrency:Runtime/": _BITCOIN,
    "DefenseEvasion:EC2/": "UnusualDNSResolver UnusualDoHActivity UnusualDoTActivity",
    "DefenseEvasion:IAMUser/": "AnomalousBehavior BedrockLoggingDisabled",
    "DefenseEvasion:Kubernetes/": f"SuccessfulAnonymousAccess {_CALLERS}",
    "DefenseEvasion:Runtime/": "FilelessExecution KernelModuleLoaded ProcessInjection.Proc ProcessInjection.Ptrace "
    "ProcessInjection.VirtualMemoryWrite PtraceAntiDebugging SensitiveFileModified SuspiciousCommand",
    "Discovery:IAMUser/": "AnomalousBehavior",
    "Discovery:Kubernetes/": f"AnomalousBehavior.PermissionChecked SuccessfulAnonymousAccess {_CALLERS}",
    "Discovery:RDS/": "MaliciousIPCaller TorIPCaller",
    "Discovery:Runtime/": "RevokedCredential SuspiciousCommand",
    "Discovery:S3/": f"AnomalousBehavior {_CALLERS}",
    "Execution:Container/": _MALWARE,
    "Execution:EC2/": f"{_MALWARE} MaliciousFile!AMI MaliciousFile!RecoveryPoint MaliciousFile!Snapshot",
    "Execution:ECS/": _MALWARE,
    "Execution:Kubernetes/": f"AnomalousBehavior.ExecInPod AnomalousBehavior.WorkloadDeployed ExecInKubeSystemPod "
    f"{_MALWARE}",
    "Execution:Runtime/": "MaliciousFileExecuted MaliciousFileExecuted.Custom NewBinaryExecuted NewLibraryLoaded "
    "ReverseShell SuspiciousCommand SuspiciousShellCreated SuspiciousTool",
    "Execution:S3/": "MaliciousFile!RecoveryPoint",
    "Exfiltration:IAMUser/": "AnomalousBehavior",
    "Exfiltration:S3/": "AnomalousBehavior MaliciousIPCaller",
    "Impact:EC2/": f"{_DOMAINS} MaliciousDomainRequest.Custom PortSweep WinRMBruteForce",
    "Impact:IAMUser/": "AnomalousBehavior AnomalousModelInvocation BedrockGuardrailTampering CostHarvesting "
    "PromptInjection.Direct",
    "Impact:Kubernetes/": f"SuccessfulAnonymousAccess {_CALLERS}",
    "Impact:Runtime/": f"{_DOMAINS} CryptoMinerExecuted",
    "Impact:S3/": "AnomalousBehavior.Delete AnomalousBehavior.Permission AnomalousBehavior.Write MaliciousIPCaller",
    "InitialAccess:IAMUser/": "AnomalousBehavior",
    "Object:S3/": "MaliciousFile",
    "PenTest:IAMUser/": _PENTEST,
    "PenTest:S3/": _PENTEST,
    "Persistence:IAMUser/": "AnomalousBehavior",
    "Persistence:Kubernetes/": "ContainerWithSensitiveMount SuccessfulAnonymousAccess "
    f"AnomalousBehavior.WorkloadDeployed!ContainerWithSensitiveMount {_CALLERS}",
    "Persistence:Runtime/": "SensitiveFileModified SuspiciousCommand",
    "Policy:IAMUser/": "RootCredentialUsage ShortTermRootCredentialUsage",
    "Policy:Kubernetes/": "AdminAccessToDefaultServiceAccount AnonymousAccessGranted ExposedDashboard "
    "KubeflowDashboardExposed",
    "Policy:S3/": "AccountBlockPublicAccessDisabled BucketAnonymousAccessGranted BucketBlockPublicAccessDisabled "
    "BucketPublicAccessGranted",
    "PrivilegeEscalation:IAMUser/": "AnomalousBehavior",
    "PrivilegeEscalation:Kubernetes/": "AnomalousBehavior.RoleBindingCreated AnomalousBehavior.RoleCreated "
    "AnomalousBehavior.WorkloadDeployed!PrivilegedContainer PrivilegedContainer",
    "PrivilegeEscalation:Runtime/": "CGroupsReleaseAgentModified ContainerMountsHostDirectory DockerSocketAccessed "
    "ElevationToRoot RuncContainerEscape SensitiveFileModified SuspiciousCommand UserfaultfdUsage",
    "Recon:EC2/": "PortProbeEMRUnprotectedPort PortProbeUnprotectedPort Portscan",
    "Recon:IAMUser/": f"{_CALLERS} UserPermissions NetworkPermissions ResourcePermissions",
    "Stealth:IAMUser/": "CloudTrailLoggingDisabled PasswordPolicyChange",
    "Stealth:S3/": "ServerAccessLoggingDisabled",
    "Trojan:EC2/": f"{_TROJAN} DGADomainRequest.B DNSDataExfiltration",
    "Trojan:Lambda/": "BlackholeTraffic DropPoint",
    "Trojan:Runtime/": _TROJAN,
    "UnauthorizedAccess:EC2/": "MaliciousIPCaller.Custom MetadataDNSRebind RDPBruteForce SSHBruteForce TorClient "
    "TorRelay",
    "UnauthorizedAccess:IAMUser/": "ConsoleLogin ConsoleLoginSuccess.B InstanceCredentialExfiltration.InsideAWS "
    "InstanceCredentialExfiltration.OutsideAWS ResourceCredentialExfiltration.InsideAWS "
    f"ResourceCredentialExfiltration.OutsideAWS {_CALLERS}",
    "UnauthorizedAccess:Lambda/": "MaliciousIPCaller.Custom TorClient TorRelay",
    "UnauthorizedAccess:Runtime/": "MetadataDNSRebind TorClient TorRelay",
    "UnauthorizedAccess:S3/": "MaliciousIPCaller.Custom TorIPCaller",
}
"""What stands behind each purpose and service."""


@cache
def known() -> Mapping[str, str]:
    """Return every partition key of every known type, by itself in small letters."""
    types = (f"{head}{tail}" for head, tails in _TYPES.items() for tail in tails.split())
    return {key.lower(): key for finding_type in types for key in keys(finding_type)}


def in_right_case(finding_type: str) -> str:
    """Return how a known type or pattern is spelt, where only the letters' case is wrong; else nothing."""
    right = known().get(finding_type.lower(), finding_type)
    return "" if right == finding_type else right


def is_known(finding_type: str) -> bool:
    """Whether a known type has this partition key."""
    return known().get(finding_type.lower()) == finding_type


def nearest(finding_type: str) -> str:
    """Return the known type or pattern that is most like one that is not known; nothing where none is like it."""
    if is_known(finding_type):
        return ""
    near = difflib.get_close_matches(finding_type[:200].lower(), known(), n=1, cutoff=0.7)
    return known()[near[0]] if near else ""
