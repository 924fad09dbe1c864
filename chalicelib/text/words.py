"""What we say ourselves, in English and Japanese. GuardDuty's title and description stay as they come.

The Japanese terms are those of AWS's console and user guide
(https://docs.aws.amazon.com/ja_jp/guardduty/latest/ug/guardduty_findings-severity.html). Every entry has both
languages. In the sentences, values are code spans, which Slack shows as such only between spaces or
punctuation: hence the spaces around them in the Japanese ones, which name a value rather than build it in.
"""

import re
from collections.abc import Mapping

LANGUAGES = ("en", "ja")

Words = Mapping[str, tuple[str, str]]

SEVERITIES: Words = {
    "Critical": ("Critical", "重大 (Critical)"),
    "High": ("High", "高 (High)"),
    "Medium": ("Medium", "中 (Medium)"),
    "Low": ("Low", "低 (Low)"),
}

KINDS: Words = {
    "autoscaling_auto_scaling_group": ("Auto Scaling group", "Auto Scaling グループ"),
    "bedrock_application_inference_profile": (
        "Bedrock application inference profile",
        "Bedrock アプリケーション推論プロファイル",
    ),
    "bedrock_custom_model": ("Bedrock custom model", "Bedrock カスタムモデル"),
    "bedrock_custom_model_deployment": ("Bedrock custom model deployment", "Bedrock カスタムモデルデプロイ"),
    "bedrock_imported_model": ("Bedrock imported model", "Bedrock インポートモデル"),
    "bedrock_inference_profile": ("Bedrock inference profile", "Bedrock 推論プロファイル"),
    "bedrock_prompt": ("Bedrock prompt", "Bedrock プロンプト"),
    "bedrock_prompt_router": ("Bedrock prompt router", "Bedrock プロンプトルーター"),
    "bedrock_provisioned_model": ("Bedrock provisioned model", "Bedrock プロビジョンドモデル"),
    "resource": ("Resource", "リソース"),
    "access_key": ("Access key", "アクセスキー"),
    "bedrock_guardrail": ("Bedrock guardrail", "Bedrock ガードレール"),
    "bedrock_model": ("Bedrock model", "Bedrock モデル"),
    "cloudformation_stack": ("CloudFormation stack", "CloudFormation スタック"),
    "container": ("Container", "コンテナ"),
    "ebs_snapshot": ("EBS snapshot", "EBS スナップショット"),
    "ebs_volume": ("EBS volume", "EBS ボリューム"),
    "ec2_image": ("AMI", "AMI"),
    "ec2_instance": ("EC2 instance", "EC2 インスタンス"),
    "ec2_launch_template": ("EC2 launch template", "EC2 起動テンプレート"),
    "ec2_network_interface": ("Network interface", "ネットワークインターフェイス"),
    "ec2_vpc": ("VPC", "VPC"),
    "ecs_cluster": ("ECS cluster", "ECS クラスター"),
    "ecs_task": ("ECS task", "ECS タスク"),
    "eks_cluster": ("EKS cluster", "EKS クラスター"),
    "iam_instance_profile": ("Instance profile", "インスタンスプロファイル"),
    "kubernetes_user": ("Kubernetes user", "Kubernetes ユーザー"),
    "kubernetes_workload": ("Kubernetes workload", "Kubernetes ワークロード"),
    "lambda_function": ("Lambda function", "Lambda 関数"),
    "rds_instance": ("RDS DB instance", "RDS DB インスタンス"),
    "rds_limitless": ("RDS Limitless database", "RDS Limitless データベース"),
    "rds_user": ("RDS DB user", "RDS DB ユーザー"),
    "recovery_point": ("Recovery point", "リカバリポイント"),
    "s3_bucket": ("S3 bucket", "S3 バケット"),
    "s3_object": ("S3 object", "S3 オブジェクト"),
    "sagemaker_endpoint": ("SageMaker endpoint", "SageMaker エンドポイント"),
}

