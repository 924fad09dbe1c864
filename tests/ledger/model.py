"""The ledger with two executions of one finding, as small as it can be, and every order in which things may happen.

It has no code of the product's: what it asks ``decide`` is put into the product's words by ``test_model.py``, which
expects the same answers. An execution reads the item, decides, writes with the condition that the item is as it was
read, and acts; it may die between any two steps, be answered by nobody, be refused. Any lease may run out, a rule may
be added.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple


class ModelItem(NamedTuple):
    """The finding's item. Updates are numbers, 0 for none; an execution is its place."""

    v: int = 0
    claimed: int = 0
    by: int = -1
    claim_lives: bool = False
    attempt: tuple[int, int] | None = None
    """Whose: the execution, and the how-manieth of its runs."""
    attempt_lives: bool = False
    unanswered: bool = False
    notified: int = 0
    ts: int = 0
    suppressed: int = 0


class ModelRun(NamedTuple):
    """One execution and where it is."""

    update: int
    at: str = "enter"
    number: int = 0
    hidden: bool = False
    """What the list would say now."""
    verdict: bool = False
    """What it said when this run began."""
    read: ModelItem = ModelItem()
    stamps: bool = False
    found: tuple[int, int] = (0, 0)
    """A message of ours in Slack's history, and the update it shows."""
    placed: tuple[int, int] = (0, 0)
    """What is to be recorded: the message, and the update it shows."""
    end: str = ""


class ModelMessage(NamedTuple):
    """A message in Slack."""

    ts: int
    shows: int
    marked: bool = False
    stamp: int = 0


class ModelWorld(NamedTuple):
    """Everything, and how much may still go wrong."""

    item: ModelItem
    runs: tuple[ModelRun, ...]
    messages: tuple[ModelMessage, ...] = ()
    late: tuple[ModelMessage, ...] = ()
    """Slack takes them after the caller has given up."""
    deaths: int = 0
    losses: int = 0
    rule: bool = False


@dataclass(frozen=True)
class Setting:
    """What is tried."""

    updates: tuple[int, int]
    hides: Callable[[int], bool] = lambda _: False
    """Whether the rule that may be added hides an update."""
    looks: bool = True
    """Whether the app may read the channel's history."""
    late: bool = False
    """Whether Slack may take a message after it was looked for."""
    deaths: int = 1
    losses: int = 1


_MOST_RUNS = 4
"""Runs of one execution; what needs more is the same again."""

ACTS = frozenset({"look", "post", "stamp", "record", "refused"})


def answer(item: ModelItem, run: ModelRun, me: int) -> str:  # noqa: PLR0911 - a row each
    """Decide, by the rows of the design."""
    if item.attempt is not None and item.attempt_lives:
        return "wait"
    unanswered = not item.ts and (item.unanswered or item.attempt is not None)
    if run.verdict:
        if unanswered:
            return "look"
        stampable = item.ts and item.notified < run.update and item.suppressed < run.update
        return "stamp" if stampable else "suppressed"
    if item.notified > run.update:
        return "superseded"
    if item.notified == run.update:
        return "already"
    if item.claimed > run.update and item.claim_lives and item.suppressed < item.claimed:
        return "wait"
    if item.claimed == run.update and item.by not in (-1, me) and item.claim_lives:
        return "claimed"
    if unanswered:
        return "look"
    return "update" if item.ts else "post"


def steps(world: ModelWorld, setting: Setting) -> Iterator[ModelWorld]:
    """Say what may happen next."""
    yield from _by_itself(world, setting)
    for me, run in enumerate(world.runs):
        if run.at == "end":
            continue
        if world.deaths and run.at not in ("enter", "end"):
            yield _with(world, me, _again(run))._replace(deaths=world.deaths - 1)
        yield from _STEPS[run.at](world, me, run, setting)


def _by_itself(world: ModelWorld, setting: Setting) -> Iterator[ModelWorld]:
    item = world.item
    if item.claim_lives:
        yield world._replace(item=item._replace(claim_lives=False))
    if item.attempt and item.attempt_lives and not _acts(world, item.attempt):
        yield world._replace(item=item._replace(attempt_lives=False))
    for message in world.late:
        left = tuple(each for each in world.late if each != message)
        yield world._replace(late=left, messages=(*world.messages, message))
    if world.rule:
        runs = tuple(run._replace(hidden=setting.hides(run.update)) for run in world.runs)
        yield world._replace(rule=False, runs=runs)


