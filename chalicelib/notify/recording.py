"""What is recorded of a finding, or of a digest, that is shown in Slack from now on."""

from chalicelib import clock
from chalicelib.ledger import content, digests, watch
from chalicelib.ledger.claim import Claim, instant
from chalicelib.ledger.decide import FindingItem, is_stamped
from chalicelib.ledger.notifications import Changes
from chalicelib.notify import news
from chalicelib.notify.delivery import Done, Plan
from chalicelib.notify.job import Job
from chalicelib.notify.plans import REPEATED
from chalicelib.slack.api import Posted

UNSTAMPED: Changes = {"shown_suppression": "", "shown_since": ""}


def recorded(job: Job, item: FindingItem, plan: Plan, done: Done) -> Changes:
    """Say what is to be written of the item: what is shown of the finding, and what was said aloud."""
    aloud = bool(plan.news) or done.how in ("posted", "folded")
    repeated = REPEATED in plan.context.notes
    said = news.say(job.finding, news.read(item.said), aloud=aloud, repeated=repeated)
    changes: Changes = {
        "notified_update": job.update,
        "notified_by": job.execution,
        "notified_at": instant(job.now),
        "notified_severity": job.finding.severity,
        "notified_count": job.finding.count,
        "channel": done.channel,
        "ts": done.ts,
        "said": news.write(said),
        "content": content.pack(done.content) if done.content else "",
        "attempted_update": "",
        "place": "",
    }
    if item.fold and done.how == "posted":
        changes = {**changes, "unfolded": job.update}
    return changes if is_stamped(item, job.update) else {**changes, **UNSTAMPED}


def digest(id_: str, execution: str, done: Posted, asked: watch.Watch | None) -> Changes:
    """Say what is to be written of a digest's item: its message, and the answer that it asks for."""
    awaited: Changes = watch.changes(asked) if asked else {"awaits": "", "awaits_since": ""}
    return {
        "notified_update": instant(digests.begins(id_)),
        "notified_by": execution,
        "notified_at": instant(clock.now()),
        "channel": done.channel,
        "ts": done.ts,
        "content": content.pack(done.payload) if done.payload else "",
        "place": "",
        **awaited,
    }


def repair(claim: Claim, changes: Changes) -> dict[str, dict[str, str]]:
    """Give the values of RecordNotification: they are in its definition by name."""
    names = (
        *("notified_update", "notified_by", "notified_at", "channel", "ts", "said"),
        *("attention", "awaits", "awaits_since"),
    )
    numbers = {"notified_severity", "notified_count"}
    return {
        **{f":{name}": {"S": str(changes[name])} for name in names},
        **{f":{name}": {"N": str(changes[name])} for name in sorted(numbers)},
        ":expires_at": {"N": claim["expires_at"]},
        ":one": {"N": "1"},
    }