LABELS: Words = {
    "account": ("Account", "アカウント"),
    "other_accounts": ("Other accounts", "他のアカウント"),
    "organizational_unit": ("OU", "OU"),
    "region": ("Region", "リージョン"),
    "other_regions": ("Other Regions", "他のリージョン"),
    "resource": ("Resource", "リソース"),
    "actor": ("Actor", "アクター"),
    "action": ("Action", "アクション"),
    "first_seen": ("First seen", "最初の検出"),
    "last_seen": ("Last seen", "最後の検出"),
    "count": ("Count", "回数"),
    "type": ("Finding type", "検出結果タイプ"),
    "tags": ("Tags", "タグ"),
    "severity": ("Severity", "重大度"),
    "title": ("Title", "タイトル"),
    "description": ("Description", "説明"),
    "process": ("Process", "プロセス"),
    "parent": ("Parent", "親プロセス"),
    "signals": ("What happened, in order", "シグナル（発生順）"),
    "team": ("Team", "チーム"),
    "tactics": ("MITRE ATT&amp;CK tactics", "MITRE ATT&amp;CK の戦術"),
    "techniques": ("MITRE ATT&amp;CK techniques", "MITRE ATT&amp;CK のテクニック"),
    "organisation": ("Organisation", "組織"),
    "isp": ("ISP", "ISP"),
    "asn": ("AS number", "AS 番号"),
    "user": ("User", "ユーザー"),
    "user_agent": ("User agent", "ユーザーエージェント"),
    "custom_rule": ("Custom detection rule", "カスタム検出ルール"),
    "note": ("Note", "注記"),
    # What the parser labels.
    "access_key_id": ("Access key ID", "アクセスキー ID"),
    "action_type": ("Action type", "アクションタイプ"),
    "active_services": ("Active services", "アクティブなサービス"),
    "address_family": ("Address family", "アドレスファミリー"),
    "affected_resource": ("Affected resource", "影響を受けたリソース"),
    "api": ("API", "API"),
    "application": ("Application", "アプリケーション"),
    "auth_method": ("Authentication", "認証方法"),
    "availability_zone": ("Availability Zone", "アベイラビリティーゾーン"),
    "backup_vault": ("Backup vault", "バックアップボールト"),
    "blocked": ("Blocked", "ブロック済み"),
    "bucket_role": ("Role in the action", "アクションでの役割"),
    "caller_type": ("Caller type", "発信者タイプ"),
    "checked_namespace": ("Checked namespace", "確認された名前空間"),
    "checked_resource": ("Checked resource", "確認されたリソース"),
    "checked_verb": ("Checked verb", "確認された動詞"),
    "command_line": ("Command line", "コマンドライン"),
    "container": ("Container", "コンテナ"),
    "container_id": ("Container ID", "コンテナ ID"),
    "container_instances": ("Container instances", "コンテナインスタンス"),
    "container_runtime": ("Container runtime", "コンテナランタイム"),
    "content_filter": ("Content filter", "コンテンツフィルター"),
    "created": ("Created", "作成日時"),
    "cryptomining_domain": ("Cryptomining domain", "暗号通貨マイニングのドメイン"),
    "cryptomining_ip": ("Cryptomining address", "暗号通貨マイニングの IP アドレス"),
    "cryptomining_process": ("Cryptomining process", "暗号通貨マイニングのプロセス"),
    "database": ("Database", "データベース"),
    "db_cluster": ("DB cluster", "DB クラスター"),
    "details": ("Details", "詳細"),
    "device": ("Device", "デバイス"),
    "direction": ("Direction", "方向"),
    "dns_request": ("DNS request", "DNS リクエスト"),
    "domain": ("Domain", "ドメイン"),
    "domain_with_suffix": ("Registered domain", "登録ドメイン"),
    "effective_user_id": ("Effective user ID", "実効ユーザー ID"),
    "encryption": ("Encryption", "暗号化"),
    "encryption_key": ("Encryption key", "暗号化キー"),
    "engine": ("Engine", "エンジン"),
    "engine_version": ("Engine version", "エンジンバージョン"),
    "error_code": ("Error", "エラーコード"),
    "etag": ("ETag", "ETag"),
    "failed_logins": ("Failed logins", "失敗したログイン"),
    "file": ("File", "ファイル"),
    "file_hash": ("File hash", "ファイルハッシュ"),
    "file_operation": ("File operation", "ファイル操作"),
    "file_system": ("File system", "ファイルシステム"),
    "files_infected": ("Infected files", "感染したファイル数"),
    "files_scanned": ("Scanned files", "スキャンしたファイル数"),
    "flag": ("Flag", "フラグ"),
    "further_sequence_type": ("Further sequence type", "その他のシーケンスタイプ"),
    "gigabytes_scanned": ("Scanned GB", "スキャンした GB"),
    "group": ("Group", "グループ"),
    "guardrail_action": ("Guardrail action", "ガードレールのアクション"),
    "guardrail_source": ("Guardrail source", "ガードレールのソース"),
    "hash": ("Hash", "ハッシュ"),
    "high_risk_api": ("High-risk API", "リスクの高い API"),
    "host_ipc": ("Host IPC", "ホスト IPC"),
    "host_network": ("Host network", "ホストネットワーク"),
    "host_path": ("Host path", "ホストパス"),
    "host_pid": ("Host PID", "ホスト PID"),
    "image": ("Image", "イメージ"),
    "image_description": ("Image description", "イメージの説明"),
    "image_id": ("Image ID", "イメージ ID"),
    "image_prefix": ("Image prefix", "イメージプレフィックス"),
    "impersonated_group": ("Impersonated group", "偽装されたグループ"),
    "impersonated_user": ("Impersonated user", "偽装されたユーザー"),
    "infected_file": ("Infected file", "感染したファイル"),
    "infected_resource": ("Infected resource", "感染したリソース"),
    "infected_volume": ("Infected volume", "感染したボリューム"),
    "instance_profile": ("Instance profile", "インスタンスプロファイル"),
    "instance_state": ("Instance state", "インスタンスの状態"),
    "instance_type": ("Instance type", "インスタンスタイプ"),
    "ipv6_address": ("IPv6 address", "IPv6 アドレス"),
    "items_infected": ("Infected items", "感染した項目数"),
    "kubernetes_resource": ("Kubernetes resource", "Kubernetes リソース"),
    "kubernetes_role": ("Kubernetes role", "Kubernetes ロール"),
    "kubernetes_role_kind": ("Kind of role", "ロールの種類"),
    "launch_type": ("Launch type", "起動タイプ"),
    "launched": ("Launched", "起動日時"),
    "ld_preload": ("LD_PRELOAD", "LD_PRELOAD"),
    "library": ("Library", "ライブラリ"),
    "lineage": ("Lineage", "プロセス系統"),
    "local_address": ("Local address", "ローカル IP アドレス"),
    "local_port": ("Local port", "ローカルポート"),
    "login_user": ("Login user", "ログインユーザー"),
    "malicious_domain": ("Malicious domain", "悪意のあるドメイン"),
    "malicious_file": ("Malicious file", "悪意のあるファイル"),
    "malicious_ip": ("Malicious address", "悪意のある IP アドレス"),
    "malicious_package": ("Malicious package", "悪意のあるパッケージ"),
    "malicious_process": ("Malicious process", "悪意のあるプロセス"),
    "malware": ("Malware", "マルウェア"),
    "malware_severity": ("Malware severity", "マルウェアの重大度"),
    "malware_source": ("Detected by", "検出元"),
    "memory_region": ("Memory region", "メモリ領域"),
    "mfa": ("MFA", "MFA"),
    "misconfiguration": ("Misconfiguration", "設定ミス"),
    "modified": ("Modified", "変更日時"),
    "modifying_process": ("Modifying process", "変更元プロセス"),
    "module": ("Kernel module", "カーネルモジュール"),
    "module_file": ("Module file", "モジュールファイル"),
    "module_sha256": ("Module SHA-256", "モジュールの SHA-256"),
    "mount_path": ("Mount path", "マウントパス"),
    "mount_source": ("Mount source", "マウント元"),
    "mount_target": ("Mount target", "マウント先"),
    "namespace": ("Namespace", "名前空間"),
    "namespace_pid": ("PID in its namespace", "名前空間内の PID"),
    "network_interface": ("Network interface", "ネットワークインターフェイス"),
    "object_key": ("Object key", "オブジェクトキー"),
    "outpost": ("Outpost", "Outpost"),
    "owner": ("Owner", "所有者"),
    "parameters": ("Parameters", "パラメータ"),
    "path": ("Path", "パス"),
    "permission_allowed": ("Permission allowed", "許可の有無"),
    "pid": ("PID", "PID"),
    "platform": ("Platform", "プラットフォーム"),
    "principal_id": ("Principal ID", "プリンシパル ID"),
    "private_address": ("Private address", "プライベート IP アドレス"),
    "privilege_escalation": ("Privilege escalation allowed", "権限昇格の許可"),
    "privileged": ("Privileged", "特権"),
    "process_started": ("Process started", "プロセスの開始日時"),
    "protocol": ("Protocol", "プロトコル"),
    "protocol_number": ("Protocol number", "プロトコル番号"),
    "public_access": ("Public access", "パブリックアクセス"),
    "public_address": ("Public address", "パブリック IP アドレス"),
    "public_read": ("Public read", "パブリック読み取り"),
    "public_write": ("Public write", "パブリック書き込み"),
    "reachability": ("Reachability", "到達可能性"),
    "related_file": ("Related file", "関連ファイル"),
    "release_agent": ("Release agent", "リリースエージェント"),
    "remote_account": ("Remote account", "リモートアカウント"),
    "remote_account_affiliated": ("Affiliated account", "関連アカウント"),
    "remote_port": ("Remote port", "リモートポート"),
    "remote_service": ("Remote service", "リモートサービス"),
    "request_uri": ("Request URI", "リクエスト URI"),
    "resource_id": ("Resource ID", "リソース ID"),
    "resource_name": ("Resource name", "リソース名"),
    "role": ("Role", "ロール"),
    "role_binding": ("Role binding", "ロールバインディング"),
    "role_binding_kind": ("Kind of binding", "バインディングの種類"),
    "role_ref": ("Bound role", "バインドされたロール"),
    "role_ref_kind": ("Kind of bound role", "バインドされたロールの種類"),
    "runc_binary": ("runc binary", "runc バイナリ"),
    "running_tasks": ("Running tasks", "実行中のタスク"),
    "scan": ("Scan", "スキャン"),
    "scan_baseline": ("Scan baseline", "スキャンのベースライン"),
    "scan_category": ("Scan category", "スキャンカテゴリ"),
    "scan_completed": ("Scan completed", "スキャンの完了日時"),
    "scan_from": ("Scanned from", "スキャン対象の開始"),
    "scan_id": ("Scan ID", "スキャン ID"),
    "scan_source": ("Scan source", "スキャンソース"),
    "scan_started": ("Scan started", "スキャンの開始日時"),
    "scan_to": ("Scanned to", "スキャン対象の終了"),
    "scan_trigger": ("Scan trigger", "スキャンのトリガー"),
    "scan_type": ("Scan type", "スキャンタイプ"),
    "script": ("Script", "スクリプト"),
    "security_group": ("Security group", "セキュリティグループ"),
    "sensitive_data": ("Sensitive data", "機密データ"),
    "service": ("Service", "サービス"),
    "service_account": ("Service account", "サービスアカウント"),
    "session_issuer": ("Session issuer", "セッションの発行者"),
    "session_name": ("Session name", "セッション名"),
    "sha256": ("SHA-256", "SHA-256"),
    "shell_history": ("Shell history", "シェル履歴"),
    "size_gb": ("Size in GB", "サイズ (GB)"),
    "snapshot": ("Snapshot", "スナップショット"),
    "socket": ("Socket", "ソケット"),
    "ssl": ("TLS", "TLS"),
    "started": ("Started", "開始日時"),
    "started_by": ("Started by", "開始元"),
    "status": ("Status", "ステータス"),
    "status_code": ("Status code", "ステータスコード"),
    "subnet": ("Subnet", "サブネット"),
    "subresource": ("Subresource", "サブリソース"),
    "successful_logins": ("Successful logins", "成功したログイン"),
    "suspicious_network": ("Suspicious network", "疑わしいネットワーク"),
    "suspicious_process": ("Suspicious process", "疑わしいプロセス"),
    "suspicious_user_agent": ("Suspicious user agent", "疑わしいユーザーエージェント"),
    "target_process": ("Target process", "対象プロセス"),
    "actor_process": ("Acting process", "実行したプロセス"),
    "task_definition": ("Task definition", "タスク定義"),
    "task_group": ("Task group", "タスクグループ"),
    "threat_file": ("Threat file", "脅威ファイル"),
    "threat_list": ("Threat list", "脅威リスト名"),
    "threat_name": ("Threat name", "脅威名"),
    "threat_sha256": ("Threat SHA-256", "脅威の SHA-256"),
    "threats_total": ("Threats in all", "脅威の総数"),
    "tool": ("Tool", "ツール"),
    "tool_category": ("Tool category", "ツールカテゴリ"),
    "tor": ("Tor", "Tor"),
    "trigger_finding": ("Triggering finding", "トリガーとなった検出結果"),
    "unusual": ("Unusual", "通常と異なる動作"),
    "unusual_api_for_account": ("API unusual for the account", "アカウントで通常使われない API"),
    "unusual_asn_for_account": ("AS number unusual for the account", "アカウントで通常使われない AS 番号"),
    "unusual_asn_for_user": ("AS number unusual for the user", "ユーザーが通常使わない AS 番号"),
    "user_type": ("User type", "ユーザータイプ"),
    "verb": ("Verb", "動詞"),
    "version": ("Version", "バージョン"),
    "volume_type": ("Volume type", "ボリュームタイプ"),
    "volumes_scanned": ("Scanned volumes", "スキャンしたボリューム数"),
    "vpc": ("VPC", "VPC"),
    "vpc_owner_account": ("VPC owner account", "VPC 所有者アカウント"),
    "vulnerability": ("Vulnerability", "脆弱性"),
    "working_directory": ("Working directory", "作業ディレクトリ"),
    "workload_type": ("Workload type", "ワークロードタイプ"),
    # GuardDuty's own names, where they do not read well.
    "agentDetails.agentId": ("Agent ID", "エージェント ID"),
    "agentDetails.agentVersion": ("Agent version", "エージェントバージョン"),
    "ec2InstanceUids": ("EC2 instance", "EC2 インスタンス"),
    "portsScannedSample": ("Ports scanned (sample)", "スキャンされたポート（例）"),
    "userAgent.fullUserAgent": ("User agent", "ユーザーエージェント"),
    "userAgent.userAgentCategory": ("User agent category", "ユーザーエージェントのカテゴリ"),
    # Buttons.
    "open_finding": ("Finding in GuardDuty", "GuardDuty の検出結果"),
    "open_execution": ("Execution", "実行"),
    "open_type": ("About this finding type", "検出結果タイプの説明"),
    "open_resource": ("Resource in its console", "リソースのコンソール"),
    "open_sequence": ("Attack sequence", "攻撃シーケンス"),
}

