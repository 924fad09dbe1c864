"""The ledger with a few executions of one finding, as small as it can be, and every order in which things may happen.

It has no code of the product's: what it asks ``decide`` is put into the product's words by ``test_model.py``, which
expects the same answers. An execution reads the item, decides, writes with the condition that the item is as it was
read, and acts; it may claim and start again from the queue, die between any two steps, be answered by nobody, be
refused. Any lease may run out, a rule may be added.
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
    attempt: int | None = None
    """Whose: an execution, or ``GONE``: the run that began it is over."""
    attempt_lives: bool = False
    attempted: int = 0
    """What the message may show, as an attempt has ended with no answer; 0 where its content is known."""
    unanswered: bool = False
    repeated: bool = False
    """Whether an unanswered post was looked for in vain: it may turn up beside the message."""
    fresh: bool = False
    """Whether that may be for some time still; it is not looked for before."""
    notified: int = 0
    by_whom: int = -1
    """Who said what the message shows: an execution."""
    ts: int = 0
    suppressed: int = 0
    shown: bool = False
    """Whether the message names the rule."""


class ModelRun(NamedTuple):
    """One execution and where it is."""

    update: int
    at: str = "enter"
    hidden: bool = False
    """What the list would say now."""
    verdict: bool = False
    """What it said when this run began."""
    read: ModelItem = ModelItem()
    decided: str = ""
    """What it has decided, where it has forgotten what it read."""
    was: tuple[int, bool] = (0, False)
    """``attempted`` and ``shown`` before its attempt, which are taken back with it."""
    stamps: bool = False
    placed: tuple[int, int] = (0, 0)
    """What is to be recorded: the message, and the update it shows; while unanswered, which message was changed."""
    end: str = ""


class ModelMessage(NamedTuple):
    """A message in Slack."""

    ts: int
    shows: int
    marked: bool = False
    stamp: int = 0
    """The hidden update for which it was last told to name the rule; 0 where it names none."""
    points: bool = False
    """Whether it only says where the finding's message is."""


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

    updates: tuple[int, ...]
    posted: int = 0
    """What a message shows already."""
    stamped: int = 0
    """The hidden update that this message is stamped for."""
    attempted: int = 0
    """What it shows in truth, as an execution died before it recorded that; 0 where it shows what is recorded."""
    hides: Callable[[int], bool] = lambda _: False
    """Whether the rule that may be added hides an update."""
    looks: bool = True
    """Whether the app may read the channel's history."""
    late: bool = False
    """Whether Slack may take a message after it was looked for."""
    later: bool = False
    """Whether it may so after it was looked for once more."""
    deaths: int = 1
    losses: int = 1


GONE = -1

ACTS = frozenset({"post", "stamp", "surplus", "record", "refused"})

HAS_WRITTEN = ACTS | {"unanswered"}
"""Where an execution has written to the item since it began."""

BEGUN = HAS_WRITTEN | {"read", "decide", "look"}
"""Wherever it has begun and not ended."""

ENDS = frozenset({"superseded", "already", "claimed"})
"""The answers after which an execution has nothing to do."""


def answer(item: ModelItem, run: ModelRun, me: int, *, looks: bool) -> str:  # noqa: PLR0911 - a row each
    """Decide, by the rows of the design."""
    if item.attempt is not None and item.attempt_lives:
        return "wait"
    unanswered = looks and (item.unanswered or item.attempt is not None)
    if run.verdict and unanswered:
        return "look"
    if looks and item.repeated and item.ts:
        if not item.fresh:
            return "surplus"
        if item.by_whom == me:
            return "wait"
    if run.verdict:
        older = item.notified < run.update and item.attempted <= run.update
        stampable = item.ts and older and (item.attempted or not item.shown)
        return "stamp" if stampable else "suppressed"
    if item.notified > run.update:
        return "superseded"
    if item.notified == run.update:
        return "already"
    if item.claimed > run.update and item.claim_lives and item.suppressed < item.claimed:
        return "wait"
    if item.ts and item.attempted > run.update:
        return "superseded"
    if item.claimed == run.update and item.by not in (-1, me) and item.claim_lives:
        return "claimed"
    if unanswered:
        return "look"
    return "update" if item.ts else "post"


