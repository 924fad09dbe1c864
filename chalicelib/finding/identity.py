"""Who acts: access keys, users of Kubernetes and of databases, and by which names rules may know them."""

from collections.abc import Iterator
from typing import Final

from chalicelib.finding.arns import Place
from chalicelib.finding.fields import (
    Members,
    Row,
    details,
    first,
    found,
    text,
    unique,
    word,
)
from chalicelib.finding.making import make
from chalicelib.finding.model import Resource
from chalicelib.finding.sessions import UNNAMED, made_of, or_unnamed, person, without_session

ACCESS_KEY: Final = (
    Row("user", "userName"),
    word("user_type", "userType"),
    Row("principal_id", "principalId"),
    Row("access_key_id", "accessKeyId"),
)


def access_key_names(members: Members) -> list[str]:
    """Read every id and name of the user, role or key, but those that a caller chose.

    These are what stands behind the colon of ``AROA…:session``, and a federated user's name.
    """
    federated = first(members, "userType") == "FederatedUser"
    named = found(members, "accessKeyId", *(() if federated else ("userName",)))
    principal_ids = (each.partition(":")[0] for each in found(members, "principalId"))
    return unique([*(each for name in named for each in without_session(name)), *principal_ids])


def _known_access_key(members: Members) -> list[str]:
    return or_unnamed(access_key_names(members), found(members, "userName", "principalId"))


def access_key(members: Members, place: Place) -> Iterator[Resource]:
    """Read an access key."""
    return make(
        "access_key",
        _known_access_key(members),
        place,
        name=first(members, "userName"),
        described=details(members, *ACCESS_KEY),
        person=person_behind(members),
    )


def person_behind(members: Members) -> str:
    """Read who is behind an access key: the name of the role's session, or of the federated user."""
    said = first(members, "userType"), first(members, "userName")
    return person(*said, *found(members, "principalId"))


KUBERNETES_USER: Final = (
    Row("group", "groups"),
    Row("session_name", "sessionName"),
    Row("impersonated_user", "impersonatedUser.username"),
    Row("impersonated_group", "impersonatedUser.groups"),
)


def kubernetes_user(members: Members, place: Place) -> Iterator[Resource]:
    """Read a user of Kubernetes."""
    ids = _kubernetes_names(members)
    name = first(members, "username") if ids == [UNNAMED] else ""  # shown, though it satisfies no rule
    return make(
        "kubernetes_user",
        ids,
        place,
        name=name,
        described=details(members, *KUBERNETES_USER),
        person=_behind(members),
    )


def _behind(members: Members) -> str:
    """Read the session's name, else whom the user acts as."""
    session = ", ".join(found(members, "sessionName")) or person("", first(members, "username"))
    return session or first(members, "impersonatedUser.username")


def _kubernetes_names(members: Members) -> list[str]:
    """Read what a Kubernetes user is called, but not a name that is the session's or is made of it."""
    chosen = found(members, "sessionName")
    said = found(members, "username")
    named = (each for name in said if not made_of(name, chosen) for each in without_session(name))
    return or_unnamed(unique([*named, *found(members, "uid")]), [*said, *chosen])


RDS_USER: Final = (
    Row("application", "application"),
    Row("database", "database"),
    Row("auth_method", "authMethod"),
    Row("ssl", "ssl"),
)


def rds_user(members: Members, place: Place) -> Iterator[Resource]:
    """Read a user of a database."""
    return make("rds_user", [text(members.get("user"))], place, described=details(members, *RDS_USER))


def user(value: object) -> str:
    """Read who acted, where the finding's ``resource`` says so: a Kubernetes or a database user."""
    return first(value, "kubernetesDetails.kubernetesUserDetails.username", "rdsDbUserDetails.user")
