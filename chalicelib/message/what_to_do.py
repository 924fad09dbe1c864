"""What to do: the team's own runbook, else AWS's page, and the credentials to revoke."""

from chalicelib.finding.model import Finding
from chalicelib.message import console_links, guide_links, importance, phrases, resources
from chalicelib.message.context import MessageContext
from chalicelib.text import words
from chalicelib.text.untrusted import code, escape

_URL = 1500
_KEYS = 3


def line(finding: Finding, context: MessageContext) -> str:
    """Say it in one line; nothing where nothing happened."""
    if finding.sample or finding.test:
        return ""
    language = context.language
    said = phrases.BETWEEN.join((*_revoke(finding, language), _page(finding, context)))
    return f"*{words.label('what_to_do', language)}*  {said}"


def keys(finding: Finding) -> list[str]:
    """Take the access keys that somebody used, without repetition."""
    held = (resources.key_of(each) for each in importance.ordered(finding))
    used = (each.credential for each in finding.actors)
    return list(dict.fromkeys(key for key in (*used, *held) if key))


def _revoke(finding: Finding, language: str) -> list[str]:
    """Say which credentials to revoke: those of an attack sequence, and whatever key a severe finding is about."""
    found = keys(finding) if finding.signals or finding.severity >= 7 else []
    if not found:
        return []
    named = ", ".join(code(key, 60) for key in found[:_KEYS])
    if len(found) > _KEYS:
        named = words.sentence("and_more", language, {"what": named, "count": str(len(found) - _KEYS)})
    roles = [each.name for each in finding.resources if each.kind == importance.CREDENTIALS and each.name]
    is_session = len(found) == 1 and found[0].startswith("ASIA") and len(set(roles)) == 1
    if is_session:
        issuer = phrases.known(roles[0], finding, 20)
        return [words.sentence("revoke_sessions", language, {"key": named, "issuer": issuer})]
    return [words.sentence("revoke", language, {"key": named})]


def _page(finding: Finding, context: MessageContext) -> str:
    """Lead to the runbook, else to AWS's page on the kind of resource."""
    runbook = context.links.runbook
    label = words.label("runbook" if runbook else "guide", context.language)
    url = runbook or guide_links.remediation_link(finding, context.language)
    return f"<{escape(url)}|{label}>" if len(url) < _URL and console_links.is_address(url) else ""