def _stays_stamped(item: ModelItem, update: int) -> bool:
    """Whether a stamp stays beside this update: what is hidden is newer."""
    return item.shown and item.suppressed > update


def steps(world: ModelWorld, setting: Setting, deaths_at: frozenset[str]) -> Iterator[ModelWorld]:
    """Say what may happen next."""
    yield from _by_itself(world, setting)
    for me, run in enumerate(world.runs):
        if run.at == "end":
            continue
        if world.deaths and run.at in deaths_at:
            yield _with(world, me, _again(run))._replace(deaths=world.deaths - 1)
        yield from _STEPS[run.at](world, me, run, setting)


def _by_itself(world: ModelWorld, setting: Setting) -> Iterator[ModelWorld]:
    item = world.item
    if item.claim_lives:
        yield world._replace(item=item._replace(claim_lives=False))
    if item.fresh and (setting.later or not world.late):
        yield world._replace(item=item._replace(fresh=False))
    if item.attempt is not None and item.attempt_lives and not _acts(world, item.attempt):
        yield world._replace(item=item._replace(attempt_lives=False))
    for message in world.late:
        left = tuple(each for each in world.late if each != message)
        yield world._replace(late=left, messages=(*world.messages, message))
    if world.rule:
        runs = tuple(run._replace(hidden=setting.hides(run.update)) for run in world.runs)
        yield world._replace(rule=False, runs=runs)


def _acts(world: ModelWorld, attempt: int) -> bool:
    """Whether the attempt's owner is at it: it stops before its attempt runs out."""
    return attempt != GONE and world.runs[attempt].at in ACTS


def _with(world: ModelWorld, me: int, run: ModelRun) -> ModelWorld:
    return world._replace(runs=(*world.runs[:me], run, *world.runs[me + 1 :]))


def _again(run: ModelRun) -> ModelRun:
    return ModelRun(run.update, hidden=run.hidden)


def _enter(world: ModelWorld, me: int, run: ModelRun, _: Setting) -> Iterator[ModelWorld]:
    yield _with(world, me, run._replace(at="read", verdict=run.hidden))


def _read(world: ModelWorld, me: int, run: ModelRun, _: Setting) -> Iterator[ModelWorld]:
    yield _with(world, me, run._replace(at="decide", read=world.item))


def _decide(world: ModelWorld, me: int, run: ModelRun, setting: Setting) -> Iterator[ModelWorld]:
    decision = run.decided or answer(run.read, run, me, looks=setting.looks)
    if decision in ENDS:
        yield _with(world, me, run._replace(at="end", end=decision))
    elif decision == "wait" or world.item.v != run.read.v:
        yield _with(world, me, _again(run))
    elif decision == "look":
        yield _with(world, me, run._replace(at="look"))
    elif decision == "surplus":
        begun = world.item._replace(v=world.item.v + 1, attempt=me, attempt_lives=True)
        yield _with(world, me, run._replace(at="surplus", read=begun))._replace(item=begun)
    elif decision == "suppressed":
        item = world.item._replace(v=world.item.v + 1, suppressed=max(run.update, world.item.suppressed))
        yield _with(world, me, run._replace(at="end", end=_hidden_end(item)))._replace(item=item)
    else:
        if not run.verdict and not _has_claimed(world.item, run, me):
            yield _claim(world, me, run)
        yield _begin(world, me, run, decision)


def _hidden_end(item: ModelItem) -> str:
    return "suppressed" if item.ts else "suppressed before a message"


def _has_claimed(item: ModelItem, run: ModelRun, me: int) -> bool:
    return item.claimed == run.update and item.by == me and item.claim_lives


