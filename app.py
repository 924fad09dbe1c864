"""The Lambda functions, thin: one for each Lambda state, in the order they run."""

from typing import Any

from chalice import Chalice  # type: ignore[attr-defined]

# Each function imports what it needs when it runs: this file is loaded by every function's cold start.

app = Chalice(app_name="guardduty-notifier")

State = dict[str, Any]


@app.lambda_function(name="read-finding")
def read_finding(event: Any, context: Any) -> State:
    """An event or a bare finding → the event with ``claim`` ({…} or null), whole; raises InvalidFinding.

    ``{"event", "failure"}``, after a fetch that failed → the event as it came, and why: ``not_fetched``.
    """
    from chalicelib import clock
    from chalicelib.functions.read_finding import Home, read_by_identifiers, read_finding

    home = Home(_account_of(context), _region_of(context))
    if isinstance(event, dict) and event.keys() == {"event", "failure"}:
        return read_by_identifiers(event["event"], event["failure"], home, clock.now())
    return read_finding(event, home, clock.now())


@app.lambda_function(name="look-up-account")
def look_up_account(event: State, context: Any) -> State:
    """The event → ``{"name", "ou_path", …}``, empty where the name is refused, with ``error`` and ``cause``."""
    from chalicelib import clock
    from chalicelib.functions.look_up_account import look_up_account

    return look_up_account(event, _account_of(context), clock.now())


@app.lambda_function(name="look-up-resource-tags")
def look_up_resource_tags(event: State, context: Any) -> State:
    """The event → ``{"source": "finding" | "live" | "none", "tags": {resource: {key: value}}, …}``."""
    from chalicelib.functions.look_up_resource_tags import look_up_resource_tags

    return look_up_resource_tags(event, _account_of(context))


@app.lambda_function(name="check-suppression-list")
def check_suppression_list(event: State, context: Any) -> State:
    """The event and its enrichment → ``{"suppressed", "rule", "faulty", "considered"}``."""
    from chalicelib import clock
    from chalicelib.functions.check_suppression_list import check_suppression_list

    return check_suppression_list(event, clock.now())


@app.lambda_function(name="post-to-slack")
def post_to_slack(event: Any, context: Any) -> Any:
    """``{"state", "execution", "retry_count", "answer"}`` → the state with ``posted``: what was done, and why.

    ``{"attention", "execution", "retry_count"}`` → ``{"status", "seconds", "why"}``: an answer shown, or a reminder.
    """
    from chalicelib import clock
    from chalicelib.functions.post_to_slack import post_to_slack

    return post_to_slack(event, context.aws_request_id, clock.now())


@app.lambda_function(name="look-for-answer")
def look_for_answer(event: Any, context: Any) -> Any:
    """``{"finding_id", "opening", "execution", "since"}`` → ``{"status", "seconds", "why"}``: what is next."""
    from chalicelib import clock
    from chalicelib.functions.look_for_answer import look_for_answer

    return look_for_answer(event, clock.now())


@app.lambda_function(name="send-test-message")
def send_test_message(event: State, context: Any) -> State:
    """Nothing → ``{"ok": true, "channel", "ts"}`` or ``{"ok": false, "error"}``."""
    from chalicelib.functions.send_test_message import say_hello

    return say_hello()


@app.lambda_function(name="replay-findings")
def replay_findings(event: State, context: Any) -> State:
    """``{"since", "min_severity", "dry_run", …}`` → counts and ``next``; posts what GuardDuty lists and we missed."""
    from chalicelib import clock
    from chalicelib.functions.replay_findings import replay_findings

    arn, remaining = context.invoked_function_arn, context.get_remaining_time_in_millis
    return replay_findings(event, arn, remaining, clock.now(), context.aws_request_id)


@app.lambda_function(name="announce-rule-change")
def announce_rule_change(event: State, context: Any) -> Any:
    """A batch of the tables' streams → ``{"status", "changes"}``; posted in SLACK_CHANNEL."""
    from chalicelib import clock
    from chalicelib.aws.recent_findings import recent_findings
    from chalicelib.functions.announce_rule_change import Surroundings, announce

    around = Surroundings(_account_of(context), context.get_remaining_time_in_millis, recent_findings)
    return announce(event, around, clock.now())


def _account_of(context: Any) -> str:
    """The account we run in: arn:aws:lambda:REGION:ACCOUNT:function:NAME."""
    return str(context.invoked_function_arn).split(":")[4]


def _region_of(context: Any) -> str:
    return str(context.invoked_function_arn).split(":")[3]
