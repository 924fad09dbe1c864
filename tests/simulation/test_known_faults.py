"""Short stories of what was found, each with the invariant that it breaks. What is mended loses its mark."""

from itertools import pairwise

import pytest

from statemachine.deploy import stack
from tests.simulation.faults import Place
from tests.simulation.invariants import INVARIANTS
from tests.simulation.story import HOUR, MINUTE, Arrival, Deed, Outage, Story, finding_id
from tests.simulation.world import World

ONE = "finding-1-update-1"
TWO = "finding-1-update-2"


def holds(story: Story, invariant: str) -> None:
    world = World(story)
    assert list(INVARIANTS[invariant](story, world.run())) == []


def test_an_older_update_that_comes_late_and_is_hidden_by_then() -> None:
    story = Story(
        seed=1,
        arrivals=(Arrival(1, 1, 1, 0), Arrival(100, 1, 3, 99), Arrival(300, 1, 2, 50)),
        deeds=(Deed(200, "rule", 1),),
    )
    holds(story, "never older over newer")


def test_a_read_that_is_throttled_once_after_four_other_failures() -> None:
    faults = {Place(TWO, "invoke post-to-slack", nth): "throttled" for nth in range(1, 5)}
    faults[Place(TWO, "post-to-slack: dynamodb:GetItem finding", 1)] = "throttled"
    story = Story(seed=1, arrivals=(Arrival(1, 1, 1, 0), Arrival(100, 1, 2, 99)), faults=faults)
    holds(story, "a repetition is marked")


def test_a_queue_that_is_longer_than_the_time_between_two_updates() -> None:
    arrivals = tuple(
        Arrival(at + 0.5, finding, update, at)
        for finding in range(1, 10)
        for update in range(1, 9)
        for at in [finding + (update - 1) * 45.0]
    )
    holds(Story(seed=1, arrivals=arrivals, rate=0.04), "never idle while somebody waits")


def test_a_hidden_finding_that_rises_to_critical_and_whose_event_is_lost() -> None:
    story = Story(
        seed=1,
        arrivals=(Arrival(3 * HOUR, 1, 1, 3 * HOUR - 1), Arrival(0, 1, 2, 4 * HOUR, severity=9.5, lost=True)),
        deeds=(Deed(0, "rule", 1),),
        hours=40,
    )
    holds(story, "a lost event is found")


def test_a_rule_that_is_added_while_findings_wait() -> None:
    arrivals = tuple(Arrival(finding / 10, finding, 1, 0) for finding in range(1, 11))
    holds(
        Story(seed=1, arrivals=arrivals, deeds=(Deed(20, "rule", 10),), rate=0.05), "nothing hidden is posted"
    )


def test_the_answer_of_the_function_that_is_lost_after_slack_answered() -> None:
    faults = {Place(ONE, "invoke post-to-slack", 1): "lost"}
    holds(Story(seed=1, arrivals=(Arrival(1, 1, 1, 0),), faults=faults), "once where answered")


def test_the_owner_of_a_digest_comes_back_where_others_know_that_it_is_not_theirs() -> None:
    """The function's answer is lost, and the next run finds a container that knows the digest as another's."""
    numbers = range(1, 21)
    story = Story(
        seed=1,
        arrivals=tuple(Arrival(finding / 100, finding, 1, 0) for finding in numbers),
        faults={Place(f"finding-{each}-update-1", "invoke post-to-slack", 1): "lost" for each in numbers},
        rate=0.2,
        fold_after="10",
    )
    holds(story, "a digest is posted or somebody failed")


def test_a_claim_whose_owner_was_aborted() -> None:
    story = Story(
        seed=1,
        arrivals=(Arrival(10, 1, 1, 0), Arrival(40 * MINUTE, 1, 1, 0)),
        deeds=(Deed(42 * MINUTE, "abort", 1), Deed(100 * MINUTE, "redrive")),
        outages=(Outage(0, 30 * MINUTE, "archived"), Outage(35 * MINUTE, 90 * MINUTE, "503")),
    )
    holds(story, "left to one that is there")


