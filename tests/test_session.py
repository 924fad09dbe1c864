"""What AWS refuses, and that it does not answer, is one line."""

from socket import socket

import pytest
from botocore.stub import Stubber

from statemachine import session
from statemachine.session import Failed, WrongInput
from tests.deploy.common import FAKE


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        pytest.param("ExpiredToken", WrongInput, "aws sso login", id="expired"),
        pytest.param("InvalidClientTokenId", WrongInput, "AWS_PROFILE", id="unknown-key"),
        pytest.param("AccessDenied", Failed, "AccessDenied: not yours", id="refused"),
    ],
)
def test_what_aws_refuses_is_one_line(
    fresh: pytest.MonkeyPatch, error: str, kind: type[Exception], said: str
) -> None:
    for name, value in FAKE.items():
        fresh.setenv(name, value)
    sts = session.client("sts")
    with Stubber(sts) as stub:
        stub.add_client_error("get_caller_identity", error, "not\n yours")
        with pytest.raises(kind, match=said), session.plain_errors():
            sts.get_caller_identity()


def test_aws_that_does_not_answer_is_one_line(fresh: pytest.MonkeyPatch) -> None:
    with socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    for name, value in {**FAKE, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}.items():
        fresh.setenv(name, value)
    with pytest.raises(Failed, match="AWS did not answer"), session.plain_errors():
        session.identity()