def _claim(world: ModelWorld, me: int, run: ModelRun) -> ModelWorld:
    """Write the claim alone, and wait for the queue; whoever has waited starts again."""
    claimed = world.item._replace(v=world.item.v + 1, claimed=run.update, by=me, claim_lives=True)
    return _with(world, me, _again(run))._replace(item=claimed)


def _begin(world: ModelWorld, me: int, run: ModelRun, decision: str) -> ModelWorld:
    """Write claim and attempt. A hidden update claims nothing: it supersedes no post."""
    item = world.item
    begun = item._replace(
        v=item.v + 1,
        attempt=me,
        attempt_lives=True,
        unanswered=item.unanswered or item.attempt is not None,
    )
    begun = _begun_stamp(begun, run) if decision == "stamp" else _begun_content(begun, run)
    if not run.verdict:
        begun = begun._replace(claimed=run.update, by=me, claim_lives=True)
    then = "stamp" if decision == "stamp" else "post"
    begins = run._replace(at=then, read=begun, was=(item.attempted, item.shown), stamps=decision == "stamp")
    return _with(world, me, begins)._replace(item=begun)


def _begun_content(item: ModelItem, run: ModelRun) -> ModelItem:
    """Whoever dies from here on leaves what the message may show, and no stamp that may be gone."""
    return item._replace(attempted=max(run.update, item.attempted), shown=_stays_stamped(item, run.update))


def _begun_stamp(item: ModelItem, run: ModelRun) -> ModelItem:
    """A stamp that brings its own content says so, as any content does."""
    attempted = max(run.update, item.attempted) if item.attempted else 0
    return item._replace(suppressed=max(run.update, item.suppressed), attempted=attempted)


def _look(world: ModelWorld, me: int, run: ModelRun, _: Setting) -> Iterator[ModelWorld]:
    """Write what Slack's history shows, and start again; a message may stand too far back to be seen."""
    again = _with(world, me, _again(run))
    if world.item.v != run.read.v:
        yield again
        return
    item = world.item._replace(v=world.item.v + 1, attempt=None, attempt_lives=False, unanswered=False)
    yield again._replace(item=_adopted(item, run, me, _ours(world)))
    if item.ts:
        yield again._replace(item=_adopted(item, run, me, _beside(world)))


def _ours(world: ModelWorld) -> list[ModelMessage]:
    return [each for each in world.messages if not each.points]


def _beside(world: ModelWorld) -> list[ModelMessage]:
    return [each for each in _ours(world) if each.ts != world.item.ts]


def _adopted(item: ModelItem, run: ModelRun, me: int, found: list[ModelMessage]) -> ModelItem:
    """The newest is the finding's message from now on, as it stands."""
    repeated = item.repeated or len(found) != 1
    if not found:
        return item._replace(repeated=repeated)
    best = max(found, key=lambda each: (each.shows, each.ts == item.ts))
    if best.ts == item.ts:  # what it shows is written before it is changed; its news may be unsaid
        return item._replace(repeated=repeated)
    if best.shows < item.notified:
        return item._replace(repeated=True)
    by = item.by if item.claimed == best.shows else me
    return item._replace(
        ts=best.ts,
        notified=best.shows,
        attempted=0,
        by_whom=by,
        repeated=repeated,
        fresh=repeated,
        shown=False,
    )


def _surplus(world: ModelWorld, me: int, run: ModelRun, _: Setting) -> Iterator[ModelWorld]:
    """Let what has turned up point to the message, unless it is the newer one."""
    again, item = _with(world, me, _again(run)), world.item
    if item.attempt == me:
        item = item._replace(v=item.v + 1, attempt=None, attempt_lives=False)
    shown = max(run.read.notified, run.read.attempted)
    if newer := [each for each in _beside(world) if each.shows > shown]:
        yield again._replace(item=_adopted(item, run, me, newer))
        return
    pointing = tuple(
        each if each.ts == run.read.ts else each._replace(points=True, stamp=0) for each in world.messages
    )
    pointed = again._replace(messages=pointing)
    if world.deaths:
        yield pointed._replace(deaths=world.deaths - 1)
    yield pointed._replace(item=item._replace(repeated=False))