@pytest.mark.parametrize("how", ["lost", "late", "vanished"])
@pytest.mark.parametrize("times", [1, 3, 5])
def test_slacks_answer_that_is_lost(how: str, times: int) -> None:
    faults = {Place(ONE, "post-to-slack: slack:chat.postMessage", nth): how for nth in range(1, times + 1)}
    story = Story(
        seed=1, arrivals=(Arrival(1, 1, 1, 0), Arrival(HOUR, 1, 2, HOUR)), faults=faults, history=True
    )
    holds(story, "once")
    journal = World(story).run()
    pointing = {each.ts for each in journal.slack if each.points}
    shown = [each for each in journal.slack if each.taken and each.ts not in pointing and not each.reply]
    assert {each.ts for each in shown} == {shown[-1].ts}
    assert (shown[-1].update, any(each.repeated for each in shown)) == (2, False)


def test_what_slack_takes_too_late_points_to_the_message_within_two_minutes() -> None:
    """The answer is given up, the look finds nothing; what turns up then is found a minute after the second post."""
    call = "post-to-slack: slack:chat.postMessage"
    found = 0
    for seed in range(1, 40):
        story = Story(
            seed, arrivals=(Arrival(1, 1, 1, 0),), faults={Place(ONE, call, 1): "late"}, history=True
        )
        journal = World(story).run()
        points = [each for each in journal.slack if each.points]
        posts = [each for each in journal.slack if each.taken and each.method == "chat.postMessage"]
        found += len(points)
        assert len(posts) - len(points) == 1
        assert all(each.at - max(post.at for post in posts) < 2 * MINUTE for each in points)
    assert found > 3


def test_many_unanswered_posts_are_one_look_a_minute() -> None:
    """As many as one page of Slack's history holds."""
    story = Story(
        seed=1,
        arrivals=tuple(Arrival(10 + each / 100, each, 1, 5) for each in range(1, 91)),
        outages=(Outage(0, 9 * MINUTE, "mute"),),
        rate=10.0,
        burst=10,
        history=True,
    )
    journal = World(story).run()
    looks = [each.at for each in journal.slack if each.method == "conversations.history"]
    assert looks
    assert all(later - earlier >= MINUTE for earlier, later in pairwise(looks))
    assert {each.end for each in journal.started} == {"Notified"}
    assert sum(each.taken for each in journal.slack) == 90


def test_an_unanswered_post_that_is_then_clearly_refused_leaves_a_mark() -> None:
    faults = {
        Place(ONE, "post-to-slack: slack:chat.postMessage", 1): "lost",
        Place(ONE, "post-to-slack: slack:chat.postMessage", 2): "unavailable",
    }
    holds(Story(seed=1, arrivals=(Arrival(1, 1, 1, 0),), faults=faults), "a repetition is marked")


@pytest.mark.parametrize("call", ["Query routes", "UpdateItem finding"])
def test_routes_that_stay_unreadable_and_an_item_that_stays_unwritable(call: str) -> None:
    faults = {Place(ONE, f"post-to-slack: dynamodb:{call}", nth): "throttled" for nth in range(1, 500)}
    journal = World(Story(seed=1, arrivals=(Arrival(1, 1, 1, 0),), faults=faults)).run()
    assert [each.end for each in journal.started] == ["Notified"]
    assert [each.taken for each in journal.slack if each.at < 10 * MINUTE] == [True]


def test_an_attempt_that_died_and_one_that_is_then_clearly_refused_leave_a_mark() -> None:
    faults = {
        Place(ONE, "post-to-slack: slack:chat.postMessage", 1): "death after",
        Place(ONE, "post-to-slack: slack:chat.postMessage", 2): "unavailable",
    }
    holds(Story(seed=1, arrivals=(Arrival(1, 1, 1, 0),), faults=faults), "a repetition is marked")


