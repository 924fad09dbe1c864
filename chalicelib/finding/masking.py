"""Leaving credentials out of what processes, requests and unknown members say.

Access key ids (``AKIA…``, ``ASIA…``) are identifiers and stay: a reader needs them to disable the key.
"""

import re
from typing import Final

MASK: Final = "••••"

LONGEST: Final = 1_000
"""Characters kept of one value: far more than a message shows, little enough to search quickly."""

_SECRET_NAME = (
    # Not GetSecretValue, sts:GetSessionToken: names of API calls, which a colon may follow.
    r"(?!(?-i:Assume|Batch|Create|Delete|Describe|Get|List|Put|Update)(?-i:[A-Z])|secretsmanager)"
    r"[\w.-]{0,40}(?:passw(?:or)?d|passwd|passphrase|(?<![a-z])pass(?![a-z])|pwd|secret|token|api[_-]?key"
    r"|access[_-]?key(?!\s*id|[_-]?id)|private[_-]?key|credential|(?<![a-z])auth(?![a-z])|cookie|signature"
    r"|session[_-]?key)[\w.-]{0,40}"
)
_VALUE = r"""(?:"[^"]*"?|'[^']*'?|[^\s"'&;,|]+)"""

_PATTERNS: Final = (
    # Authorization: Bearer eyJ…   Cookie: session=…   X-Vault-Token: …
    r"""(?i)(\b(?:proxy-)?authorization["']?\s*[:=]\s*["']?(?:\w+\s+)?)([^\s"']+)""",
    r"(?i)(\b(?:bearer|basic)\s+)([\w.~+/=-]{8,})",
    # password=…, "token": "…", --secret=…, AWS_SECRET_ACCESS_KEY=…, ?X-Amz-Signature=…
    rf"""(?i)((?<![\w.-]){_SECRET_NAME}["']?\s{{0,3}}[:=]\s{{0,3}})({_VALUE})""",
    # --password …, -token …
    rf"(?i)((?<!\S)--?{_SECRET_NAME}\s+)(?!-)({_VALUE})",
    # curl -u user:…, curl --user user:…, mysql -p…, sshpass -p …
    r"((?<!\S)(?:-u|--user|--proxy-user)[\s=]+['\"]?[^\s:'\"]+:)([^\s'\"]+)",
    r"((?:\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^|;&]{0,200}?\s-p)|\bsshpass\s+-p\s*)(\S+)",
    # scheme://user:…@host
    r"(\b[a-zA-Z][\w+.-]{0,20}://[^\s/:@]*:)([^\s/@]+)(?=@)",
    # JSON Web Tokens, GitHub's and Slack's tokens, private keys
    r"()(\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?)",
    r"()(\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{8,}|sk-[\w-]{20,}))",
    r"(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)([\s\S]*)",
    # An AWS secret access key: forty characters of base64 with upper, lower and digits, unlike a hash.
    r"()((?<![\w/+=.-])(?=[\w/+]*[A-Z])(?=[\w/+]*[a-z])(?=[\w/+]*[0-9])(?!/)[A-Za-z0-9/+]{40}(?![\w/+=.-]))",
)

# Compiled when first needed, and kept by re: most findings have no process and no unknown member to search.
_NAME: Final = rf"(?i){_SECRET_NAME}|authorization"

_HINT: Final = (
    r"(?i)pass|pwd|secret|token|key|cred|auth|cookie|signature|bearer|basic|\s-u|--user|-user|mysql|mariadb|://|eyJ"
    r"|gh[pousr]_|glpat|xox|sk-|[A-Za-z0-9/+]{40}"
)
"""What every pattern needs; most values have none of it and are not searched further."""


def mask_member(name: str, value: str) -> str:
    """Mask a whole value whose name says that it is a credential, else what looks like one in it."""
    return MASK if re.fullmatch(_NAME, name.rpartition(".")[2]) else mask(value)


def mask(value: str) -> str:
    """Cut a value to `LONGEST` characters and replace what looks like a credential by dots."""
    cut = value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"
    if cut.startswith("arn:") or not re.search(_HINT, cut):  # an ARN of a secret or key names it, no more
        return cut
    for pattern in _PATTERNS:
        cut = re.sub(pattern, rf"\g<1>{MASK}", cut)
    return cut
