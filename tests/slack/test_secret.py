"""Which secrets are read, and which addresses may see them."""

import pytest

from chalicelib.errors import InvalidSettings
from chalicelib.slack.secret import Token, Webhook, api_base, read_secret

SLACK = "https://slack.com/api"
TOKEN = "xoxb-111122223333-abcDEF"
WEBHOOK = "https://hooks.slack.com/services/T000/B000/secretsecret"


@pytest.mark.parametrize(
    ("url", "base"),
    [
        pytest.param("https://slack.com/api", "https://slack.com/api", id="slack"),
        pytest.param("https://slack.com/api/", "https://slack.com/api", id="closing-slash"),
        pytest.param("https://slack-gov.com/api", "https://slack-gov.com/api", id="govslack"),
        pytest.param("HTTPS://Slack.COM/api", "https://slack.com/api", id="case-of-the-host"),
        pytest.param("https://slack.com:443/api", "https://slack.com:443/api", id="https-port"),
        pytest.param("http://127.0.0.1:8080/api", "http://127.0.0.1:8080/api", id="loopback-v4"),
        pytest.param("http://127.9.9.9:8080", "http://127.9.9.9:8080", id="loopback-net-without-path"),
        pytest.param("https://127.0.0.1:8080/api", "https://127.0.0.1:8080/api", id="loopback-https"),
        pytest.param("http://[::1]:8080/api", "http://[::1]:8080/api", id="loopback-v6"),
        pytest.param("http://localhost/api", "http://localhost/api", id="localhost"),
    ],
)
def test_addresses_that_may_see_the_token(url: str, base: str) -> None:
    assert api_base(url) == base


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("", id="empty"),
        pytest.param("slack.com/api", id="no-scheme"),
        pytest.param("http://slack.com/api", id="not-encrypted"),
        pytest.param("ftp://127.0.0.1/api", id="ftp"),
        pytest.param("file://localhost/etc/passwd", id="file"),
        pytest.param("https://evil.example.com/api", id="another-host"),
        pytest.param("https://slack.com.example.net/api", id="slack-as-a-prefix"),
        pytest.param("https://notslack.com/api", id="slack-as-a-suffix"),
        pytest.param("https://hooks.slack.com/api", id="subdomain"),
        pytest.param("https://slack.com./api", id="closing-dot"),
        pytest.param("https://slack.com:8443/api", id="another-port"),
        pytest.param("https://slack.com:99999/api", id="no-port"),
        pytest.param("https://slack.com:x/api", id="port-of-letters"),
        pytest.param("https://slack.com@evil.example.com/api", id="userinfo"),
        pytest.param("https://slack.com:443@evil.example.com/api", id="userinfo-and-port"),
        pytest.param("https://evil.example.com\\@slack.com/api", id="backslash"),
        pytest.param("https://slack.com\\.example.com/api", id="backslash-in-host"),
        pytest.param("https://evil.example.com#@slack.com/api", id="fragment"),
        pytest.param("https://evil.example.com?@slack.com/api", id="query"),
        pytest.param("https://slack.com/api?x=1", id="query-on-slack"),
        pytest.param("https://slack%2ecom/api", id="escaped-host"),
        pytest.param("https://ѕlack.com/api", id="cyrillic-host"),
        pytest.param("https://slack。com/api", id="ideographic-stop"),
        pytest.param("https://slack.com/api\r\nX: y", id="line-break"),
        pytest.param("https://slack.com/ api", id="space"),
        pytest.param("https:slack.com/api", id="no-host"),
        pytest.param("http://[::1/api", id="broken-bracket"),
        pytest.param("http://[::2]/api", id="v6-elsewhere"),
        pytest.param("http://0.0.0.0:8080/api", id="any-address"),
        pytest.param("http://128.0.0.1:8080/api", id="beside-loopback"),
        pytest.param("http://127.1:8080/api", id="short-v4"),
        pytest.param("http://0177.0.0.1:8080/api", id="octal-v4"),
        pytest.param("http://2130706433/api", id="v4-as-a-number"),
        pytest.param("http://localhost.example.com/api", id="localhost-as-a-prefix"),
        pytest.param("http://169.254.169.254/latest", id="link-local"),
        pytest.param("https://slack.com/" + "a" * 2000, id="endless"),
    ],
)
def test_addresses_that_may_not(url: str) -> None:
    with pytest.raises(InvalidSettings, match=r"^SLACK_API_URL must be https://slack\.com/api"):
        api_base(url)


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        pytest.param(TOKEN, Token(TOKEN), id="token"),
        pytest.param(f"  {TOKEN}\n", Token(TOKEN), id="pasted-with-newline"),
        pytest.param("xoxe.xoxb-1-abc", Token("xoxe.xoxb-1-abc"), id="rotated-token"),
        pytest.param(WEBHOOK, Webhook(WEBHOOK), id="webhook"),
        pytest.param(f"{WEBHOOK}\r\n", Webhook(WEBHOOK), id="webhook-with-newline"),
        pytest.param(
            "https://hooks.slack-gov.com/services/T/B/x",
            Webhook("https://hooks.slack-gov.com/services/T/B/x"),
            id="govslack-webhook",
        ),
        pytest.param(
            "http://127.0.0.1:9/services/x", Webhook("http://127.0.0.1:9/services/x"), id="loopback-webhook"
        ),
    ],
)
def test_secrets_posted_apart(value: str, secret: Token | Webhook) -> None:
    assert read_secret(value, SLACK) == secret


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="empty"),
        pytest.param("secretsecret", id="something-else"),
        pytest.param("xoxp-secretsecret", id="user-token"),
        pytest.param("xapp-secretsecret", id="app-token"),
        pytest.param("xoxb-", id="token-without-a-body"),
        pytest.param("xoxb-secret secret", id="token-with-a-space"),
        pytest.param("xoxb-secret\r\nX-Header: 1", id="token-with-a-header"),
        pytest.param("xoxb-secrét", id="token-beyond-ascii"),
        pytest.param('{"token": "xoxb-secretsecret"}', id="json"),
        pytest.param("http://hooks.slack.com/services/secretsecret", id="not-encrypted"),
        pytest.param("https://hooks.slack.com", id="no-path"),
        pytest.param("https://hooks.slack.com/", id="root-path"),
        pytest.param("https://hooks.slack.com/triggers/E1/2/secretsecret", id="workflow-trigger"),
        pytest.param("https://hooks.slack.com/workflows/T1/A1/2/secretsecret", id="old-workflow-trigger"),
        pytest.param("https://slack.com/services/secretsecret", id="slack-itself"),
        pytest.param("https://hooks.slack.com.example.net/services/secretsecret", id="slack-as-a-prefix"),
        pytest.param("https://hooks.slack.com@evil.example.com/services/secretsecret", id="userinfo"),
        pytest.param("https://hooks.slack.com/services/secretsecret?x=1", id="query"),
        pytest.param("https://198.51.100.1/services/secretsecret", id="another-host"),
    ],
)
def test_secrets_of_no_use_are_refused_and_not_shown(value: str) -> None:
    with pytest.raises(InvalidSettings, match="must be a bot token") as caught:
        read_secret(value, SLACK)
    assert "secretsecret" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("api_url", "posted_to"),
    [
        pytest.param("http://127.0.0.1:8080/api", "http://127.0.0.1:8080", id="loopback"),
        pytest.param("http://[::1]:8080/api", "http://[::1]:8080", id="loopback-v6"),
        pytest.param("https://localhost/api/", "https://localhost", id="localhost"),
        pytest.param(SLACK, "https://hooks.slack.com", id="slack-itself"),
        pytest.param("https://slack-gov.com/api", "https://hooks.slack.com", id="govslack"),
    ],
)
def test_a_local_run_posts_a_real_webhook_to_loopback(api_url: str, posted_to: str) -> None:
    assert read_secret(WEBHOOK, api_url) == Webhook(f"{posted_to}/services/T000/B000/secretsecret")


def test_a_loopback_webhook_stays_where_it_is() -> None:
    secret = read_secret("http://127.0.0.1:9/services/x", "http://127.0.0.1:8080/api")
    assert secret == Webhook("http://127.0.0.1:9/services/x")


def test_a_bad_api_url_is_refused_with_a_webhook_too() -> None:
    with pytest.raises(InvalidSettings, match="SLACK_API_URL"):
        read_secret(WEBHOOK, "https://evil.example.com/api")


@pytest.mark.parametrize("secret", [Token(TOKEN), Webhook(WEBHOOK)], ids=["token", "webhook"])
def test_a_secret_is_not_printed(secret: Token | Webhook) -> None:
    assert repr(secret) == f"{type(secret).__name__}()"
    assert str(secret) == f"{secret}" == repr(secret)


def test_a_changed_secret_differs() -> None:
    assert read_secret(TOKEN, SLACK) == read_secret(f"{TOKEN}\n", SLACK)
    assert read_secret(TOKEN, SLACK) != read_secret(f"{TOKEN}2", SLACK)