def _post(world: ModelWorld, me: int, run: ModelRun, setting: Setting) -> Iterator[ModelWorld]:
    ts = run.read.ts
    if ts:
        stamp = run.read.suppressed if _stays_stamped(run.read, run.update) else 0
        messages = tuple(
            each._replace(shows=run.update, stamp=stamp) if each.ts == ts else each for each in world.messages
        )
        yield from _changed(world, me, run._replace(placed=(ts, run.update)), messages)
        return
    ts = 1 + len(world.messages) + len(world.late)
    message = ModelMessage(ts, run.update, marked=run.read.unanswered and not setting.looks)
    yield _with(world, me, run._replace(at="record", placed=(ts, run.update)))._replace(
        messages=(*world.messages, message)
    )
    if world.losses:
        lost = _with(world, me, run._replace(at="unanswered"))._replace(losses=world.losses - 1)
        yield lost._replace(messages=(*world.messages, message))
        yield lost
        yield _with(world, me, run._replace(at="refused"))._replace(losses=world.losses - 1)
        if setting.late:
            yield lost._replace(late=(*world.late, message))


def _changed(
    world: ModelWorld, me: int, run: ModelRun, messages: tuple[ModelMessage, ...]
) -> Iterator[ModelWorld]:
    """Slack changes a message that stands there; or it does or does not, and nobody hears; or it refuses."""
    yield _with(world, me, run._replace(at="record"))._replace(messages=messages)
    if world.losses:
        lost = _with(world, me, run._replace(at="unanswered"))._replace(losses=world.losses - 1)
        yield lost._replace(messages=messages)
        yield lost
        yield _with(world, me, run._replace(at="refused"))._replace(losses=world.losses - 1)


def _unanswered(world: ModelWorld, me: int, run: ModelRun, _: Setting) -> Iterator[ModelWorld]:
    """Say at once that nobody answered; whoever dies before, or comes too late, leaves the attempt to run out.

    A change that nobody answered is not looked for: changing twice is as good as once.
    """
    again = _with(world, me, _again(run))
    yield again
    if world.item.v == run.read.v:
        item = world.item._replace(v=world.item.v + 1, attempt=None, attempt_lives=False)
        yield again._replace(item=item._replace(unanswered=item.unanswered or not run.placed[0]))


def _stamp(world: ModelWorld, me: int, run: ModelRun, _: Setting) -> Iterator[ModelWorld]:
    """Show the content as it was recorded, with a stamp on it; the update's own where the content is not known."""
    shows = run.update if run.read.attempted else run.read.notified
    messages = tuple(
        each._replace(shows=shows, stamp=max(each.stamp, run.update)) if each.ts == run.read.ts else each
        for each in world.messages
    )
    yield from _changed(world, me, run._replace(placed=(run.read.ts, shows)), messages)


def _record(world: ModelWorld, me: int, run: ModelRun, _: Setting) -> Iterator[ModelWorld]:
    item = world.item
    if item.attempt != me:
        yield _with(world, me, _again(run))
        return
    ts, shows = run.placed
    done = item._replace(
        v=item.v + 1,
        attempt=None,
        attempt_lives=False,
        attempted=0,
        unanswered=False,
        ts=ts,
        notified=shows,
        by_whom=item.by_whom if run.stamps and shows == item.notified else me,
        fresh=item.repeated,
        shown=run.stamps or _stays_stamped(item, shows),
    )
    if item.repeated and not run.verdict:  # it stays until what may have turned up is looked for
        yield _with(world, me, _again(run))._replace(item=done)
    else:
        yield _with(
            world, me, run._replace(at="end", end="suppressed" if run.verdict else "posted")
        )._replace(item=done)


