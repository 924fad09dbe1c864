"""ShowAnswer: the answer stands on the finding's message, on what that showed last. Where it is gone, a new one."""

from functools import partial

from chalicelib import settings
from chalicelib.attention import acting
from chalicelib.attention.acting import ActAnswer, Doing
from chalicelib.errors import SlackRejected, SlackUnanswered
from chalicelib.ledger import content
from chalicelib.ledger.claim import instant
from chalicelib.ledger.notifications import Changes
from chalicelib.ledger.watch import Answer
from chalicelib.notify import opening, outbox, turns
from chalicelib.notify.attempt import Attempt
from chalicelib.notify.turns import Gate
from chalicelib.slack.api import Gone, Payload, Posted, Throttled
from chalicelib.slack.post import UPDATES, Letter
from chalicelib.slack.secret import Token


def show(doing: Doing) -> ActAnswer:
    """Show it; raises the exceptions of ``errors``, and ConditionFailed."""
    if not acting.is_of_now(doing):
        return acting.look_again("The finding waits for another answer by now.")
    if busy := acting.busy(doing):
        return busy
    watch = doing.watch
    if watch.gone and watch.is_open and not watch.reposted:
        return _post_anew(doing)
    if watch.shown == watch.said:
        return _shown(doing, "It is shown.")
    shown = _content(doing)
    if shown is None or watch.gone:
        acting.change(doing, shown=watch.said, place="")
        return _shown(doing, "The message can't be changed now: the next update shows it.")
    return _in_turn(doing, UPDATES, partial(_update, shown=shown))


def _content(doing: Doing) -> Payload | None:
    """What the message says; None where it is not known for sure, or is not to be changed."""
    item = doing.item
    stamped = bool(item.shown_suppression) or doing.watch.answer is Answer.HIDDEN
    if stamped or item.attempted_update or not item.ts or not isinstance(outbox.slack_secret(), Token):
        return None
    return content.unpack(item.content)


def _in_turn(doing: Doing, queue: str, act: "partial[ActAnswer]") -> ActAnswer:
    taken = acting.take_turn(doing, queue)
    if seconds := taken.seconds:
        return acting.turn(seconds, f"Its turn in {queue} is at {taken.at}.")
    turns.sleep_until(taken.due)
    return act(doing)


def _update(doing: Doing, shown: Payload) -> ActAnswer:
    said, before = doing.watch.said, doing.watch
    letter = Letter(doing.item.channel, shown, dress=opening.dress(doing.watch, settings.message_language()))
    begun, gate = acting.begin(doing), Gate(0)
    try:
        gate = turns.gate(UPDATES)
        if gate.seconds:
            acting.end_quietly(doing, begun)
            return acting.turn(gate.seconds, "Other messages are changed just now.")
        done = outbox.door(outbox.slack_secret(), begun.until).update(letter, doing.item.ts)
    except SlackRejected as refusal:
        acting.end(doing, begun, shown=said, place="")
        acting.given_back(before, doing.watch)
        return _shown(doing, f"The message does not say so: {refusal}")
    except Exception:
        acting.end_quietly(doing, begun)
        raise
    return _came(doing, begun, done, gate, said)


def _came(doing: Doing, begun: Attempt, done: Posted | Throttled | Gone, gate: Gate, said: str) -> ActAnswer:
    if isinstance(done, Throttled):
        acting.end_quietly(doing, begun)
        return acting.turn(done.seconds, "Slack wants no more for now.")
    turns.took(UPDATES, gate)
    if isinstance(done, Gone):
        acting.end(doing, begun, gone=True, shown=said, place="")
        return acting.look_again("The message is gone.", "gone")
    acting.end(doing, begun, shown=said, place="")
    return _shown(doing, "The message shows it now.", "shown")


def _post_anew(doing: Doing) -> ActAnswer:
    """Once: whoever deletes it again does not want it. Where Slack's answer is not heard, it has been once too."""
    shown = content.unpack(doing.item.content)
    if shown is None or not isinstance(outbox.slack_secret(), Token):
        acting.change(doing, reposted=True, place="")
        return acting.look_again("What the message said is not known: it can't be posted anew.")
    return _in_turn(doing, doing.item.channel, partial(_post, shown=shown))


def _post(doing: Doing, shown: Payload) -> ActAnswer:
    anew, channel = opening.on_a_new_message(doing.watch), doing.item.channel
    letter = Letter(channel, shown, dress=opening.dress(anew, settings.message_language()))
    letter = letter._replace(elsewhere=lambda _: letter._replace(channel=settings.slack_channel()))
    begun = acting.begin(doing, reposted=True)
    try:
        gate = turns.gate(channel)
        if gate.seconds:
            acting.end_quietly(doing, begun, reposted=False)
            return acting.turn(gate.seconds, "Others are posting just now.")
        done = outbox.door(outbox.slack_secret(), begun.until).post(letter)
    except SlackUnanswered:
        acting.end_quietly(doing, begun)
        raise
    except Exception:
        acting.end_quietly(doing, begun, reposted=False)
        raise
    if isinstance(done, Throttled):
        acting.end_quietly(doing, begun, reposted=False)
        return acting.turn(done.seconds, "Slack wants no more for now.")
    turns.took(channel, gate)
    where: Changes = {"channel": done.channel, "ts": done.ts}
    acting.end(doing, begun, where, gone=False, shown=anew.said, place="")
    return acting.look_again(f"The message was gone: it is posted anew, {instant(doing.now)}.", "posted anew")


def _shown(doing: Doing, why: str, how: str = "") -> ActAnswer:
    """The end, where that is what is shown; else the look says what is next."""
    if doing.watch.is_open or doing.watch.shown != doing.watch.said:
        return acting.look_again(why, how)
    ended = ActAnswer(status="handled", seconds=0, why=why)
    if how:
        ended["how"] = how
    return ended
