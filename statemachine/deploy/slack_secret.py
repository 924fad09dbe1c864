"""The Slack secret as who deploys or looks after a stage reads it."""

from chalicelib.errors import InvalidSettings
from chalicelib.slack import api
from statemachine.deploy.stack import Stage
from statemachine.session import client


def read_secret(stage: Stage) -> api.Token | api.Webhook:
    """Read the secret; raises InvalidSettings where it can't be used, and what AWS refuses."""
    name = stage.secret_parameter
    ssm = client("ssm")
    try:
        found = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    except ssm.exceptions.ParameterNotFound:
        raise InvalidSettings(f"there is no parameter {name}") from None
    if found["Type"] != "SecureString":
        raise InvalidSettings(
            f"the parameter {name} is a {found['Type']}, readable by many: make it a SecureString"
        )
    return api.read_secret(found["Value"], stage.slack_api_url)