def _refused(world: ModelWorld, me: int, run: ModelRun, _: Setting) -> Iterator[ModelWorld]:
    """Take back only what this run wrote: what was unanswered before stays so. That a rule hides it is so."""
    item = world.item
    if item.attempt == me:
        suppressed = max(item.suppressed, run.update if run.verdict else 0)
        item = item._replace(v=item.v + 1, attempt=None, attempt_lives=False, suppressed=suppressed)
        item = item._replace(attempted=run.was[0], shown=run.was[1])
    yield _with(world, me, _again(run))._replace(item=item)


_STEPS: dict[str, Callable[[ModelWorld, int, ModelRun, Setting], Iterator[ModelWorld]]] = {
    "enter": _enter,
    "read": _read,
    "decide": _decide,
    "look": _look,
    "surplus": _surplus,
    "post": _post,
    "unanswered": _unanswered,
    "stamp": _stamp,
    "record": _record,
    "refused": _refused,
}


_ASKS = {
    "look": (),
    "surplus": ("ts", "notified", "attempted"),
    "post": ("ts", "unanswered", "suppressed", "shown"),
    "stamp": ("ts", "notified", "attempted"),
}
"""What a step asks of the item as it was read."""


def _plain(world: ModelWorld) -> ModelWorld:
    """Leave out what no later step asks for, so that what goes on in the same way is the same.

    How often the item was written is asked only to say whether it was written since it was read. So there are finitely
    many states, however often an execution starts again.
    """
    item = world.item
    if item.attempt is not None and not _acts(world, item.attempt):
        item = item._replace(attempt=GONE)
    if not item.repeated:  # only then it is asked who said what is shown, and when
        item = item._replace(by_whom=-1, fresh=False)
    runs = tuple(_plain_run(run, item.v) for run in world.runs)
    return world._replace(item=item._replace(v=0), runs=runs)


def _plain_run(run: ModelRun, v: int) -> ModelRun:
    if run.at == "end":
        return ModelRun(run.update, at="end", end=run.end)
    read_v = 0 if run.read.v == v else -1
    if run.at == "decide":
        return run._replace(read=run.read._replace(v=read_v))
    if run.at in _ASKS:
        asked = {name: getattr(run.read, name) for name in _ASKS[run.at]}
        return run._replace(read=ModelItem(v=read_v, **asked))
    was = run.was if run.at == "refused" else (0, False)
    return run._replace(read=ModelItem(v=read_v if run.at == "unanswered" else 0), was=was)


def _messages_before(setting: Setting) -> tuple[ModelMessage, ...]:
    shows = setting.attempted or setting.posted
    return (ModelMessage(1, shows, stamp=setting.stamped),) if setting.posted else ()


def _item_before(setting: Setting) -> ModelItem:
    return ModelItem(
        attempted=setting.attempted,
        notified=setting.posted,
        ts=1 if setting.posted else 0,
        suppressed=setting.stamped,
        shown=bool(setting.stamped),
    )


Watch = Callable[[ModelItem, ModelRun, int, str], None]


def explored(setting: Setting, watch: Watch) -> tuple[int, set[str]]:
    """Try every order, but one of those that differ in nothing that anybody sees.

    How many states were visited, and what is wrong in some of them. Three things are left out, and ``explored_in_full``
    finds the same with them:

    - What an execution does alone, and nobody else sees, it does at once (``_settled``).
    - An execution that has written nothing does not die: it is as if it had begun later.
    - Where more may still go wrong, all happens that happens where less may.
    """
    start = _start(setting)
    left: list[list[ModelWorld]] = [[] for _ in range(setting.deaths + setting.losses + 1)]
    left[-1].append(start)
    seen, count, wrong = {_without_chances(start): [(start.deaths, start.losses)]}, 1, set[str]()
    while left:
        if not left[-1]:
            left.pop()
            continue
        world = left[-1].pop()
        wrong |= _wrong_at_the_end(world)
        for after in steps(world, setting, HAS_WRITTEN):
            wrong |= _wrong_step(world, after)
            settled = _plain(_settled(after, setting, watch))
            chances = seen.setdefault(_without_chances(settled), [])
            if not any(d >= settled.deaths and n >= settled.losses for d, n in chances):
                chances.append((settled.deaths, settled.losses))
                left[settled.deaths + settled.losses].append(settled)
                count += 1
    return count, wrong


