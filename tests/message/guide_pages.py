"""What is known of the pages of GuardDuty's user guide: each finding type's heading, and what to do.

From AWS's table (https://docs.aws.amazon.com/guardduty/latest/ug/securityhub-integration.html) and the lists of
topics on the pages themselves. AWS abbreviates some headings, and misspells some.
"""

from collections.abc import Mapping

_HEADINGS = {
    "guardduty-attack-sequence-finding-types": """
        AttackSequence:EC2/CompromisedInstanceGroup attack-sequence-ec2-compromised-instance-group
        AttackSequence:ECS/CompromisedCluster attack-sequence-ecs-compromised-cluster
        AttackSequence:EKS/CompromisedCluster attack-sequence-eks-compromised-cluster
        AttackSequence:IAM/CompromisedCredentials attack-sequence-iam-compromised-credentials
        AttackSequence:S3/CompromisedData attack-sequence-s3-compromised-data
    """,
    "findings-ai-protection": """
        Impact:IAMUser/AnomalousModelInvocation ai-protection-anomalousmodelinvocation
        Impact:IAMUser/CostHarvesting ai-protection-costharvesting
        Impact:IAMUser/PromptInjection.Direct ai-protection-promptinjection-direct
    """,
    "guardduty_finding-types-ec2": """
        Backdoor:EC2/C&CActivity.B backdoor-ec2-ccactivityb
        Backdoor:EC2/C&CActivity.B!DNS backdoor-ec2-ccactivitybdns
        Backdoor:EC2/DenialOfService.Dns backdoor-ec2-denialofservicedns
        Backdoor:EC2/DenialOfService.Tcp backdoor-ec2-denialofservicetcp
        Backdoor:EC2/DenialOfService.Udp backdoor-ec2-denialofserviceudp
        Backdoor:EC2/DenialOfService.UdpOnTcpPorts backdoor-ec2-denialofserviceudpontcpports
        Backdoor:EC2/DenialOfService.UnusualProtocol backdoor-ec2-denialofserviceunusualprotocol
        Backdoor:EC2/Spambot backdoor-ec2-spambot
        Behavior:EC2/NetworkPortUnusual behavior-ec2-networkportunusual
        Behavior:EC2/TrafficVolumeUnusual behavior-ec2-trafficvolumeunusual
        CryptoCurrency:EC2/BitcoinTool.B cryptocurrency-ec2-bitcointoolb
        CryptoCurrency:EC2/BitcoinTool.B!DNS cryptocurrency-ec2-bitcointoolbdns
        DefenseEvasion:EC2/UnusualDNSResolver defenseevasion-ec2-unusualdnsresolver
        DefenseEvasion:EC2/UnusualDoHActivity defenseevasion-ec2-unsualdohactivity
        DefenseEvasion:EC2/UnusualDoTActivity defenseevasion-ec2-unusualdotactivity
        Impact:EC2/AbusedDomainRequest.Reputation impact-ec2-abuseddomainrequestreputation
        Impact:EC2/BitcoinDomainRequest.Reputation impact-ec2-bitcoindomainrequestreputation
        Impact:EC2/MaliciousDomainRequest.Custom impact-ec2-maliciousdomainrequest-custom
        Impact:EC2/MaliciousDomainRequest.Reputation impact-ec2-maliciousdomainrequestreputation
        Impact:EC2/PortSweep impact-ec2-portsweep
        Impact:EC2/SuspiciousDomainRequest.Reputation impact-ec2-suspiciousdomainrequestreputation
        Impact:EC2/WinRMBruteForce impact-ec2-winrmbruteforce
        Recon:EC2/PortProbeEMRUnprotectedPort recon-ec2-portprobeemrunprotectedport
        Recon:EC2/PortProbeUnprotectedPort recon-ec2-portprobeunprotectedport
        Recon:EC2/Portscan recon-ec2-portscan
        Trojan:EC2/BlackholeTraffic trojan-ec2-blackholetraffic
        Trojan:EC2/BlackholeTraffic!DNS trojan-ec2-blackholetrafficdns
        Trojan:EC2/DGADomainRequest.B trojan-ec2-dgadomainrequestb
        Trojan:EC2/DGADomainRequest.C!DNS trojan-ec2-dgadomainrequestcdns
        Trojan:EC2/DNSDataExfiltration trojan-ec2-dnsdataexfiltration
        Trojan:EC2/DriveBySourceTraffic!DNS trojan-ec2-drivebysourcetrafficdns
        Trojan:EC2/DropPoint trojan-ec2-droppoint
        Trojan:EC2/DropPoint!DNS trojan-ec2-droppointdns
        Trojan:EC2/PhishingDomainRequest!DNS trojan-ec2-phishingdomainrequestdns
        UnauthorizedAccess:EC2/MaliciousIPCaller.Custom unauthorizedaccess-ec2-maliciousipcallercustom
        UnauthorizedAccess:EC2/MetadataDNSRebind unauthorizedaccess-ec2-metadatadnsrebind
        UnauthorizedAccess:EC2/RDPBruteForce unauthorizedaccess-ec2-rdpbruteforce
        UnauthorizedAccess:EC2/SSHBruteForce unauthorizedaccess-ec2-sshbruteforce
        UnauthorizedAccess:EC2/TorClient unauthorizedaccess-ec2-torclient
        UnauthorizedAccess:EC2/TorRelay unauthorizedaccess-ec2-torrelay
    """,
    "guardduty_finding-types-iam": """
        CredentialAccess:IAMUser/AnomalousBehavior credentialaccess-iam-anomalousbehavior
        CredentialAccess:IAMUser/CompromisedCredentials credentialaccess-iam-compromisedcredentials
        DefenseEvasion:IAMUser/AnomalousBehavior defenseevasion-iam-anomalousbehavior
        DefenseEvasion:IAMUser/BedrockLoggingDisabled defenseevasion-iam-bedrockloggingdisabled
        Discovery:IAMUser/AnomalousBehavior discovery-iam-anomalousbehavior
        Exfiltration:IAMUser/AnomalousBehavior exfiltration-iam-anomalousbehavior
        Impact:IAMUser/AnomalousBehavior impact-iam-anomalousbehavior
        InitialAccess:IAMUser/AnomalousBehavior initialaccess-iam-anomalousbehavior
        PenTest:IAMUser/KaliLinux pentest-iam-kalilinux
        PenTest:IAMUser/ParrotLinux pentest-iam-parrotlinux
        PenTest:IAMUser/PentooLinux pentest-iam-pentoolinux
        Persistence:IAMUser/AnomalousBehavior persistence-iam-anomalousbehavior
        Policy:IAMUser/RootCredentialUsage policy-iam-rootcredentialusage
        Policy:IAMUser/ShortTermRootCredentialUsage policy-iam-user-short-term-root-credential-usage
        PrivilegeEscalation:IAMUser/AnomalousBehavior privilegeescalation-iam-anomalousbehavior
        Recon:IAMUser/MaliciousIPCaller recon-iam-maliciousipcaller
        Recon:IAMUser/MaliciousIPCaller.Custom recon-iam-maliciousipcallercustom
        Recon:IAMUser/TorIPCaller recon-iam-toripcaller
        Stealth:IAMUser/CloudTrailLoggingDisabled stealth-iam-cloudtrailloggingdisabled
        Stealth:IAMUser/PasswordPolicyChange stealth-iam-passwordpolicychange
        UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B unauthorizedaccess-iam-consoleloginsuccessb
        UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.InsideAWS \
unauthorizedaccess-iam-instancecredentialexfiltrationinsideaws
        UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS \
unauthorizedaccess-iam-instancecredentialexfiltrationoutsideaws
        UnauthorizedAccess:IAMUser/MaliciousIPCaller unauthorizedaccess-iam-maliciousipcaller
        UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom unauthorizedaccess-iam-maliciousipcallercustom
        UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration.InsideAWS \
unauthorizedaccess-iam-resourcecredentialexfiltrationinsideaws
        UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration.OutsideAWS \
unauthorizedaccess-iam-resourcecredentialexfiltrationoutsideaws
        UnauthorizedAccess:IAMUser/TorIPCaller unauthorizedaccess-iam-toripcaller
    """,
    "guardduty_finding-types-s3": """
        Discovery:S3/AnomalousBehavior discovery-s3-anomalousbehavior
        Discovery:S3/MaliciousIPCaller discovery-s3-maliciousipcaller
        Discovery:S3/MaliciousIPCaller.Custom discovery-s3-maliciousipcallercustom
        Discovery:S3/TorIPCaller discovery-s3-toripcaller
        Exfiltration:S3/AnomalousBehavior exfiltration-s3-anomalousbehavior
        Exfiltration:S3/MaliciousIPCaller exfiltration-s3-maliciousipcaller
        Impact:S3/AnomalousBehavior.Delete impact-s3-anomalousbehavior-delete
        Impact:S3/AnomalousBehavior.Permission impact-s3-anomalousbehavior-permission
        Impact:S3/AnomalousBehavior.Write impact-s3-anomalousbehavior-write
        Impact:S3/MaliciousIPCaller impact-s3-maliciousipcaller
        PenTest:S3/KaliLinux pentest-s3-kalilinux
        PenTest:S3/ParrotLinux pentest-s3-parrotlinux
        PenTest:S3/PentooLinux pentest-s3-pentoolinux
        Policy:S3/AccountBlockPublicAccessDisabled policy-s3-accountblockpublicaccessdisabled
        Policy:S3/BucketAnonymousAccessGranted policy-s3-bucketanonymousaccessgranted
        Policy:S3/BucketBlockPublicAccessDisabled policy-s3-bucketblockpublicaccessdisabled
        Policy:S3/BucketPublicAccessGranted policy-s3-bucketpublicaccessgranted
        Stealth:S3/ServerAccessLoggingDisabled stealth-s3-serveraccessloggingdisabled
        UnauthorizedAccess:S3/MaliciousIPCaller.Custom unauthorizedaccess-s3-maliciousipcallercustom
        UnauthorizedAccess:S3/TorIPCaller unauthorizedaccess-s3-toripcaller
    """,
    "guardduty-finding-types-eks-audit-logs": """
        CredentialAccess:Kubernetes/AnomalousBehavior.SecretsAccessed \
credaccess-kubernetes-anomalousbehavior-secretsaccessed
        CredentialAccess:Kubernetes/MaliciousIPCaller credentialaccess-kubernetes-maliciousipcaller
        CredentialAccess:Kubernetes/MaliciousIPCaller.Custom credentialaccess-kubernetes-maliciousipcallercustom
        CredentialAccess:Kubernetes/SuccessfulAnonymousAccess \
credentialaccess-kubernetes-successfulanonymousaccess
        CredentialAccess:Kubernetes/TorIPCaller credentialaccess-kubernetes-toripcaller
        DefenseEvasion:Kubernetes/MaliciousIPCaller defenseevasion-kubernetes-maliciousipcaller
        DefenseEvasion:Kubernetes/MaliciousIPCaller.Custom defenseevasion-kubernetes-maliciousipcallercustom
        DefenseEvasion:Kubernetes/SuccessfulAnonymousAccess defenseevasion-kubernetes-successfulanonymousaccess
        DefenseEvasion:Kubernetes/TorIPCaller defenseevasion-kubernetes-toripcaller
        Discovery:Kubernetes/AnomalousBehavior.PermissionChecked \
discovery-kubernetes-anomalousbehavrior-permissionchecked
        Discovery:Kubernetes/MaliciousIPCaller discovery-kubernetes-maliciousipcaller
        Discovery:Kubernetes/MaliciousIPCaller.Custom discovery-kubernetes-maliciousipcallercustom
        Discovery:Kubernetes/SuccessfulAnonymousAccess discovery-kubernetes-successfulanonymousaccess
        Discovery:Kubernetes/TorIPCaller discovery-kubernetes-toripcaller
        Execution:Kubernetes/AnomalousBehavior.ExecInPod execution-kubernetes-anomalousbehvaior-execinprod
        Execution:Kubernetes/AnomalousBehavior.WorkloadDeployed \
exec-kubernetes-anomalousbehavior-workloaddeployed
        Execution:Kubernetes/ExecInKubeSystemPod execution-kubernetes-execinkubesystempod
        Impact:Kubernetes/MaliciousIPCaller impact-kubernetes-maliciousipcaller
        Impact:Kubernetes/MaliciousIPCaller.Custom impact-kubernetes-maliciousipcallercustom
        Impact:Kubernetes/SuccessfulAnonymousAccess impact-kubernetes-successfulanonymousaccess
        Impact:Kubernetes/TorIPCaller impact-kubernetes-toripcaller
        Persistence:Kubernetes/AnomalousBehavior.WorkloadDeployed!ContainerWithSensitiveMount \
privesc-kubernetes-anomalousbehavior-workloaddeployed-containerwithsensitivemount
        Persistence:Kubernetes/MaliciousIPCaller persistence-kubernetes-maliciousipcaller
        Persistence:Kubernetes/MaliciousIPCaller.Custom persistence-kubernetes-maliciousipcallercustom
        Persistence:Kubernetes/SuccessfulAnonymousAccess persistence-kubernetes-successfulanonymousaccess
        Persistence:Kubernetes/TorIPCaller persistence-kubernetes-toripcaller
        Policy:Kubernetes/AdminAccessToDefaultServiceAccount policy-kubernetes-adminaccesstodefaultserviceaccount
        Policy:Kubernetes/AnonymousAccessGranted policy-kubernetes-anonymousaccessgranted
        Policy:Kubernetes/ExposedDashboard policy-kubernetes-exposeddashboard
        Policy:Kubernetes/KubeflowDashboardExposed policy-kubernetes-kubeflowdashboardexposed
        PrivilegeEscalation:Kubernetes/AnomalousBehavior.RoleBindingCreated \
privesc-kubernetes-anomalousbehavior-rolebindingcreated
        PrivilegeEscalation:Kubernetes/AnomalousBehavior.RoleCreated \
privesc-kubernetes-anomalousbehavior-rolecreated
        PrivilegeEscalation:Kubernetes/AnomalousBehavior.WorkloadDeployed!PrivilegedContainer \
privesc-kubernetes-anomalousbehavior-workloaddeployed-privcontainer
    """,
    "findings-runtime-monitoring": """
        Backdoor:Runtime/C&CActivity.B backdoor-runtime-ccactivityb
        Backdoor:Runtime/C&CActivity.B!DNS backdoor-runtime-ccactivitybdns
        CryptoCurrency:Runtime/BitcoinTool.B cryptocurrency-runtime-bitcointoolb
        CryptoCurrency:Runtime/BitcoinTool.B!DNS cryptocurrency-runtime-bitcointoolbdns
        DefenseEvasion:Runtime/FilelessExecution defenseeva-runtime-filelessexecution
        DefenseEvasion:Runtime/KernelModuleLoaded defenseevasion-runtime-kernelmoduleloaded
        DefenseEvasion:Runtime/ProcessInjection.Proc defenseeva-runtime-processinjectionproc
        DefenseEvasion:Runtime/ProcessInjection.Ptrace defenseeva-runtime-processinjectionptrace
        DefenseEvasion:Runtime/ProcessInjection.VirtualMemoryWrite \
defenseeva-runtime-processinjectionvirtualmemw
        DefenseEvasion:Runtime/PtraceAntiDebugging defenseevasion-runtime-ptrace-anti-debug
        DefenseEvasion:Runtime/SensitiveFileModified defense-evasion-runtime-sensitive-file-modified
        DefenseEvasion:Runtime/SuspiciousCommand defenseevasion-runtime-suspicious-command
        Discovery:Runtime/SuspiciousCommand discovery-runtime-suspicious-command
        Execution:Runtime/MaliciousFileExecuted execution-runtime-malicious-file-executed
        Execution:Runtime/MaliciousFileExecuted.Custom execution-runtime-malicious-file-executed-custom
        Execution:Runtime/NewBinaryExecuted execution-runtime-newbinaryexecuted
        Execution:Runtime/NewLibraryLoaded execution-runtime-newlibraryloaded
        Execution:Runtime/ReverseShell execution-runtime-reverseshell
        Execution:Runtime/SuspiciousCommand execution-runtime-suspiciouscommand
        Execution:Runtime/SuspiciousShellCreated execution-runtime-suspicious-shell-created
        Execution:Runtime/SuspiciousTool execution-runtime-suspicioustool
        Impact:Runtime/AbusedDomainRequest.Reputation impact-runtime-abuseddomainrequestreputation
        Impact:Runtime/BitcoinDomainRequest.Reputation impact-runtime-bitcoindomainrequestreputation
        Impact:Runtime/CryptoMinerExecuted impact-runtime-cryptominerexecuted
        Impact:Runtime/MaliciousDomainRequest.Reputation impact-runtime-maliciousdomainrequestreputation
        Impact:Runtime/SuspiciousDomainRequest.Reputation impact-runtime-suspiciousdomainrequestreputation
        Persistence:Runtime/SensitiveFileModified persistence-runtime-sensitive-file-modified
        Persistence:Runtime/SuspiciousCommand persistence-runtime-suspicious-command
        PrivilegeEscalation:Runtime/SensitiveFileModified privilege-escalation-runtime-sensitive-file-modified
        PrivilegeEscalation:Runtime/SuspiciousCommand privilege-escalation-runtime-suspicious-command
        Trojan:Runtime/BlackholeTraffic trojan-runtime-blackholetraffic
        Trojan:Runtime/BlackholeTraffic!DNS trojan-runtime-blackholetrafficdns
        Trojan:Runtime/DGADomainRequest.C!DNS trojan-runtime-dgadomainrequestcdns
        Trojan:Runtime/DriveBySourceTraffic!DNS trojan-runtime-drivebysourcetrafficdns
        Trojan:Runtime/DropPoint trojan-runtime-droppoint
        Trojan:Runtime/DropPoint!DNS trojan-runtime-droppointdns
        Trojan:Runtime/PhishingDomainRequest!DNS trojan-runtime-phishingdomainrequestdns
        UnauthorizedAccess:Runtime/MetadataDNSRebind unauthorizedaccess-runtime-metadatadnsrebind
        UnauthorizedAccess:Runtime/TorClient unauthorizedaccess-runtime-torclient
        UnauthorizedAccess:Runtime/TorRelay unauthorizedaccess-runtime-torrelay
    """,
    "findings-rds-protection": """
        CredentialAccess:RDS/AnomalousBehavior.FailedLogin credaccess-rds-anombehavior-failedlogin
        CredentialAccess:RDS/AnomalousBehavior.SuccessfulBruteForce credaccess-rds-anombehavior-successfulbruteforce
        CredentialAccess:RDS/AnomalousBehavior.SuccessfulLogin credaccess-rds-anombehavior-successlogin
        CredentialAccess:RDS/MaliciousIPCaller.FailedLogin credaccess-rds-maliciousipcaller-failedlogin
        CredentialAccess:RDS/MaliciousIPCaller.SuccessfulLogin credaccess-rds-maliciousipcaller-successfullogin
        CredentialAccess:RDS/TorIPCaller.FailedLogin credaccess-rds-toripcaller-failedlogin
        CredentialAccess:RDS/TorIPCaller.SuccessfulLogin credaccess-rds-toripcaller-successfullogin
        Discovery:RDS/MaliciousIPCaller discovery-rds-maliciousipcaller
        Discovery:RDS/TorIPCaller discovery-rds-toripcaller
    """,
    "lambda-protection-finding-types": """
        Backdoor:Lambda/C&CActivity.B backdoor-lambda-ccactivity-b
        CryptoCurrency:Lambda/BitcoinTool.B cryptocurrency-lambda-bitcointool-b
        Trojan:Lambda/BlackholeTraffic trojan-lambda-blackhole-traffic
        Trojan:Lambda/DropPoint trojan-lambda-drop-point
        UnauthorizedAccess:Lambda/MaliciousIPCaller.Custom unauthorized-access-lambda-maliciousIPcaller-custom
        UnauthorizedAccess:Lambda/TorClient unauthorized-access-lambda-tor-client
        UnauthorizedAccess:Lambda/TorRelay unauthorized-access-lambda-tor-relay
    """,
    "findings-malware-protection": """
        Execution:Container/MaliciousFile execution-malware-container-maliciousfile
        Execution:Container/SuspiciousFile execution-malware-container-suspiciousfile
        Execution:EC2/MaliciousFile execution-malware-ec2-maliciousfile
        Execution:EC2/SuspiciousFile execution-malware-ec2-suspiciousfile
        Execution:ECS/MaliciousFile execution-malware-ecs-maliciousfile
        Execution:ECS/SuspiciousFile execution-malware-ecs-suspiciousfile
        Execution:Kubernetes/MaliciousFile execution-malware-kubernetes-maliciousfile
        Execution:Kubernetes/SuspiciousFile execution-malware-kubernetes-suspiciousfile
    """,
    "findings-malware-protection-backup": """
        Execution:EC2/MaliciousFile!AMI execution-malware-ec2-maliciousfile-ami
        Execution:EC2/MaliciousFile!RecoveryPoint execution-malware-ec2-maliciousfile-recoverypoint
        Execution:EC2/MaliciousFile!Snapshot execution-malware-ec2-maliciousfile-snapshot
        Execution:S3/MaliciousFile!RecoveryPoint execution-malware-s3-maliciousfile-recoverypoint
    """,
    "gdu-malware-protection-s3-finding-types": """
        Object:S3/MaliciousFile s3-object-s3-malicious-file
    """,
    "guardduty_finding-types-retired": """
        Discovery:S3/BucketEnumeration.Unusual discovery-s3-bucketenumerationunusual
        Exfiltration:S3/ObjectRead.Unusual exfiltration-s3-objectreadunusual
        Impact:S3/ObjectDelete.Unusual impact-s3-objectdeleteunusual
        Impact:S3/PermissionsModification.Unusual impact-s3-permissionsmodificationunusual
        Persistence:IAMUser/NetworkPermissions persistence-iam-networkpermissions
        Persistence:IAMUser/ResourcePermissions persistence-iam-resourcepermissions
        Persistence:IAMUser/UserPermissions persistence-iam-userpermissions
        Persistence:Kubernetes/ContainerWithSensitiveMount persistence-kubernetes-containerwithsensitivemount
        PrivilegeEscalation:IAMUser/AdministrativePermissions privilegeescalation-iam-administrativepermissions
        PrivilegeEscalation:Kubernetes/PrivilegedContainer privilegeescalation-kubernetes-privilegedcontainer
        PrivilegeEscalation:Runtime/CGroupsReleaseAgentModified privilegeesc-runtime-cgroupsreleaseagentmodified
        PrivilegeEscalation:Runtime/ContainerMountsHostDirectory \
privilegeesc-runtime-containermountshostdirectory
        PrivilegeEscalation:Runtime/DockerSocketAccessed privilegeesc-runtime-dockersocketaccessed
        PrivilegeEscalation:Runtime/ElevationToRoot privilegeesc-runtime-elevation-to-root
        PrivilegeEscalation:Runtime/RuncContainerEscape privilegeesc-runtime-runccontainerescape
        PrivilegeEscalation:Runtime/UserfaultfdUsage privilegeesc-runtime-userfaultfdusage
        Recon:IAMUser/NetworkPermissions recon-iam-networkpermissions
        Recon:IAMUser/ResourcePermissions recon-iam-resourcepermissions
        Recon:IAMUser/UserPermissions recon-iam-userpermissions
        ResourceConsumption:IAMUser/ComputeResources resourceconsumption-iam-computeresources
        Stealth:IAMUser/LoggingConfigurationModified stealth-iam-loggingconfigurationmodified
        UnauthorizedAccess:IAMUser/ConsoleLogin unauthorizedaccess-iam-consolelogin
    """,
}

