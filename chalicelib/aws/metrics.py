"""Counts for CloudWatch, as lines of a function's log: no call to make, and nothing of a finding in them."""

import json
from collections.abc import Mapping
from datetime import datetime


def line(counts: Mapping[str, int], stage: str, now: datetime, unit: str = "Count") -> str:
    """Write the line from which CloudWatch makes a metric of each count (namespace GuardDutyNotifier, by Stage).

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    units = [{"Name": name, "Unit": unit} for name in counts]
    about = {"Namespace": "GuardDutyNotifier", "Dimensions": [["Stage"]], "Metrics": units}
    timed = {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [about]}
    return json.dumps({"_aws": timed, "Stage": stage, **counts})