def explored_in_full(setting: Setting, watch: Watch) -> tuple[int, set[str]]:
    """Try every order, step by step."""
    start = _start(setting)
    seen, left, wrong = {start}, deque([start]), set[str]()
    while left:
        world = left.popleft()
        for me, run in enumerate(world.runs):
            if run.at == "decide":
                watch(run.read, run, me, answer(run.read, run, me, looks=setting.looks))
        wrong |= _wrong_at_the_end(world)
        for after in map(_plain, steps(world, setting, BEGUN)):
            wrong |= _wrong_step(world, after)
            if after not in seen:
                seen.add(after)
                left.append(after)
    return len(seen), wrong


def _start(setting: Setting) -> ModelWorld:
    return ModelWorld(
        _item_before(setting),
        tuple(ModelRun(update) for update in setting.updates),
        _messages_before(setting),
        deaths=setting.deaths,
        losses=setting.losses,
        rule=any(setting.hides(update) for update in setting.updates),
    )


def _without_chances(world: ModelWorld) -> ModelWorld:
    return world._replace(deaths=0, losses=0)


def _settled(world: ModelWorld, setting: Setting, watch: Watch) -> ModelWorld:
    """Go on with each execution as long as it depends on nobody else and nobody sees it."""
    runs = tuple(_settled_run(world, me, run, setting, watch) for me, run in enumerate(world.runs))
    return world._replace(runs=runs)


def _settled_run(world: ModelWorld, me: int, run: ModelRun, setting: Setting, watch: Watch) -> ModelRun:
    """Decide as soon as it has read; whose write would fail starts again; whoever starts asks for the verdict.

    While a rule may still be added, that is not at once: the verdict may be an old one when the item is read.
    """
    if run.at == "decide":
        decided = run.decided
        if not decided:
            decided = answer(run.read, run, me, looks=setting.looks)
            watch(run.read, run, me, decided)
        if decided in ENDS:
            return run._replace(at="end", end=decided)
        if decided == "wait" or run.read.v != world.item.v:
            run = _again(run)
        else:
            return run._replace(read=ModelItem(v=run.read.v), decided=decided)
    if run.at == "enter" and not world.rule:
        return run._replace(at="read", verdict=run.hidden)
    return run


def _wrong_step(before: ModelWorld, after: ModelWorld) -> set[str]:
    shown = {each.ts: each for each in before.messages}
    for each in after.messages:
        if each.points:
            continue
        if each.ts in shown and shown[each.ts].points:
            return {"a message over one that points to another"}
        if each.ts in shown and each.shows < shown[each.ts].shows:
            return {"an older update over a newer one"}
        if 0 < each.stamp < each.shows:
            return {"a stamp of an older update on newer content"}
    return set()


def _wrong_at_the_end(world: ModelWorld) -> set[str]:
    wrong = set[str]()
    if world.late or any(run.at != "end" for run in world.runs):
        return wrong
    messages = _ours(world)
    wanted = max((run.update for run in world.runs if not run.end.startswith("suppressed")), default=0)
    if max((each.shows for each in messages), default=0) < wanted:
        wrong.add("the newest update that no rule hides is not shown")
    hidden = max((run.update for run in world.runs if run.end == "suppressed"), default=0)
    if any(each.shows < hidden and not each.stamp for each in messages):
        wrong.add("a message does not say that a newer update is hidden")
    if len(messages) > 1:
        marked = any(each.marked for each in messages)
        wrong.add("two messages, one of them marked" if marked else "two messages, none of them marked")
    return wrong
