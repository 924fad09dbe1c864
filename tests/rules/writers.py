"""Who writes each member of a finding: an independent account, against which the conditions' table is held."""

MADE_BY_AWS = (
    # what GuardDuty says of the finding
    *("id", "arn", "type", "accountId", "region", "partition", "schemaVersion", "createdAt", "updatedAt"),
    *("associatedAttackSequenceArn", "resource.resourceType"),
    *(f"service.{name}" for name in ("detectorId", "eventFirstSeen", "eventLastSeen", "resourceRole")),
    *(f"service.{name}" for name in ("serviceName", "featureName")),
    # what a thing is, whoever gave it a name: ids, and ARNs, which are bound to an account
    *("resource.accessKeyDetails.accessKeyId", "resource.accessKeyDetails.userType"),
    *("resource.s3BucketDetails.arn", "resource.s3BucketDetails.name", "resource.s3BucketDetails.owner"),
    "resource.instanceDetails.instanceId",
    "resource.instanceDetails.networkInterfaces.networkInterfaceId",
    "resource.eksClusterDetails.arn",
    *("resource.ecsClusterDetails.arn", "resource.ecsClusterDetails.taskDetails.arn"),
    "resource.lambdaDetails.functionArn",
    *("resource.rdsDbInstanceDetails.dbInstanceArn", "resource.rdsDbInstanceDetails.dbiResourceId"),
    "resource.rdsLimitlessDbDetails.dbShardGroupArn",
    "resource.rdsLimitlessDbDetails.dbShardGroupResourceId",
    *("resource.ebsSnapshotDetails.snapshotArn", "resource.ec2ImageDetails.imageArn"),
    "resource.recoveryPointDetails.recoveryPointArn",
    "resource.ebsVolumeDetails.scannedVolumeDetails.volumeArn",
    "resource.ebsVolumeDetails.skippedVolumeDetails.volumeArn",
    *("resource.bedrockGuardrailDetails.guardrailArn", "resource.bedrockGuardrailDetails.guardrails.arn"),
    # of what was done, from which account and through which interface
    *("service.action.actionType", "service.action.*.remoteAccountDetails.accountId"),
    "service.action.awsApiCallAction.remoteAccountDetails.awsServiceName",
    "service.action.*.localNetworkInterface",
    # what a scan computed and counted
    *(f"service.malwareScanDetails.{name}" for name in ("scanId", "scanType", "scanCategory")),
    "service.malwareScanDetails.scanConfiguration",
    *(f"service.malwareScanDetails.threats.{name}hash" for name in ("", "itemPaths.", "itemDetails.")),
    *(f"service.ebsVolumeScanDetails.{name}" for name in ("scanId", "scanStartedAt", "scanCompletedAt")),
    *(f"service.ebsVolumeScanDetails.{name}" for name in ("scanType", "triggerFindingId", "sources")),
    "service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames.filePaths.hash",
    # of a sequence, which resources it is about
    *(f"service.detection.sequence.{name}" for name in ("uid", "additionalSequenceTypes")),
    *(f"service.detection.sequence.resources.{name}" for name in ("accountId", "resourceType", "region")),
    *(f"service.detection.sequence.resources.{name}" for name in ("service", "cloudPartition")),
    "service.detection.sequence.resources.data.eksCluster.arn",
)
"""Members that nobody writes but AWS: a name in one is bound to its account, or is the thing itself as a bucket's is.

What is computed of a file is what the file is, whoever wrote it.
"""

WRITTEN_IN_PART = (
    "resource.accessKeyDetails.principalId",  # behind the colon: the session's name, or a federated user's
    "resource.s3BucketDetails.s3ObjectDetails.key",  # all of it: whoever writes the object chooses its key
    "resource.s3BucketDetails.s3ObjectDetails.objectArn",  # behind the bucket: the key
    "service.detection.sequence.resources.uid",  # of an object the key, of a container or a pod all of it
    "service.detection.sequence.resources.data.accessKey.principalId",
)
"""Members of which an identity is cut out. What others wrote there must reach nothing but its own kind."""

_INSTANCE = "resource.instanceDetails"
_SEQUENCE = "service.detection.sequence"

