"""Whether the app may see who is in the user group whose members answer: else nobody's answer would count."""

from botocore.exceptions import ClientError

from chalicelib.errors import InvalidSettings, SlackRejected, SlackUnanswered, SlackUnavailable
from chalicelib.slack import api, reading
from statemachine.deploy.slack_secret import read_secret
from statemachine.deploy.stack import Stage
from statemachine.deploy.watch import say
from statemachine.session import WrongInput, code, is_refusal

SCOPE = "usergroups:read"
MISSING = f"RESPONDERS names a user group, and the app may not see who is in it (scope {SCOPE})"
HINT = f"Give the app the scope {SCOPE} and install it again, or leave RESPONDERS empty."


def require_scope(stage: Stage) -> None:
    """Raise WrongInput where the app may not see the group; where the secret can't be read it says so."""
    if not (stage.responders and stage.answer_within):
        return
    try:
        secret = read_secret(stage)
        if isinstance(secret, api.Webhook):
            return  # it sees no answers at all, with a group or without
        scopes = reading.auth_test(secret, stage.slack_api_url)["scopes"]
    except ClientError as error:
        if not is_refusal(error):
            raise
        _say_unseen(code(error))
        return
    except (InvalidSettings, SlackRejected, SlackUnavailable, SlackUnanswered) as error:
        _say_unseen(str(error))
        return
    if lacks_scope(scopes):
        raise WrongInput(f"{MISSING}. {HINT}")


def lacks_scope(scopes: str) -> bool:
    """Whether the scopes that Slack names are without this one; it names them of each token of an app."""
    named = {each.strip() for each in scopes.split(",")} - {""}
    return bool(named) and SCOPE not in named


def _say_unseen(why: str) -> None:
    say(f"Whether the app may see who is in the group of RESPONDERS was not looked at ({why}): doctor does.")