VALUES: Words = {
    "yes": ("yes", "はい"),
    "no": ("no", "いいえ"),
    "INBOUND": ("inbound", "インバウンド"),
    "OUTBOUND": ("outbound", "アウトバウンド"),
    "NOT_PUBLIC": ("not public", "非公開"),
    "PUBLIC": ("public", "公開"),
    "scanned": ("scanned", "スキャン済み"),
    "skipped": ("skipped", "スキャンなし"),
}

SENTENCES: Words = {
    # The sentence that matters, and what stands between its parts.
    "apart": (" ", "\n"),
    "between": (" ", " / "),
    "where": (
        "{kind} {resource} in account {account}, {region}.",
        "{kind}: {resource}\nアカウント: {account} / リージョン: {region}",
    ),
    "where_several": (
        "{kind} {resource} and {more} more in account {account}, {region}.",
        "{kind}: {resource} ほか {more} 件\nアカウント: {account} / リージョン: {region}",
    ),
    "where_account": ("Account {account}, {region}.", "アカウント: {account} / リージョン: {region}"),
    "whose": ("{key}: {value}.", "{key}: {value}"),
    "by_whom": ("By {actor}.", "アクター: {actor}"),
    "once": ("Seen {last}.", "検出: {last}"),
    "often": ("Seen {count} times, last {last}.", "検出: {count} 回、最後は {last}"),
    # What was done.
    "port": ("port {port}", "ポート {port}"),
    "probed": ("port probe → {ends}", "ポートプローブ → {ends}"),
    "done_blocked": ("{what}, blocked", "{what} · ブロック済み"),
    "done_not_blocked": ("{what}, not blocked", "{what} · ブロックなし"),
    "sample": (
        "This is a SAMPLE finding made by GuardDuty: nothing happened.",
        "これは GuardDuty のサンプル (SAMPLE) です。実際の脅威ではありません。",
    ),
    "test": (
        "This is a TEST finding, not sent by GuardDuty: nothing happened.",
        "これはテスト (TEST) です。GuardDuty の検出結果ではありません。",
    ),
    "replayed": ("Told by a replay of earlier findings.", "過去の検出結果の再送による通知です。"),
    "in_sequence": (
        "This finding is part of an attack sequence.",
        "この検出結果は攻撃シーケンスの一部です。",
    ),
    "more": ("and {count} more", "ほか {count} 件"),
    "unknown": ("unknown", "不明"),
    # Notes.
    "account_unknown": (
        "The account's name is not known: {why}.",
        "アカウント名を取得できませんでした: {why}",
    ),
    "tags_unknown": (
        "The resource's tags are not known: {why}.",
        "リソースのタグを取得できませんでした: {why}",
    ),
    "list_unreadable": (
        "The suppression list could not be read, so this finding is told without it: {error}.",
        "抑制リストを読み取れないため、抑制を確認せずに通知しています: {error}",
    ),
    "rule_faulty": (
        "Suppression rule {rule} is faulty and was not applied: {why}.",
        "抑制ルール {rule} に誤りがあり、適用されませんでした: {why}",
    ),
    "route_faulty": (
        "Route {rule} is faulty and was not followed: {why}.",
        "ルート {rule} に誤りがあり、使われませんでした: {why}",
    ),
    "routes_unreadable": (
        "The routes could not be read, so this finding is told here: {error}.",
        "ルートを読み取れないため、このチャンネルに通知しています: {error}",
    ),
    "channel_refused": (
        "Meant for channel {channel}, which Slack refused: {error}.",
        "本来の通知先はチャンネル {channel} ですが、Slack に拒否されました: {error}",
    ),
    "table_unreachable": (
        "The notifications table could not be reached, so this may have been told before: {error}.",
        "通知テーブルに接続できないため、通知済みの可能性があります: {error}",
    ),
    "possibly_repeated": (
        "Possibly repeated: Slack did not say whether it took this message before.",
        "重複の可能性: 前回の送信を Slack が受け取ったか確認できませんでした (possibly repeated)。",
    ),
    "identifiers_only": (
        "GuardDuty's details could not be fetched, only identifiers are shown: {why}.",
        "検出結果の詳細を取得できず、識別子のみを表示しています: {why}",
    ),
    "future_update": (
        "The finding says it was updated in the future: {updated}.",
        "検出結果の更新日時が未来になっています: {updated}",
    ),
    "resource_seen": (
        "Finding number {count} on this resource in {days} days.",
        "このリソースで過去 {days} 日間に {count} 件目の検出結果です。",
    ),
    # Suppressed after it was told.
    "suppressed": (
        "Suppressed since {since} by rule {rule}.",
        "{since} から抑制ルール {rule} により抑制中。",
    ),
    "suppressed_until": (
        "Suppressed since {since} by rule {rule} until {until}.",
        "{since} から {until} まで抑制ルール {rule} により抑制中。",
    ),
    "suppression_over": ("No longer suppressed: told again.", "抑制が終わり、再び通知しています。"),
    # News.
    "severity_rose": ("Severity rose from {from} to {to}.", "重大度が {from} から {to} に上がりました。"),
    "new_address": ("New remote address: {address}.", "新しいリモートアドレス: {address}"),
    "new_resource": ("New resource: {resource}.", "新しいリソース: {resource}"),
    "count_grew": ("Seen {count} times by now.", "これまでに {count} 回検出されました。"),
    "back_after": ("Back after {hours} quiet hours.", "{hours} 時間ぶりに再び検出されました。"),
}

