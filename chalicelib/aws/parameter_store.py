"""The Slack secret, from SSM Parameter Store.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
"""

from botocore.exceptions import ClientError

from chalicelib import clock
from chalicelib.aws.clients import client, transient_as_unavailable
from chalicelib.errors import InvalidSettings

# Long enough that a burst reads it once for each container, short enough that a rotated secret is soon used;
# a refused one is read anew at once.
_SECONDS_KEPT = 300

_kept: dict[str, tuple[str, float]] = {}


def secret(name: str, *, anew: bool = False) -> str:
    """Read a SecureString, kept for five minutes; raises InvalidSettings where it is missing or not ours to read."""
    value, read_at = _kept.get(name, ("", 0.0))
    if value and not anew and clock.running() - read_at < _SECONDS_KEPT:
        return value
    value = _read(name)
    _kept[name] = (value, clock.running())
    return value


def _read(name: str) -> str:
    try:
        with transient_as_unavailable("ssm:GetParameter"):
            return str(client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise InvalidSettings(
            f"The Slack secret {name} could not be read: {code}. "
            "Put it there with: aws ssm put-parameter --type SecureString"
        ) from error
