"""Who acts: users and roles by the names that their account gave them, and what they call their sessions."""

from collections.abc import Iterable, Iterator
from typing import Final

from chalicelib.finding import actions
from chalicelib.finding.arns import Place
from chalicelib.finding.fields import Members, at, first, found, records, unique
from chalicelib.finding.members.parts import Parts, SequenceResource, of_kind
from chalicelib.finding.model import Thing, Things
from chalicelib.finding.sessions import made_of, sessions, without_session

_USERS: Final = "kubernetesDetails.kubernetesUserDetails"


def principals(parts: Parts) -> Things:
    """Read each principal by its names; who has none of its own is there, and no rule can match it.

    An access key and a Kubernetes user are two names of one caller. Whom that user impersonates is another.
    """
    keys = [_of_key(each, _home(parts)) for each in records(parts.resource.get("accessKeyDetails"))]
    users = [_of_kubernetes(each) for each in records(at(parts.resource, _USERS))]
    impersonated = [(name,) for name in found(parts.resource, f"{_USERS}.impersonatedUser.username")]
    of_databases = [() for _ in records(parts.resource.get("rdsDbUserDetails"))]
    logins = [() for _ in actions.login_users(parts.action)]
    return (*_joined(keys, users), *impersonated, *of_databases, *logins, *_of_sequence(parts))


def _joined(keys: list[Thing], users: list[Thing]) -> list[Thing]:
    """Join the caller's two names; one that has no name of its own stays apart, and hinders."""
    if keys and users and users[0]:
        return [tuple(unique([*keys[0], *users[0]])), *keys[1:], *users[1:]]
    return [*keys, *users]


def _home(parts: Parts) -> Place:
    """Find the account whose user or role it is: another's, where the caller came from one."""
    remote = (first(member, "remoteAccountDetails.accountId") for member in parts.action.values())
    return parts.place._replace(account_id=next(filter(None, remote), parts.place.account_id))


def _of_key(members: Members, place: Place) -> Thing:
    return _names(first(members, "userType"), first(members, "userName"), place)


def _names(user_type: str, name: str, place: Place) -> Thing:
    """Read what a principal is called, by its type; of all others nobody knows who named them."""
    account = f"arn:{place.partition}:iam::{place.account_id}"
    match user_type.lower():
        case "root":
            return ("root", f"{account}:root")
        case "awsservice":
            return (name,) if name else ()
        case "iamuser" if _is_name(name):
            return tuple(_unless_root([name, f"{account}:user/{name}"]))
        case "assumedrole" | "role" if _is_name(name):
            session = f"arn:{place.partition}:sts::{place.account_id}:assumed-role/{name}"
            return tuple(_unless_root([name, f"{account}:role/{name}", session, f"{session}/"]))
        case _:
            return ()


def _is_name(name: str) -> bool:
    return bool(name) and ":" not in name and "/" not in name


def _unless_root(names: Iterable[str]) -> Iterator[str]:
    # Anybody can make a user of that name; the account's root user is another.
    return (name for name in names if name != "root")


def _of_kubernetes(members: Members) -> Thing:
    chosen = found(members, "sessionName")
    said = (name for name in found(members, "username") if not made_of(name, chosen))
    return tuple(unique(part for name in said for part in without_session(name)))


def _of_sequence(parts: Parts) -> Iterator[Thing]:
    for user in _actors(parts):
        name = first(user, "name")
        account_id = first(user, "account.uid") or parts.place.account_id
        known = "" if name in sessions(found(user, "uid")) else name
        yield _names(first(user, "type"), known, parts.place._replace(account_id=account_id))
    for key in of_kind(parts, "access_key"):
        account_id = first(key.members, "accountId") or parts.place.account_id
        yield _of_key(key.data, parts.place._replace(account_id=account_id))


def _actors(parts: Parts) -> list[Members]:
    return records(at(parts.sequence, "actors.user"))


def session_names(parts: Parts) -> Things:
    """Read what each caller calls the session; a caller without a session has none."""
    keys = [_session_of(each) for each in records(parts.resource.get("accessKeyDetails"))]
    users = records(at(parts.resource, _USERS))
    chosen = [(name,) for name in found(users, "sessionName")]
    nameless = [()] if users and not chosen and not keys else []
    return (*keys, *chosen, *nameless, *map(_of_actor, _actors(parts)), *_of_keys(parts))


def _session_of(members: Members) -> Thing:
    if first(members, "userType") == "FederatedUser":
        return tuple(found(members, "userName"))
    return tuple(sessions(found(members, "principalId")))


def _of_actor(user: Members) -> Thing:
    if first(user, "type") == "FederatedUser":
        return tuple(found(user, "name"))
    return tuple(sessions(found(user, "uid")))


def _of_keys(parts: Parts) -> Iterator[Thing]:
    return (_session_of(_whole(key)) for key in of_kind(parts, "access_key"))


def _whole(key: SequenceResource) -> Members:
    return {"principalId": key.members.get("uid"), **key.data}