def _acts(world: ModelWorld, attempt: tuple[int, int]) -> bool:
    """Whether the attempt's owner is at it: it stops before its attempt runs out."""
    run = world.runs[attempt[0]]
    return run.number == attempt[1] and run.at in ACTS


def _with(world: ModelWorld, me: int, run: ModelRun) -> ModelWorld:
    return world._replace(runs=(*world.runs[:me], run, *world.runs[me + 1 :]))


def _again(run: ModelRun) -> ModelRun:
    return ModelRun(run.update, number=run.number, hidden=run.hidden)


def _enter(world: ModelWorld, me: int, run: ModelRun, _: Setting) -> Iterator[ModelWorld]:
    yield _with(world, me, run._replace(at="read", number=run.number + 1, verdict=run.hidden))


def _read(world: ModelWorld, me: int, run: ModelRun, _: Setting) -> Iterator[ModelWorld]:
    yield _with(world, me, run._replace(at="decide", read=world.item))


def _decide(world: ModelWorld, me: int, run: ModelRun, setting: Setting) -> Iterator[ModelWorld]:
    decision = answer(run.read, run, me)
    if decision in ("superseded", "already", "claimed"):
        yield _with(world, me, run._replace(at="end", end=decision))
    elif decision == "wait" or world.item.v != run.read.v:
        yield _with(world, me, _again(run))
    elif decision == "suppressed":
        item = world.item._replace(v=world.item.v + 1, suppressed=max(run.update, world.item.suppressed))
        yield _with(world, me, run._replace(at="end", end="suppressed"))._replace(item=item)
    else:
        yield _begin(world, me, run, decision, setting)


def _begin(world: ModelWorld, me: int, run: ModelRun, decision: str, setting: Setting) -> ModelWorld:
    """Write claim and attempt. A hidden update claims nothing: it supersedes no post."""
    item = world.item
    begun = item._replace(
        v=item.v + 1,
        attempt=(me, run.number),
        attempt_lives=True,
        unanswered=item.unanswered or item.attempt is not None,
    )
    if not run.verdict:
        begun = begun._replace(claimed=run.update, by=me, claim_lives=True)
    then = {"look": "look" if setting.looks else "post", "stamp": "stamp"}.get(decision, "post")
    if run.verdict and then == "post":
        then = "refused"  # nothing may be posted, and nothing can be looked for
    return _with(world, me, run._replace(at=then, read=begun))._replace(item=begun)


def _look(world: ModelWorld, me: int, run: ModelRun, _: Setting) -> Iterator[ModelWorld]:
    found = max(((each.shows, each.ts) for each in world.messages), default=(0, 0))
    looked = run._replace(found=(found[1], found[0]))
    if run.verdict or found[0] >= run.update:
        yield _with(world, me, looked._replace(at="record", placed=looked.found))
    else:
        yield _with(world, me, looked._replace(at="post"))


def _post(world: ModelWorld, me: int, run: ModelRun, setting: Setting) -> Iterator[ModelWorld]:
    ts = run.read.ts or run.found[0]
    if ts:
        yield _with(world, me, run._replace(at="record", placed=(ts, run.update)))._replace(
            messages=tuple(
                each._replace(shows=run.update) if each.ts == ts else each for each in world.messages
            )
        )
        return
    ts = 1 + len(world.messages) + len(world.late)
    message = ModelMessage(ts, run.update, marked=run.read.unanswered and not setting.looks)
    yield _with(world, me, run._replace(at="record", placed=(ts, run.update)))._replace(
        messages=(*world.messages, message)
    )
    if world.losses:
        lost = _with(world, me, _again(run))._replace(losses=world.losses - 1)
        yield lost._replace(messages=(*world.messages, message))
        yield lost
        yield _with(world, me, run._replace(at="refused"))._replace(losses=world.losses - 1)
        if setting.late:
            yield lost._replace(late=(*world.late, message))


