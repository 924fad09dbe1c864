"""What a finding's message is to say, and where: from the state, the routes, and what the ledger knows."""

from contextlib import suppress
from dataclasses import replace

from botocore.exceptions import ClientError

from chalicelib import settings
from chalicelib.aws import rule_tables
from chalicelib.errors import AWSUnavailable, RoutesUnreadable
from chalicelib.finding.model import Finding
from chalicelib.ledger import resources
from chalicelib.ledger.decide import FindingItem, is_stamped, is_unanswered
from chalicelib.ledger.digest_ids import is_folded
from chalicelib.message.console_links import execution_link, table_link_beside
from chalicelib.message.context import Links, MessageContext, Note
from chalicelib.message.guide_links import runbook_link
from chalicelib.message.mark import Mark, MarkKind, finding_hash
from chalicelib.notify import lookups, news, opening, verdicts
from chalicelib.notify.delivery import Plan
from chalicelib.notify.job import Job
from chalicelib.notify.opening import Asking
from chalicelib.rules import routes
from chalicelib.slack.secret import Secret, Token

REPEATED = Note("possibly_repeated")


def news_of(job: Job, item: FindingItem) -> tuple[Note, ...]:
    """Say what the finding's reader does not know yet; empty where nothing was posted."""
    said = news.read(item.said)
    return news.find(job.finding, said) if said else ()


def rises(job: Job, item: FindingItem) -> bool:
    """Whether the severity is above what was said of the finding."""
    said = news.read(item.said)
    return said is not None and news.rises(job.finding, said)


def plan(job: Job, item: FindingItem) -> Plan:
    """Plan the post of a finding that no rule hides; raises RoutesUnreadable."""
    route, notes = _route(job)
    said = news.read(item.said)
    new = news_of(job, item)
    if is_unanswered(item) and new:
        new = (*new, REPEATED)
    repeated = said.repeated if said and item.ts else is_unanswered(item)
    marks = (REPEATED,) if repeated else ()
    context = _context(job, (*marks, *verdicts.notes(job.state), *_lacking(job), *notes), route.runbook)
    if is_stamped(item, job.update):
        context = replace(context, suppressed=verdicts.suppressed(item.shown_suppression, item.shown_since))
    return Plan(
        finding=job.finding,
        mark=_mark(job),
        context=replace(context, mention=route.mention),
        channel=route.channel or settings.slack_channel(),
        message_channel=item.channel,
        ts=item.ts,
        posted=bool(item.notified_update) and said is not None and not is_folded(item),
        news=new,
        broadcast=said is not None and news.rises(job.finding, said),
        asking=opening.asking(job.finding, route),
    )


def with_answer(job: Job, item: FindingItem, planned: Plan, secret: Secret) -> Plan:
    """Add the answer that is asked for from now on. With a webhook there is none: nobody's reaction can be read."""
    if not isinstance(secret, Token):
        return planned._replace(asking=Asking())
    after = opening.watched(job, item, planned.asking, news=bool(planned.news))
    more = opening.notes(item, after, planned.news)
    return planned._replace(watch=after, news=(*planned.news, *more))


def stamp(job: Job, item: FindingItem, shown: str, since: str) -> Plan:
    """Plan to say on the message that stands that a rule hides its finding."""
    context = replace(_context(job, verdicts.notes(job.state)), suppressed=verdicts.suppressed(shown, since))
    return Plan(
        job.finding, context, settings.slack_channel(), _mark(job), item.channel, item.ts, posted=True
    )


def _mark(job: Job) -> Mark:
    """What one without a claim is marked with nobody looks for."""
    key = job.claim["finding_id"] if job.claim else job.execution
    return Mark(MarkKind.FINDING, finding_hash(key), job.update, job.finding.severity, job.finding.count)


def with_context(job: Job, item: FindingItem, planned: Plan) -> Plan:
    """Add what the table knows besides; only once it is posted: who must wait would look twice."""
    over = item.shown_suppression and not is_stamped(item, job.update)
    notes = (*planned.context.notes, *((Note("suppression_over"),) if over else ()))
    return planned._replace(context=replace(planned.context, notes=notes, on_resource=_on_resource(job)))


def _on_resource(job: Job) -> int:
    """Count the findings that the resource has had, this one among them; 0 where nobody knows."""
    if job.claim is None or job.without_ledger or not job.finding.resources or job.finding.test:
        return 0
    # A number of context is not worth a retry.
    with suppress(AWSUnavailable, ClientError):
        return resources.findings_on(_whole_name(job.finding), job.finding.id, job.now)
    return 0


def _whole_name(finding: Finding) -> str:
    """Name the finding's resource so that no other has the name: two clusters may both be called prod."""
    resource = finding.resources[0]
    account, region = resource.account_id or finding.account_id, resource.region or finding.region
    return resource.arn or f"{account} {region} {resource.kind} {resource.ids[0]}"


def _route(job: Job) -> tuple[routes.Choice, tuple[Note, ...]]:
    if job.without_routes:
        return routes.Choice(), (Note("routes_unreadable", {"error": job.without_routes}),)
    try:
        items = rule_tables.items(settings.routes_table(), routes.keys(job.finding.type))
        choice = routes.choose(job.finding, lookups.account(job.state), items, job.now)  # which reads them
    except (AWSUnavailable, ClientError) as error:
        raise RoutesUnreadable(str(error)) from error
    faults = choice.faulty[: verdicts.MOST_FAULTS_NAMED]
    return choice, tuple(verdicts.faulty("route_faulty", fault) for fault in faults)


def _context(job: Job, notes: tuple[Note, ...], runbook: str = "") -> MessageContext:
    return MessageContext(
        account=lookups.account(job.state),
        links=_links(job, runbook),
        language=settings.message_language(),
        notes=notes,
        other_accounts=lookups.other_accounts(job.state),
    )


def _links(job: Job, runbook: str) -> Links:
    return Links(
        execution=execution_link(job.execution),
        access_portal=settings.access_portal_url(),
        suppressions=table_link_beside(job.execution, settings.suppressions_table()),
        runbook=runbook_link(runbook or settings.runbook_url(), job.finding),
    )


def _lacking(job: Job) -> tuple[Note, ...]:
    lacking = []
    if job.finding.identifiers_only:
        lacking.append(Note("identifiers_only", {"why": lookups.why_not_fetched(job.state)}))
    if job.without_ledger:
        lacking.append(Note("table_unreachable", {"error": job.without_ledger}))
    return tuple(lacking)