WRITTEN_BY_OTHERS = (
    # words around the finding, made of all the others
    *("title", "description", "customDetectionRuleName", "service.userFeedback"),
    # who acts: sessions, federated users, users of Kubernetes and of databases, strangers of every type
    "resource.accessKeyDetails.userName",
    "resource.kubernetesDetails.kubernetesUserDetails",
    "resource.rdsDbUserDetails",
    # names, tags and settings that whoever may make or start a thing gives it
    "resource.*.tags",
    *(f"resource.s3BucketDetails.{name}" for name in ("type", "createdAt", "defaultServerSideEncryption")),
    "resource.s3BucketDetails.publicAccess",
    *(f"resource.s3BucketDetails.s3ObjectDetails.{name}" for name in ("eTag", "hash", "versionId")),
    *(f"{_INSTANCE}.{name}" for name in ("imageId", "imageDescription", "iamInstanceProfile", "platform")),
    *(f"{_INSTANCE}.{name}" for name in ("availabilityZone", "instanceState", "instanceType", "outpostArn")),
    *(f"{_INSTANCE}.{name}" for name in ("launchTime", "productCodes")),
    *(f"{_INSTANCE}.networkInterfaces.{name}" for name in ("ipv6Addresses", "privateIpAddress")),
    *(f"{_INSTANCE}.networkInterfaces.{name}" for name in ("privateIpAddresses", "publicIp", "vpcId")),
    *(f"{_INSTANCE}.networkInterfaces.{name}" for name in ("privateDnsName", "publicDnsName")),
    *(f"{_INSTANCE}.networkInterfaces.{name}" for name in ("securityGroups", "subnetId")),
    *(f"resource.eksClusterDetails.{name}" for name in ("name", "vpcId", "status", "createdAt")),
    "resource.kubernetesDetails.kubernetesWorkloadDetails",
    *(
        f"resource.ebsVolumeDetails.{which}VolumeDetails.{name}"
        for which in ("scanned", "skipped")
        for name in ("volumeType", "deviceName", "encryptionType", "snapshotArn", "kmsKeyArn")
    ),
    *(f"resource.ecsClusterDetails.{name}" for name in ("name", "status")),
    *(f"resource.ecsClusterDetails.taskDetails.{name}" for name in ("definitionArn", "version", "group")),
    *(f"resource.ecsClusterDetails.taskDetails.{name}" for name in ("startedBy", "tags", "volumes")),
    *(f"resource.ecsClusterDetails.taskDetails.{name}" for name in ("createdAt", "startedAt")),
    *(f"resource.ecsClusterDetails.taskDetails.{name}" for name in ("containers", "launchType")),
    "resource.containerDetails",
    *(f"resource.lambdaDetails.{name}" for name in ("functionName", "description", "revisionId", "role")),
    *(f"resource.lambdaDetails.{name}" for name in ("functionVersion", "vpcConfig", "lastModifiedAt")),
    *(f"resource.rdsDbInstanceDetails.{name}" for name in ("dbInstanceIdentifier", "dbClusterIdentifier")),
    *(f"resource.rdsDbInstanceDetails.{name}" for name in ("engine", "engineVersion")),
    "resource.rdsLimitlessDbDetails.dbShardGroupIdentifier",
    *(
        f"resource.rdsLimitlessDbDetails.{name}"
        for name in ("dbClusterIdentifier", "engine", "engineVersion")
    ),
    *(f"resource.recoveryPointDetails.{name}" for name in ("backupVaultName", "continuousScanDetails")),
    *(f"resource.bedrockGuardrailDetails.guardrail{name}" for name in ("Version", "Action", "Source")),
    *(f"resource.bedrockGuardrailDetails.{name}" for name in ("guardrails.version", "contentPolicyFilters")),
    "resource.modelDetails",
    # what was done: calls with their parameters and user agents, domains, hosts, ports
    *(f"service.action.awsApiCallAction.{name}" for name in ("api", "callerType", "domainDetails")),
    *(f"service.action.awsApiCallAction.{name}" for name in ("errorCode", "userAgent", "serviceName")),
    *(f"service.action.awsApiCallAction.{name}" for name in ("affectedResources", "remoteIpDetails")),
    "service.action.awsApiCallAction.remoteAccountDetails.affiliated",
    "service.action.dnsRequestAction",
    *(f"service.action.networkConnectionAction.{name}" for name in ("connectionDirection", "protocol")),
    *(f"service.action.networkConnectionAction.{name}" for name in ("localPortDetails", "localIpDetails")),
    *(f"service.action.networkConnectionAction.{name}" for name in ("remoteIpDetails", "remotePortDetails")),
    "service.action.portProbeAction",
    "service.action.kubernetesApiCallAction",
    "service.action.kubernetesPermissionCheckedDetails",
    *("service.action.kubernetesRoleBindingDetails", "service.action.kubernetesRoleDetails"),
    "service.action.rdsLoginAttemptAction",
    *("service.additionalInfo", "service.evidence", "service.runtimeDetails", "service.detection.anomaly"),
    # what files are called, and where they lie
    *(
        f"service.malwareScanDetails.threats.{name}"
        for name in ("name", "source", "itemPaths.nestedItemPath")
    ),
    *(
        f"service.malwareScanDetails.threats.itemDetails.{name}"
        for name in ("resourceArn", "itemPath", "additionalInfo")
    ),
    "service.ebsVolumeScanDetails.scanDetections.highestSeverityThreatDetails",
    *(
        f"service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames.{name}"
        for name in ("name", "severity")
    ),
    *(
        f"service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames.filePaths.{name}"
        for name in ("filePath", "volumeArn", "fileName")
    ),
    # a sequence's actors, hosts, steps, and the names of its resources
    *(f"{_SEQUENCE}.{name}" for name in ("description", "actors", "endpoints", "signals")),
    *(f"{_SEQUENCE}.{name}" for name in ("sequenceIndicators", "resources.name", "resources.tags")),
    *(f"{_SEQUENCE}.resources.data.{name}" for name in ("s3Bucket", "s3Object", "ec2Instance")),
    *(f"{_SEQUENCE}.resources.data.accessKey.{name}" for name in ("userName", "userType")),
    *(f"{_SEQUENCE}.resources.data.{name}" for name in ("ec2NetworkInterface", "kubernetesWorkload")),
    *(f"{_SEQUENCE}.resources.data.eksCluster.{name}" for name in ("createdAt", "status", "vpcId")),
    f"{_SEQUENCE}.resources.data.eksCluster.ec2InstanceUids",
    *(f"{_SEQUENCE}.resources.data.{name}" for name in ("container", "ecsCluster", "ecsTask")),
    *(f"{_SEQUENCE}.resources.data.{name}" for name in ("iamInstanceProfile", "ec2LaunchTemplate")),
    *(f"{_SEQUENCE}.resources.data.{name}" for name in ("autoscalingAutoScalingGroup", "ec2Vpc")),
    *(f"{_SEQUENCE}.resources.data.{name}" for name in ("ec2Image", "cloudformationStack")),
    f"{_SEQUENCE}.resources.data.bedrockGuardrail",
)
"""Members that a caller, an attacker, the other side, or whoever may make or start a thing chooses."""
