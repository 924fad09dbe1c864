"""The page on costs counts what the stack has."""

import re
from pathlib import Path
from typing import Any

from statemachine.deploy import stack

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "cost.md").read_text("utf-8")


def alarms(template: dict[str, Any]) -> list[int]:
    """Count the metrics of each alarm: CloudWatch bills those of metric math one by one."""
    made = [each for each in template["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    of_each = [each["Properties"].get("Metrics", []) for each in made]
    return [len([each for each in metrics if "MetricStat" in each]) or 1 for metrics in of_each]


def test_alarms_and_what_they_watch() -> None:
    counted = alarms(stack.template())
    price = 0.10 * sum(counted)
    assert f"| {len(counted)} alarms on {sum(counted)} metrics, 0.10 for" in PAGE
    assert f"](https://aws.amazon.com/cloudwatch/pricing/) | {price:.2f} |" in PAGE


def test_metrics_of_our_own() -> None:
    [(number, names, price)] = re.findall(
        r"^\| (\d+) metrics of its own, 0.30 each: (.*) \| (.*) \|$", PAGE, re.M
    )
    shown = re.findall(r"`(\w+)`", names)
    code = "".join(path.read_text("utf-8") for path in (ROOT / "chalicelib").rglob("*.py"))
    assert all(f'"{name}"' in code for name in shown)
    watched = re.findall(r"MetricName: (Suppressed|QueueSeconds)", stack.TEMPLATE.read_text("utf-8"))
    assert {*watched} <= {*shown}
    assert (int(number), price) == (len(shown), f"{0.30 * len(shown):.2f}")


def test_a_forwarder_has_one_alarm() -> None:
    forwarder = stack.read_template(stack.TEMPLATE.with_name("forwarder.yaml"))
    assert len(alarms(forwarder)) == 1
    assert "has one alarm, US$ 0.10" in PAGE
