"""The definition agrees with the code that it runs, and with what AWS makes of it."""

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

import app
from chalicelib import errors
from statemachine.deploy import definition, stack
from statemachine.local.local_aws import substitutions
from tests.fakes import asl_validator
from tests.fakes.asl_validator import AslValidatorMissing

State = dict[str, Any]

YAML = definition.FILE.read_text("utf-8")

DEFINITION: dict[str, Any] = json.loads(definition.text())

KEY_ORDER = {
    "a machine": ["Comment", "StartAt", "States"],
    "a state": [
        "Type", "Comment", "Resource", "TimeoutSeconds", "Parameters", "Branches", "ErrorPath", "CausePath",
        "SecondsPath", "ResultSelector", "ResultPath", "Retry", "Catch", "Choices", "Default", "Next", "End",
    ],
    "a Retry or Catch": [
        "ErrorEquals", "IntervalSeconds", "BackoffRate", "MaxAttempts", "MaxDelaySeconds", "JitterStrategy",
        "ResultPath", "Next",
    ],
    "a choice": ["Or", "And", "Variable", "IsPresent", "BooleanEquals", "StringEquals", "Next"],
}  # fmt: skip

AWS_ERRORS = frozenset({
    "DynamoDB.ConditionalCheckFailedException",
    "Lambda.AWSLambdaException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Sandbox.Timedout",
    "States.ALL",
    "States.Timeout",
})  # fmt: skip

TRANSIENT = AWS_ERRORS - {"DynamoDB.ConditionalCheckFailedException", "States.ALL"}


