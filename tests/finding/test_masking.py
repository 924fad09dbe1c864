"""What looks like a credential is masked; what only names one is not."""

import pytest

from chalicelib.finding.masking import LONGEST, mask, mask_member

KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("psql password=hunter2 db", "psql password=•••• db", id="equals"),
        pytest.param("PGPASSWORD='a b c' psql", "PGPASSWORD=•••• psql", id="quoted"),
        pytest.param("--password hunter2 --user bob", "--password •••• --user bob", id="option"),
        pytest.param("app --api-key=abc --port 1", "app --api-key=•••• --port 1", id="option-with-equals"),
        pytest.param("mysql -uroot -phunter2 db", "mysql -uroot -p•••• db", id="mysql"),
        pytest.param("curl -u bob:hunter2 example.com", "curl -u bob:•••• example.com", id="curl"),
        pytest.param("https://bob:hunter2@example.com/x", "https://bob:••••@example.com/x", id="url"),
        pytest.param("Authorization: Bearer abc.def", "Authorization: Bearer ••••", id="bearer"),
        pytest.param("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ••••", id="basic"),
        pytest.param('{"token": "abc", "n": 1}', '{"token": ••••, "n": 1}', id="json"),
        pytest.param("openssl -passin pass:hunter2", "openssl -passin pass:••••", id="openssl"),
        pytest.param(f"AWS_SECRET_ACCESS_KEY={KEY} aws", "AWS_SECRET_ACCESS_KEY=•••• aws", id="named-key"),
        pytest.param(f"echo {KEY} x", "echo •••• x", id="secret-key-alone"),
        pytest.param("GITHUB_TOKEN=x", "GITHUB_TOKEN=••••", id="environment"),
        pytest.param("echo ghp_" + "a1" * 18, "echo ••••", id="github"),
        pytest.param("echo xoxb-" + "1234567890", "echo ••••", id="slack"),
        pytest.param("eyJhbGciOiJI.eyJzdWIiOiI.abc", "••••", id="web-token"),
        pytest.param(
            "-----BEGIN RSA PRIVATE KEY-----\nabc\n", "-----BEGIN RSA PRIVATE KEY-----••••", id="private-key"
        ),
    ],
)
def test_credentials_are_masked(value: str, shown: str) -> None:
    assert mask(value) == shown


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("AKIAIOSFODNN7EXAMPLE", id="access-key-id"),
        pytest.param("aws_access_key_id=AKIAIOSFODNN7EXAMPLE", id="named-access-key-id"),
        pytest.param("/etc/passwd", id="path"),
        pytest.param("cat /etc/shadow > /tmp/pwd.txt", id="command"),
        pytest.param("/api/v1/namespaces/kube-system/secrets?limit=500", id="kubernetes-secrets"),
        pytest.param("da39a3ee5e6b4b0d3255bfef95601890afd80709", id="sha1"),
        pytest.param("arn:aws:secretsmanager:eu-west-1:111122223333:secret:db", id="arn-of-a-secret"),
        pytest.param("secretsmanager:GetSecretValue", id="api"),
        pytest.param("sts.amazonaws.com:[GetSessionToken:AccessDenied]", id="api-and-its-error"),
        pytest.param("Mozilla/5.0 (X11; Linux x86_64)", id="user-agent"),
        pytest.param("", id="empty"),
    ],
)
def test_names_are_not_masked(value: str) -> None:
    assert mask(value) == value


def test_long_values_are_cut() -> None:
    assert len(mask("x" * 100_000)) == LONGEST


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("agent.apiToken", "••••", id="token"),
        pytest.param("dbPassword", "••••", id="password"),
        pytest.param("accessKeyId", "value", id="access-key-id"),
        pytest.param("secrets.count", "value", id="only-the-last-name-counts"),
    ],
)
def test_members_named_like_credentials(name: str, shown: str) -> None:
    assert mask_member(name, "value") == shown


@pytest.mark.parametrize(
    "part",
    [
        "pass",
        "password=",
        "token.-_",
        "mysql ",
        "a://",
        "-u a ",
        "Ab1/",
        "eyJ",
        "authorization ",
        "--token ",
        '"',
    ],
)
def test_no_value_takes_long(part: str) -> None:
    """Each takes a millisecond or two. With backtracking so many would outlast the test's time limit."""
    for _ in range(300):
        assert len(mask(part * 100_000)) <= LONGEST