TYPES: Mapping[str, str] = {
    finding_type: f"{page}.html#{anchor}"
    for page, headings in _HEADINGS.items()
    for finding_type, anchor in (line.split() for line in headings.strip().splitlines())
}
"""Where each finding type is described: ``page.html#anchor``."""

CUSTOM_RULES: Mapping[str, str] = {
    "AdminPolicyAttachedToRole": "cdr-admin-policy-attached-to-role",
    "AdminPolicyAttachedToUser": "cdr-admin-policy-attached-to-user",
    "AMIExternalAccess": "cdr-ami-external-access",
    "BedrockServiceCredentialCreated": "cdr-bedrock-service-credential-created",
    "ConsoleLoginWithoutMFA": "cdr-console-login-without-mfa",
    "DNSQueryLogsDeleted": "cdr-dns-query-logs-deleted",
    "EBSSnapshotExternalAccess": "cdr-ebs-snapshot-external-access",
    "EC2InstanceSSHKeyPushed": "cdr-ec2-instance-ssh-key-pushed",
    "EC2PasswordDataRetrieved": "cdr-ec2-password-data-retrieved",
    "EC2SecurityGroupPublicSSH": "cdr-ec2-security-group-public-ssh",
    "EC2TerminationProtectionEnabled": "cdr-ec2-termination-protection-enabled",
    "EC2UserDataModified": "cdr-ec2-user-data-modified",
    "IAMAccessKeyCreated": "cdr-iam-access-key-created",
    "IAMRoleTrustPolicyModified": "cdr-iam-role-trust-policy-modified",
    "IAMUserLoginProfileCreated": "cdr-iam-user-login-profile-created",
    "IAMUserLoginProfileUpdated": "cdr-iam-user-login-profile-updated",
    "LambdaFunctionPublicAccess": "cdr-lambda-function-public-access",
    "LambdaFunctionUrlPublicAccess": "cdr-lambda-function-url-public-access",
    "OrganizationLeaveAttempt": "cdr-organization-leave-attempt",
    "OrganizationPolicyDisabled": "cdr-organization-policy-disabled",
    "RDSIAMAuthDisabled": "cdr-rds-iam-auth-disabled",
    "RDSMasterPasswordReset": "cdr-rds-master-password-reset",
    "RDSPubliclyAccessible": "cdr-rds-publicly-accessible",
    "RDSSnapshotPubliclyShared": "cdr-rds-snapshot-publicly-shared",
    "RolesAnywhereTrustAnchorCreated": "cdr-rolesanywhere-trust-anchor-created",
    "S3BucketPolicyExternalAccess": "cdr-s3-bucket-policy-external-access",
    "S3CustomerProvidedKeysEnabled": "cdr-s3-customer-provided-keys-enabled",
    "S3LifecycleRapidExpiration": "cdr-s3-lifecycle-rapid-expiration",
    "SageMakerLifecycleConfigModified": "cdr-sagemaker-lifecycle-config-modified",
    "SESAccountSendingEnabled": "cdr-ses-account-sending-enabled",
    "SESDomainIdentityVerified": "cdr-ses-domain-identity-verified",
    "SESFullAccessPolicyAttachedToRole": "cdr-ses-full-access-policy-attached-to-role",
    "SESFullAccessPolicyAttachedToUser": "cdr-ses-full-access-policy-attached-to-user",
    "SESProductionAccessEnabled": "cdr-ses-production-access-enabled",
    "VPCFlowLogsDeleted": "cdr-vpc-flow-logs-deleted",
}
"""AWS's custom detection rules, and where ``findings-custom-detection-rules.html`` describes them."""

PAGES = {
    *(link.partition("#")[0] for link in TYPES.values()),
    "findings-custom-detection-rules.html",
    "guardduty_finding-types-active.html",
}
"""Every page that a link to a finding type may open."""

REMEDIES = {
    "guardduty_remediate.html",
    "compromised-ec2.html",
    "compromised-s3.html",
    "compromised-s3object-malware-protection-gdu.html",
    "compromised-snapshot.html",
    "compromised-ami.html",
    "compromised-ec2-recoverypoint.html",
    "compromised-s3-recoverypoint.html",
    "compromised-ecs.html",
    "compromised-creds.html",
    "remediate-compromised-standalone-container.html",
    "guardduty-remediate-kubernetes.html",
    "guardduty-remediate-runtime-monitoring.html",
    "guardduty-remediate-compromised-database-rds.html",
    "remediate-lambda-protection-finding-types.html",
}
"""Every page of https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_remediate.html."""
