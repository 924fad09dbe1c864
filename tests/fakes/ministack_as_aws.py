"""Where MiniStack does otherwise than AWS, and what is done about it; run by the Python that it is installed for.

- It reports each exception of a Python function as ``Runtime.HandlerError``: Lambda gives its class.
  https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
- It refuses alarms over several metrics: here they are made over the first of them.
- A function is ready half a second after it was made, and Chalice looks again after five: here it is at once.
- Nobody may put events of ``aws.guardduty``, as on AWS; but GuardDuty is not there to do so. Here the tests may.

Not mended: it knows neither GuardDuty nor RedriveExecution.
"""

import re
from typing import Any
from unittest.mock import patch

from ministack.app import main
from ministack.services import eventbridge, lambda_svc
from ministack.services.cloudformation import provisioners

_RAISED = re.compile(r"^(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)(?:: .*)?$")
"""A traceback's line that names what was raised."""

_execute = lambda_svc._execute_function_warm
_alarm_record = provisioners._cw_metric_alarm_record
_put_events = eventbridge._put_events


def with_class_name(*arguments: Any) -> dict[str, Any]:
    """Run a function; what it raised is named in the log's last traceback."""
    result: dict[str, Any] = _execute(*arguments)
    body = result.get("body")
    if result.get("error") and isinstance(body, dict) and body.get("errorType") == "Runtime.HandlerError":
        frames = result.get("log", "").rpartition("Traceback (most recent call last):")[2].splitlines()
        named = [found[1] for line in frames if line[:1].strip() and (found := _RAISED.match(line))]
        body["errorType"] = named[0] if named else body["errorType"]
    return result


def of_one_metric(name: str, properties: dict[str, Any]) -> Any:
    """Make the record of an alarm."""
    if metrics := properties.get("Metrics"):
        first = next(each["MetricStat"]["Metric"] for each in metrics if "MetricStat" in each)
        rest = {key: value for key, value in properties.items() if key != "Metrics"}
        return _alarm_record(name, {**rest, **first, "Period": 300, "Statistic": "Sum"})
    return _alarm_record(name, properties)


def as_guardduty(request: dict[str, Any], allow_aws_source: bool = True) -> Any:
    """Put events, also such as only AWS's services put."""
    return _put_events(request, allow_aws_source=allow_aws_source)


if __name__ == "__main__":
    with (
        patch.object(lambda_svc, "_execute_function_warm", with_class_name),
        patch.object(provisioners, "_cw_metric_alarm_record", of_one_metric),
        patch.object(lambda_svc, "_LAMBDA_STATE_TRANSITION_DELAY", 0),
        patch.object(eventbridge, "_put_events", as_guardduty),
    ):
        main()