def machines(machine: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The machine and every branch in it: targets are looked up within each."""
    yield machine
    for state in machine["States"].values():
        for branch in state.get("Branches", []):
            yield from machines(branch)


def in_order(machine: Mapping[str, Any]) -> Iterator[tuple[str, State]]:
    """Every state as one reads the file, those of a branch where the branch stands."""
    for name, state in machine["States"].items():
        yield name, state
        for branch in state.get("Branches", []):
            yield from in_order(branch)


def states() -> dict[str, State]:
    return dict(in_order(DEFINITION))


def tasks() -> dict[str, State]:
    return {name: state for name, state in states().items() if state["Type"] == "Task"}


def lambda_tasks() -> dict[str, State]:
    return {name: task for name, task in tasks().items() if task["Resource"].endswith("Function}")}


def function_of(task: State) -> str:
    """The function that a state calls: ``${PostToSlackFunction}`` → ``post-to-slack``."""
    return kebab(task["Resource"].removeprefix("${").removesuffix("Function}"))


def functions_called() -> list[str]:
    """Each function once, in the order of the states; a function may serve more than one."""
    return list(dict.fromkeys(map(function_of, lambda_tasks().values())))


def targets(state: State) -> list[str]:
    places = [state, *state.get("Choices", []), *state.get("Catch", [])]
    return [place["Next"] for place in places if "Next" in place] + [
        state[key] for key in ("Default",) if key in state
    ]


def reachable(machine: Mapping[str, Any], start: str) -> set[str]:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += targets(machine["States"][name])
    return seen


def kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def test_no_state_name_is_used_twice() -> None:
    assert len(states()) == sum(len(machine["States"]) for machine in machines(DEFINITION))


@pytest.mark.parametrize("machine", list(machines(DEFINITION)), ids=lambda machine: machine["StartAt"])
def test_every_target_exists_and_every_state_is_reachable(machine: Mapping[str, Any]) -> None:
    named = {target for state in machine["States"].values() for target in targets(state)}
    assert named | {machine["StartAt"]} <= machine["States"].keys()
    assert reachable(machine, machine["StartAt"]) == set(machine["States"])


@pytest.mark.parametrize("name", states())
def test_every_state_goes_on_or_ends(name: str) -> None:
    state = states()[name]
    ends = state["Type"] in ("Succeed", "Fail") or state.get("End") is True
    assert ends != bool({"Next", "Choices"} & state.keys())


def test_placeholders_are_the_functions_tables_and_partition() -> None:
    functions = set(map(definition.function_placeholder, functions_called()))
    assert definition.placeholders() == functions | {"SuppressionsTable", "NotificationsTable", "Partition"}


def test_placeholders_stand_inside_strings_only() -> None:
    values = {name: f'"{name}"\\' for name in definition.placeholders()}
    assert json.dumps(definition.definition(values)).count("${") == 0
    assert definition.definition(values)["States"]["PostToSlack"]["Resource"] == values["PostToSlackFunction"]


def test_a_placeholder_without_a_value_is_named() -> None:
    with pytest.raises(KeyError, match=r"Function|Table|Partition"):
        definition.definition({})


# --- the file ---


def test_the_compact_text_is_the_file_without_its_shared_blocks() -> None:
    plain = yaml.safe_load(YAML)
    del plain[definition.SHARED]
    assert plain == DEFINITION
    assert definition.text() == json.dumps(DEFINITION, separators=(",", ":"), ensure_ascii=False)


def test_the_text_is_made_once() -> None:
    assert definition.text() is definition.text()


@pytest.mark.parametrize("line", ["  Enrich: {Type: Succeed}", "Comment: another"])
def test_a_key_that_stands_twice_is_refused(line: str) -> None:
    with pytest.raises(yaml.YAMLError, match="stands here twice"):
        definition.read(f"{YAML}{line}\n")


def test_every_shared_block_is_named_by_more_than_one_state() -> None:
    written = yaml.safe_load(YAML)
    named = [id(state["Retry"]) for _, state in in_order(written) if "Retry" in state]
    assert all(named.count(id(block)) > 1 for block in written[definition.SHARED].values())


def test_every_anchor_is_named() -> None:
    tokens = list(yaml.scan(YAML))
    anchors = {token.value for token in tokens if isinstance(token, yaml.AnchorToken)}
    assert anchors == {token.value for token in tokens if isinstance(token, yaml.AliasToken)}


def test_a_retry_block_that_states_share_is_written_once() -> None:
    blocks = [state["Retry"] for _, state in in_order(yaml.safe_load(YAML)) if "Retry" in state]
    assert len(set(map(id, blocks))) == len(set(map(json.dumps, blocks)))


def keys_in_order() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Everything that has an order of its keys, and what it is."""
    for machine in machines(DEFINITION):
        yield "a machine", machine
    for state in states().values():
        yield "a state", state
        for handler in [*state.get("Retry", []), *state.get("Catch", [])]:
            yield "a Retry or Catch", handler
        for choice in state.get("Choices", []):
            either = [choice, *choice.get("Or", [])]
            for part in [*either, *(each for one in either for each in one.get("And", []))]:
                yield "a choice", part


def test_keys_stand_in_one_order() -> None:
    for kind, mapping in keys_in_order():
        assert list(mapping) == [key for key in KEY_ORDER[kind] if key in mapping], kind


@pytest.mark.parametrize("machine", list(machines(DEFINITION)), ids=lambda machine: machine["StartAt"])
def test_states_stand_in_the_order_they_run(machine: Mapping[str, Any]) -> None:
    """Only a wait leads back, and what is done without."""
    place = {name: index for index, name in enumerate(machine["States"])}
    back = {
        (name, target)
        for name, state in machine["States"].items()
        for target in targets(state)
        if state["Type"] != "Wait" and place[target] <= place[name]
    }
    assert back <= {("LedgerUnreadable", "PostToSlack"), ("RoutesUnreadable", "PostToSlack")}


# --- the machine ---


@pytest.mark.parametrize("function", functions_called())
def test_every_function_has_a_state_of_its_name(function: str) -> None:
    assert function in [kebab(name) for name, task in lambda_tasks().items() if function_of(task) == function]


def test_functions_stand_in_the_order_of_their_states_and_before_the_others() -> None:
    order = [function.name for function in app.app.pure_lambda_functions]
    assert functions_called() == order[: len(functions_called())]


def test_every_function_has_its_settings_and_every_setting_a_function() -> None:
    deployed = sorted(function.name for function in app.app.pure_lambda_functions)
    assert deployed == list(stack.read_stage("prod").functions)


@pytest.mark.parametrize("name", lambda_tasks())
def test_a_task_waits_longer_than_its_function_runs(name: str) -> None:
    timeout = stack.read_stage("prod").function_setting(function_of(lambda_tasks()[name]), "lambda_timeout")
    assert lambda_tasks()[name]["TimeoutSeconds"] > timeout


@pytest.mark.parametrize("name", tasks())
def test_every_task_has_a_timeout_and_retries_what_may_pass(name: str) -> None:
    task = tasks()[name]
    assert task["TimeoutSeconds"] > 0
    retried = {
        error
        for retrier in task["Retry"]
        if retrier.get("MaxAttempts") != 0
        for error in retrier["ErrorEquals"]
    }
    assert "States.ALL" in retried or retried >= TRANSIENT | {"AWSUnavailable"}


def error_lists() -> list[Any]:
    return [
        pytest.param(handler["ErrorEquals"], id=f"{name}-{kind}-{index}")
        for name, state in states().items()
        for kind in ("Retry", "Catch")
        for index, handler in enumerate(state.get(kind, []))
    ]


@pytest.mark.parametrize("names", error_lists())
def test_error_names_are_exceptions_of_ours_or_errors_of_aws(names: list[str]) -> None:
    ours = {name for name, value in vars(errors).items() if inspect.isclass(value)}
    assert set(names) <= ours | AWS_ERRORS


@pytest.mark.parametrize(
    "name", [name for name, state in states().items() if "Retry" in state or "Catch" in state]
)
@pytest.mark.parametrize("kind", ["Retry", "Catch"])
def test_states_all_stands_alone_and_last(name: str, kind: str) -> None:
    lists = [handler["ErrorEquals"] for handler in states()[name].get(kind, [])]
    assert all(names == ["States.ALL"] for names in lists if "States.ALL" in names)
    assert all("States.ALL" not in names for names in lists[:-1])


@pytest.mark.parametrize("name", ["PostToSlack", "RecordNotification"])
def test_what_fails_there_fails_in_place_so_that_redrive_works(name: str) -> None:
    types = {DEFINITION["States"][later]["Type"] for later in reachable(DEFINITION, name)}
    assert "Fail" not in types


def test_post_to_slack_catches_what_it_can_do_without_and_gives_up_at_once_on_what_is_for_good() -> None:
    post = states()["PostToSlack"]
    caught = {error: catcher["Next"] for catcher in post["Catch"] for error in catcher["ErrorEquals"]}
    assert caught == {name: name for name in ("LedgerUnreadable", "RoutesUnreadable")}
    for error in caught:
        [retrier] = [each for each in post["Retry"] if error in each["ErrorEquals"]]
        assert retrier["ErrorEquals"] == [error], "each has its own count of tries"
        assert sum(_delays(retrier)) / 2 >= 100
    assert post["Retry"][0]["MaxAttempts"] == 0
    assert {"SlackRejected", "InvalidSettings"} <= set(post["Retry"][0]["ErrorEquals"])


@pytest.mark.parametrize("name", ["ReadFindingByIdentifiers", "PostToSlack"])
def test_what_nothing_can_be_posted_without_is_retried_for_an_hour_or_more(name: str) -> None:
    last = states()[name]["Retry"][-1]
    assert last["JitterStrategy"] == "FULL"
    assert sum(_delays(last)) / 2 >= 3600  # full jitter waits half of it in the mean


def _delays(retrier: State) -> list[float]:
    """The longest that each try is waited for."""
    return [
        min(retrier["IntervalSeconds"] * retrier["BackoffRate"] ** attempt, retrier["MaxDelaySeconds"])
        for attempt in range(retrier["MaxAttempts"])
    ]


def test_nothing_ends_in_a_fail_state() -> None:
    """What fails, fails in place: a redrive goes on there."""
    assert [name for name, state in states().items() if state["Type"] == "Fail"] == []


def test_an_invalid_finding_fails_in_the_first_state_at_once() -> None:
    first = states()[DEFINITION["StartAt"]]
    named = {error for kind in ("Retry", "Catch") for each in first[kind] for error in each["ErrorEquals"]}
    assert not named & {"InvalidFinding", "States.ALL"}


def test_what_guardduty_does_not_give_is_done_without() -> None:
    first = states()[DEFINITION["StartAt"]]
    [catcher] = first["Catch"]
    assert catcher["Next"] == "ReadFindingByIdentifiers"
    ours = {"AWSUnavailable", "FindingNotListed", "FindingWithheld"}
    assert set(catcher["ErrorEquals"]) == ours | TRANSIENT
    retried = {error for retrier in first["Retry"] for error in retrier["ErrorEquals"]}
    assert retried == set(catcher["ErrorEquals"]) - {"FindingWithheld"}


def test_what_comes_before_the_post_degrades() -> None:
    for name in (
        "LookUpAccount",
        "LookUpResourceTags",
        "CheckSuppressionList",
        "ShowSuppression",
        "RecordSuppression",
    ):
        assert ["States.ALL"] in [catcher["ErrorEquals"] for catcher in states()[name]["Catch"]]


# --- paths: a missing one is States.Runtime on AWS, which nothing catches ---


def paths_read(value: object) -> Iterator[str]:
    """The JSONPaths in Parameters and the like; the context's (``$$``) are always there."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.endswith((".$", "Path")) and key != "ResultPath" and isinstance(inner, str):
                yield inner
            else:
                yield from paths_read(inner)


def reads(state: State) -> list[str]:
    inner = {
        key: value
        for key, value in state.items()
        if key not in ("Branches", "Choices", "Retry", "Catch", "ResultSelector")
    }
    return [path for text in paths_read(inner) for path in paths_in(text) if path != "$"]


def paths_in(text: str) -> list[str]:
    """The paths in a path or an intrinsic function's arguments, without the context's."""
    return re.findall(r"(?<!\$)\$(?:\.[\w.\[\]]+)?(?!\$)", text)


def written(place: Mapping[str, Any]) -> set[str]:
    path = place.get("ResultPath")
    return {path} if isinstance(path, str) and path != "$" else set()


PASSED_ON = {"${ReadFindingFunction}": {"$.claim"}, "${PostToSlackFunction}": {"$.posted"}}
"""What is surely in a function's answer that replaces the state's input: tests of the function say so."""


def edges(state: State) -> Iterator[tuple[str, set[str]]]:
    """Where a state leads, and which paths are surely there on that way."""
    if "Next" in state:
        yield state["Next"], written(state) | PASSED_ON.get(state.get("Resource", ""), set())
    for catcher in state.get("Catch", []):
        yield catcher["Next"], written(catcher)
    for choice in state.get("Choices", []):
        yield choice["Next"], guarded(choice)
    if "Default" in state:
        yield state["Default"], set()


def guarded(choice: Mapping[str, Any]) -> set[str]:
    """The paths that a choice has found to be there, when it is taken."""
    if "And" in choice:
        return set[str]().union(*map(guarded, choice["And"]))
    return {choice["Variable"]} if "Variable" in choice else set()


def sure(machine: Mapping[str, Any]) -> dict[str, set[str]]:
    """The paths that are there whenever a state is entered, whatever the way."""
    found: dict[str, set[str]] = {machine["StartAt"]: set()}
    ahead = [machine["StartAt"]]
    while ahead:
        name = ahead.pop()
        for target, added in edges(machine["States"][name]):
            new = found[name] | added
            known = found[target] & new if target in found else new
            if found.get(target) != known:
                found[target] = known
                ahead.append(target)
    return found


def is_under(path: str, known: set[str]) -> bool:
    return any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in known)


@pytest.mark.parametrize("machine", list(machines(DEFINITION)), ids=lambda machine: machine["StartAt"])
def test_every_path_read_has_been_written_on_every_way_there(machine: Mapping[str, Any]) -> None:
    known = sure(machine)
    unsure = {
        (name, path)
        for name, state in machine["States"].items()
        for path in reads(state)
        if not is_under(path, known[name])
    }
    assert unsure == set()


def comparisons(
    choice: Mapping[str, Any], before: frozenset[str] = frozenset()
) -> Iterator[tuple[str, frozenset[str]]]:
    """The paths that a choice compares, and those found present before: And stops at the first no."""
    if "Or" in choice:
        for part in choice["Or"]:
            yield from comparisons(part, before)
    elif "And" in choice:
        for part in choice["And"]:
            yield from comparisons(part, before)
            before |= {part["Variable"]} if part.get("IsPresent") else frozenset()
    elif "IsPresent" not in choice:
        yield choice["Variable"], before


@pytest.mark.parametrize("name", [name for name, state in states().items() if state["Type"] == "Choice"])
def test_a_choice_compares_what_is_there(name: str) -> None:
    """``$.verdict.suppressed`` is a function's contract; anything deeper may be missing or under a null."""
    known = sure(DEFINITION)[name]
    for choice in states()[name]["Choices"]:
        for path, present in comparisons(choice):
            assert is_under(path, known)
            assert path.count(".") <= 2 or path in present, f"{path} is compared before IsPresent"


# --- as others read it ---


def test_asl_validator_finds_nothing_and_would() -> None:
    """With every placeholder filled: it checks ARNs too."""
    filled = definition.definition(substitutions())
    try:
        assert asl_validator.faults(filled) == ""
    except AslValidatorMissing as missing:
        pytest.skip(str(missing))
    assert "Nowhere" in asl_validator.faults({**filled, "StartAt": "Nowhere"})
