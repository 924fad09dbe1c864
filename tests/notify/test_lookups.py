"""What the states before found out, where they write it and where they wrote it."""

from typing import Any

import pytest

from chalicelib.notify import lookups

CLAIM = {"finding_id": "1", "update": "2026-11-20T10:00:00.000Z", "lease_over": "", "expires_at": "1"}


@pytest.mark.parametrize(
    ("state", "claim"),
    [
        pytest.param({"claim": CLAIM}, CLAIM, id="read-finding"),
        pytest.param({"enrichment": {"account": {"claim": CLAIM}}}, CLAIM, id="older-definition"),
        pytest.param({"claim": CLAIM, "enrichment": {"account": {"claim": {"update": "0"}}}}, CLAIM, id="both"),
        pytest.param({"claim": None, "enrichment": {"account": {}}}, None, id="nothing-to-claim"),
        pytest.param({"enrichment": {"account": {"claim": None}}}, None, id="nothing-to-claim-older"),
        pytest.param({}, None, id="nothing"),
    ],
)  # fmt: skip
def test_the_claim(state: dict[str, Any], claim: Any) -> None:
    assert lookups.claim(state) == claim


@pytest.mark.parametrize(
    ("state", "why"),
    [
        pytest.param({"not_fetched": {"why": "gone"}}, "gone", id="said"),
        pytest.param({}, "this execution did not ask for them", id="older-definition"),
    ],
)
def test_why_details_are_missing(state: dict[str, Any], why: str) -> None:
    assert lookups.why_not_fetched(state) == why


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        pytest.param('{"errorMessage": "a sentence"}', "a sentence", id="of-a-function"),
        pytest.param("Rate Exceeded.", "Error", id="text"),
        pytest.param("{}", "Error", id="without-a-sentence"),
        pytest.param("[]", "Error", id="list"),
        pytest.param("", "Error", id="nothing"),
    ],
)
def test_a_failures_sentence(cause: str, said: str) -> None:
    assert lookups.sentence("Error", cause) == said


def test_the_account_by_all_its_names() -> None:
    found = {
        "name": "a",
        "ou_path": "o-1/ou-2/",
        "ou_names": "Payments",
        "other_accounts": {"444455556666": "b"},
    }
    state = {"enrichment": {"account": found}}
    assert lookups.account(state) == ("a", "o-1/ou-2/", "Payments")
    assert lookups.other_accounts(state) == {"444455556666": "b"}


def test_of_an_older_definition_less_is_known() -> None:
    state = {"enrichment": {"account": {"name": "a", "ou_path": ""}}}
    assert lookups.account(state) == ("a", "", "")
    assert lookups.other_accounts(state) == {}
