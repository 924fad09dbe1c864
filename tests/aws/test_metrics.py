"""The counts that become metrics: what CloudWatch's format wants, and nothing of a finding."""

import json
from datetime import UTC, datetime

from chalicelib.aws import metrics

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_the_line_is_in_the_embedded_metric_format() -> None:
    written = json.loads(metrics.line({"Suppressed": 2, "Listed": 0}, "dev", NOW))
    (about,) = written["_aws"]["CloudWatchMetrics"]
    assert (about["Namespace"], about["Dimensions"]) == ("GuardDutyNotifier", [["Stage"]])
    assert about["Metrics"] == [{"Name": name, "Unit": "Count"} for name in ("Suppressed", "Listed")]
    assert written["_aws"]["Timestamp"] == 1_795_176_000_000
    assert (written["Stage"], written["Suppressed"], written["Listed"]) == ("dev", 2, 0)
