"""How bad it is at one glance: a sign in texts and a colour, both grey where nothing is to do."""

from collections.abc import Mapping

from chalicelib.finding.model import Finding, Severity
from chalicelib.message.context import MessageContext

COLOURS: Mapping[Severity, str] = {
    Severity.CRITICAL: "#7b1fa2",
    Severity.HIGH: "#d13212",
    Severity.MEDIUM: "#ff9900",
    Severity.LOW: "#0073bb",
}
SIGNS: Mapping[Severity, str] = {
    Severity.CRITICAL: "🟣",
    Severity.HIGH: "🔴",
    Severity.MEDIUM: "🟠",
    Severity.LOW: "🔵",
}
GREY = "#8d99a6"
GREY_SIGN = "⚪"


def sign(finding: Finding, context: MessageContext) -> str:
    """Choose the sign of a finding's severity; grey where it is hidden, or nothing happened."""
    return GREY_SIGN if _grey(finding, context) else SIGNS[finding.band]


def colour(finding: Finding, context: MessageContext) -> str:
    """Choose the colour that stands beside the details."""
    return GREY if _grey(finding, context) else COLOURS[finding.band]


def _grey(finding: Finding, context: MessageContext) -> bool:
    return finding.sample or finding.test or context.suppressed is not None