def test_a_run_that_was_given_up_and_posts_still() -> None:
    faults = {
        Place(ONE, "invoke post-to-slack", 1): "zombie",
        Place(ONE, "post-to-slack: slack:chat.postMessage", 1): "slow",
    }
    holds(Story(seed=1, arrivals=(Arrival(1, 1, 1, 0),), faults=faults), "once where answered")


@pytest.mark.parametrize("deeds", [(), (Deed(111, "rule", 1),)], ids=["posted", "hidden"])
def test_an_older_update_after_one_that_may_be_shown(deeds: tuple[Deed, ...]) -> None:
    """The newer one's answer is lost, and its execution comes back only when its claim is over."""
    newer = "finding-1-update-3"
    faults = {Place(newer, "invoke post-to-slack", nth): "throttled" for nth in range(2, 20)}
    faults[Place(newer, "post-to-slack: slack:chat.update", 1)] = "lost"
    arrivals = (Arrival(1, 1, 1, 0), Arrival(100, 1, 3, 99), Arrival(113, 1, 2, 50))
    holds(Story(seed=1, arrivals=arrivals, deeds=deeds, faults=faults), "never older over newer")


def test_a_burst_in_an_account_that_runs_ten_functions_at_once() -> None:
    """Half of sixty are hidden by rules: none of those is posted, and the others are, once, with all that is known."""
    story = Story(
        seed=1,
        arrivals=tuple(Arrival(10 + each / 1000, each, 1, 5) for each in range(1, 61)),
        deeds=tuple(Deed(1, "rule", each) for each in range(1, 31)),
        capacity=10,
    )
    journal = World(story).run()
    posts = [each for each in journal.slack if each.taken]
    assert sorted(each.finding for each in posts) == [finding_id(each) for each in range(31, 61)]
    assert not [each for each in posts if each.unlisted or each.repeated]
    assert {each.end for each in journal.started} == {"Notified", "Suppressed"}


@pytest.mark.parametrize("seed", [1, 8, 10])
def test_the_criticals_of_a_burst_in_an_account_that_runs_ten_functions_at_once(seed: int) -> None:
    """Six of sixty: posted within two minutes, by name and with the rules looked at."""
    arrivals = (Arrival(10 + each / 1000, each, 1, 5, 8.0 if each % 10 else 9.5) for each in range(1, 61))
    journal = World(Story(seed, tuple(arrivals), capacity=10)).run()
    criticals = {finding_id(each) for each in range(10, 61, 10)}
    posts = [each for each in journal.slack if each.taken and each.finding in criticals]
    assert sorted(each.finding for each in posts) == sorted(criticals)
    assert max(each.at for each in posts) < 10 + 2 * MINUTE
    assert not [each for each in posts if each.unlisted]
    names = {each.execution.output["enrichment"]["account"]["name"] for each in journal.started}
    assert "" not in names


def test_a_burst_is_throttled_for_less_than_the_alarm_waits() -> None:
    arrivals = (Arrival(10 + each / 1000, each, 1, 5) for each in range(1, 61))
    journal = World(Story(1, tuple(arrivals), capacity=10)).run()
    alarm = stack.template()["Resources"]["ThrottledAlarm"]["Properties"]
    [period] = {each["MetricStat"]["Period"] for each in alarm["Metrics"] if "MetricStat" in each}
    lasted = journal.throttled[-1] - journal.throttled[0]
    # In the worst case it begins just before a period's end.
    assert 0 < lasted < period * (alarm["DatapointsToAlarm"] - 2)


def test_an_update_without_news_after_the_answer() -> None:
    story = Story(
        seed=1,
        arrivals=(Arrival(1, 1, 1, 0), Arrival(600, 1, 2, 599)),
        deeds=(Deed(90, "react white_check_mark U0ANN", 1),),
        answer_within="high=2h",
    )
    holds(story, "an answer is shown")
