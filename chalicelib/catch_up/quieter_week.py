"""On Mondays, after the proof: the rules that would have kept most of what was posted lately out of Slack.

It is an offer: nothing of it is raised, because Lambda would run the proof again, which is posted already.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from chalicelib import settings
from chalicelib.aws import recent_findings, rule_tables
from chalicelib.catch_up import posted_lately, quieter_message
from chalicelib.catch_up.posted_lately import ListedIn, NowHiding, PostedLately
from chalicelib.catch_up.quieter_message import Offer
from chalicelib.catch_up.request import Here, ReplayRequest
from chalicelib.catch_up.time_left import TimeLeft
from chalicelib.errors import AWSUnavailable, SlackRejected, SlackUnanswered, SlackUnavailable
from chalicelib.ledger import accounts
from chalicelib.message.console_links import table_link
from chalicelib.notify import outbox
from chalicelib.rules.quieter import quieter

_TO_CHOOSE = 240.0
"""Seconds that are kept: the rules are chosen among all that was read, then the message is posted."""

_UNKNOWN = (*recent_findings.UNKNOWN, SlackRejected, SlackUnanswered, SlackUnavailable)


def offer(
    request: ReplayRequest, regions: Sequence[str], here: Here, now: datetime, has_time: TimeLeft
) -> str:
    """Post the rules, where there are some, and say what came of it."""
    to_read = replace(has_time, reserve=_TO_CHOOSE)
    if not to_read():
        return "the time limit is near"
    try:
        return _offered(request, regions, here, now, to_read)
    except _UNKNOWN as error:
        return f"{type(error).__name__}: {error}"


def _offered(
    request: ReplayRequest, regions: Sequence[str], here: Here, now: datetime, has_time: TimeLeft
) -> str:
    table = settings.suppressions_table()
    hiding = NowHiding(rule_tables.every_item(table), accounts.accounts(here.account, now), now)
    listed = ListedIn(regions, here.account, posted_lately.since(now), request.min_severity)
    past = PostedLately()
    # What was read until then is offered, and the message says that it is not all.
    with suppress(AWSUnavailable):
        past.read(listed, hiding, has_time)
    rules = quieter(past.posted, past.others, now)
    if not rules:
        return "nothing to offer"
    offered = Offer(
        rules, posted_lately.DAYS, here.stage, table_link(here.partition, here.region, table), past.complete
    )
    language = settings.message_language()
    outbox.post(
        quieter_message.payload(offered, language), lambda: quieter_message.without_blocks(offered, language)
    )
    return f"{len(rules)} offered"