_WORD_EDGE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s_:./-]+")


def severity(name: str, language: str) -> str:
    """Name a severity band; Japanese keeps GuardDuty's word beside its own."""
    return _say(SEVERITIES, name, language)


def kind(key: str, language: str) -> str:
    """Name a kind of resource; one that we don't know reads as GuardDuty writes it."""
    return _say(KINDS, key, language)


def label(key: str, language: str) -> str:
    """Name what stands beside it; a key that we don't know is made readable."""
    return _say(LABELS, key, language)


def sentence(key: str, language: str, values: Mapping[str, str]) -> str:
    """Say a sentence of ours with the given finished texts; a value that is missing reads "unknown".

    A key that we don't know is made readable and its values follow it.
    """
    if key not in SENTENCES:
        return ": ".join(filter(None, (readable(key), ", ".join(filter(None, values.values())))))
    return _say(SENTENCES, key, language).format_map(_Given(values, _say(SENTENCES, "unknown", language)))


def value(text: str, language: str) -> str:
    """Say one of the parser's own words (``yes``, ``scanned``) in our language; empty for anything else."""
    return _say(VALUES, text, language) if text in VALUES else ""


def knows(words: Words, key: str) -> bool:
    """Tell whether we have our own words for a key."""
    return key in words


def readable(key: str) -> str:
    """Make a key into words: ``remoteIpDetails`` and ``remote_ip_details`` become "Remote ip details"."""
    words = [word for word in _WORD_EDGE.split(key) if word]
    text = " ".join(word if word.isupper() else word.lower() for word in words)
    return text[:1].upper() + text[1:]


def _say(words: Words, key: str, language: str) -> str:
    if key not in words:
        return readable(key)
    return words[key][1 if language == "ja" else 0]


class _Given(dict[str, str]):
    """The values of a sentence, with a word for those that are missing or empty."""

    def __init__(self, values: Mapping[str, str], unknown: str) -> None:
        super().__init__({key: value for key, value in values.items() if value})
        self._unknown = unknown

    def __missing__(self, key: str) -> str:
        return self._unknown
