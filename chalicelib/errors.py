"""Every exception a function may end with.

The class names are the state machine's error names: renaming one changes what the machine retries.
"""


class InvalidFinding(Exception):
    """The input is no GuardDuty finding. Who started the execution corrects it; a retry never helps."""


class FindingNotListed(Exception):
    """GuardDuty does not list the finding in the region that the event names, or not so that it can be read."""


class FindingWithheld(Exception):
    """GuardDuty refuses to give a finding. Its reason says what to correct; until then identifiers are posted."""


class InvalidSettings(Exception):
    """A setting or the Slack secret can't be used. Who deploys corrects it, then redrives the execution."""


class SlackRejected(Exception):
    """Slack refuses the post for good (channel, token, permission). The message says what to correct."""


class SlackUnavailable(Exception):
    """Slack did not take the message: an error of its own, or no connection. A retry posts it."""


class SlackDown(Exception):
    """Slack has taken nothing for over an hour. Somebody looks; a redrive posts it."""


class SlackUnanswered(Exception):
    """Slack may or may not have taken the message. A retry posts it again, marked as possibly repeated."""


class LedgerUnreadable(Exception):
    """The notifications table can't be used. A retry may succeed; at last a finding is posted without it."""


class RoutesUnreadable(Exception):
    """The routes can't be read. A retry may succeed; at last a finding is posted in SLACK_CHANNEL."""


class AWSUnavailable(Exception):
    """An AWS service throttled, failed or did not answer. A retry may succeed."""