def _stamp(world: ModelWorld, me: int, run: ModelRun, _: Setting) -> Iterator[ModelWorld]:
    messages = tuple(
        each._replace(stamp=max(each.stamp, run.update)) if each.ts == run.read.ts else each
        for each in world.messages
    )
    placed = (run.read.ts, run.read.notified)
    yield _with(world, me, run._replace(at="record", stamps=True, placed=placed))._replace(messages=messages)


def _record(world: ModelWorld, me: int, run: ModelRun, _: Setting) -> Iterator[ModelWorld]:
    item = world.item
    if item.attempt != (me, run.number):
        yield _with(world, me, _again(run))
        return
    ts, shows = run.placed
    suppressed = max(item.suppressed, run.update if run.verdict else 0)
    done = item._replace(
        v=item.v + 1,
        attempt=None,
        attempt_lives=False,
        unanswered=False,
        ts=ts,
        notified=shows,
        suppressed=suppressed,
    )
    if run.verdict and not run.stamps:  # what was looked for is known now, and may be stamped
        yield _with(world, me, _again(run))._replace(item=done._replace(suppressed=item.suppressed))
    else:
        yield _with(
            world, me, run._replace(at="end", end="suppressed" if run.verdict else "posted")
        )._replace(item=done)


def _refused(world: ModelWorld, me: int, run: ModelRun, _: Setting) -> Iterator[ModelWorld]:
    """Take back only what this run wrote: what was unanswered before stays so."""
    item = world.item
    if item.attempt == (me, run.number):
        suppressed = max(item.suppressed, run.update if run.verdict else 0)
        item = item._replace(v=item.v + 1, attempt=None, attempt_lives=False, suppressed=suppressed)
    gone = run._replace(at="end", end="suppressed") if run.verdict else _again(run)
    yield _with(world, me, gone)._replace(item=item)


_STEPS: dict[str, Callable[[ModelWorld, int, ModelRun, Setting], Iterator[ModelWorld]]] = {
    "enter": _enter,
    "read": _read,
    "decide": _decide,
    "look": _look,
    "post": _post,
    "stamp": _stamp,
    "record": _record,
    "refused": _refused,
}


def explored(
    setting: Setting, watch: Callable[[ModelItem, ModelRun, int, str], None]
) -> tuple[int, set[str]]:
    """Try every order: how many states there are, and what is wrong in some of them."""
    runs = tuple(ModelRun(update) for update in setting.updates)
    rule = any(setting.hides(update) for update in setting.updates)
    start = ModelWorld(ModelItem(), runs, deaths=setting.deaths, losses=setting.losses, rule=rule)
    seen, left, wrong = {start}, deque([start]), set[str]()
    while left:
        world = left.popleft()
        for me, run in enumerate(world.runs):
            if run.at == "decide":
                watch(run.read, run, me, answer(run.read, run, me))
        if all(run.at == "end" for run in world.runs) and not world.late:
            wrong |= _wrong_at_the_end(world)
        if max(run.number for run in world.runs) > _MOST_RUNS:
            continue
        for after in steps(world, setting):
            wrong |= _wrong_step(world, after)
            if after not in seen:
                seen.add(after)
                left.append(after)
    return len(seen), wrong


def _wrong_step(before: ModelWorld, after: ModelWorld) -> set[str]:
    shown = {each.ts: each for each in before.messages}
    for each in after.messages:
        if each.ts in shown and each.shows < shown[each.ts].shows:
            return {"an older update over a newer one"}
        if each.ts in shown and each.stamp > shown[each.ts].stamp and each.stamp < each.shows:
            return {"a stamp of an older update on newer content"}
    return set()


def _wrong_at_the_end(world: ModelWorld) -> set[str]:
    wrong = set()
    wanted = max((run.update for run in world.runs if run.end != "suppressed"), default=0)
    if max((each.shows for each in world.messages), default=0) < wanted:
        wrong.add("the newest update that no rule hides is not shown")
    if len(world.messages) > 1:
        marked = any(each.marked for each in world.messages)
        wrong.add("two messages, one of them marked" if marked else "two messages, none of them marked")
    return wrong
