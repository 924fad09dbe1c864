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

MACHINES: dict[str, dict[str, Any]] = {
    machine: json.loads(definition.text(machine)) for machine in definition.FILES
}
DEFINITION = MACHINES[definition.NOTIFIER]

MOST_STATES = {definition.NOTIFIER: 23, definition.ATTENTION: 8}

every_machine = pytest.mark.parametrize("machine", MACHINES)

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
    "StepFunctions.ExecutionAlreadyExistsException",
})  # fmt: skip

TRANSIENT = AWS_ERRORS - {
    "DynamoDB.ConditionalCheckFailedException",
    "States.ALL",
    "StepFunctions.ExecutionAlreadyExistsException",
}


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


def states(machine: str = definition.NOTIFIER) -> dict[str, State]:
    return dict(in_order(MACHINES[machine]))


def of_all(kind: str = "") -> dict[str, tuple[str, State]]:
    """The states of both machines by name, each with its machine: those of one type, or every state."""
    return {
        name: (machine, state)
        for machine in MACHINES
        for name, state in states(machine).items()
        if state["Type"] == kind or not kind
    }


def tasks() -> dict[str, State]:
    return {name: state for name, (_, state) in of_all("Task").items()}


def lambda_tasks() -> dict[str, State]:
    return {name: task for name, task in tasks().items() if task["Resource"].endswith("Function}")}


def all_machines() -> list[Mapping[str, Any]]:
    return [each for machine in MACHINES.values() for each in machines(machine)]


every_machine_and_branch = pytest.mark.parametrize(
    "machine", all_machines(), ids=lambda each: each["StartAt"]
)


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
    assert len(of_all()) == sum(len(machine["States"]) for machine in all_machines())


@pytest.mark.parametrize(("machine", "most"), MOST_STATES.items())
def test_a_machine_is_seen_at_a_glance(machine: str, most: int) -> None:
    """Who opens an execution in the console sees its states at once: a machine that grows is to be cut down."""
    assert len(states(machine)) <= most


@every_machine_and_branch
def test_every_target_exists_and_every_state_is_reachable(machine: Mapping[str, Any]) -> None:
    named = {target for state in machine["States"].values() for target in targets(state)}
    assert named | {machine["StartAt"]} <= machine["States"].keys()
    assert reachable(machine, machine["StartAt"]) == set(machine["States"])


@pytest.mark.parametrize("name", of_all())
def test_every_state_goes_on_or_ends(name: str) -> None:
    _, state = of_all()[name]
    ends = state["Type"] in ("Succeed", "Fail") or state.get("End") is True
    assert ends != bool({"Next", "Choices"} & state.keys())


OTHER_PLACEHOLDERS = {
    definition.NOTIFIER: {"SuppressionsTable", "NotificationsTable", "Partition", "AttentionMachine"},
    definition.ATTENTION: set[str](),
}


@every_machine
def test_placeholders_are_the_functions_tables_partition_and_the_other_machine(machine: str) -> None:
    called = {function_of(task) for name, task in lambda_tasks().items() if name in states(machine)}
    functions = set(map(definition.function_placeholder, called))
    assert definition.placeholders(machine) == functions | OTHER_PLACEHOLDERS[machine]


@pytest.mark.parametrize("name", lambda_tasks())
def test_placeholders_stand_inside_strings_only(name: str) -> None:
    machine, task = of_all()[name]
    values = {each: f'"{each}"\\' for each in definition.placeholders(machine)}
    filled = definition.definition(values, machine)
    assert json.dumps(filled).count("${") == 0
    assert dict(in_order(filled))[name]["Resource"] == values[task["Resource"].strip("${}")]


@every_machine
def test_a_placeholder_without_a_value_is_named(machine: str) -> None:
    with pytest.raises(KeyError, match=r"Function|Table|Partition"):
        definition.definition({}, machine)


# --- the files ---


def as_others_read(machine: str) -> dict[str, Any]:
    """A machine's YAML as PyYAML has it, with its shared blocks."""
    read: dict[str, Any] = yaml.safe_load(definition.written(machine))
    return read


def retried_in(written: Mapping[str, Any]) -> list[Any]:
    """Every Retry of a machine, those that states share as one and the same object."""
    return [state["Retry"] for _, state in in_order(written) if "Retry" in state]


@every_machine
def test_the_compact_text_is_the_file_without_its_shared_blocks(machine: str) -> None:
    plain = as_others_read(machine)
    del plain[definition.SHARED]
    assert plain == MACHINES[machine]
    assert definition.text(machine) == json.dumps(
        MACHINES[machine], separators=(",", ":"), ensure_ascii=False
    )


@every_machine
def test_the_text_is_made_once(machine: str) -> None:
    assert definition.text(machine) is definition.text(machine)


@pytest.mark.parametrize(
    ("machine", "line"),
    [
        (definition.NOTIFIER, "  Enrich: {Type: Succeed}"),
        (definition.ATTENTION, "  Remind: {Type: Succeed}"),
        (definition.NOTIFIER, "Comment: another"),
        (definition.ATTENTION, "Comment: another"),
    ],
)
def test_a_key_that_stands_twice_is_refused(machine: str, line: str) -> None:
    with pytest.raises(yaml.YAMLError, match="stands here twice"):
        definition.read(f"{definition.written(machine)}{line}\n")


@pytest.mark.parametrize("block", as_others_read(definition.NOTIFIER)[definition.SHARED])
def test_every_shared_block_is_named_by_more_than_one_state(block: str) -> None:
    named = [
        retry is shared or any(each is shared for each in retry)
        for written in map(as_others_read, MACHINES)
        for shared in [written[definition.SHARED][block]]
        for retry in retried_in(written)
    ]
    assert named.count(True) > 1


def test_every_anchor_is_named() -> None:
    tokens = {machine: list(yaml.scan(definition.written(machine))) for machine in MACHINES}
    anchors, aliases = (
        {token.value for each in tokens.values() for token in each if isinstance(token, kind)}
        for kind in (yaml.AnchorToken, yaml.AliasToken)
    )
    assert anchors == aliases


@every_machine
def test_a_retry_block_that_states_share_is_written_once(machine: str) -> None:
    blocks = retried_in(as_others_read(machine))
    assert len({tuple(map(id, block)) for block in blocks}) == len(set(map(json.dumps, blocks)))


def keys_in_order() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Everything that has an order of its keys, and what it is."""
    for machine in all_machines():
        yield "a machine", machine
    for _, state in of_all().values():
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


@every_machine_and_branch
def test_states_stand_in_the_order_they_run(machine: Mapping[str, Any]) -> None:
    """Only a wait leads back, and what is done without; and what is to be asked of an answer again."""
    place = {name: index for index, name in enumerate(machine["States"])}
    back = {
        (name, target)
        for name, state in machine["States"].items()
        for target in targets(state)
        if state["Type"] != "Wait" and place[target] <= place[name]
    }
    assert back <= {
        ("LedgerUnreadable", "PostToSlack"),
        ("RoutesUnreadable", "PostToSlack"),
        ("RecordNotification", "Posted?"),
        ("ShowAnswer", "Answered?"),
        ("Remind", "Answered?"),
    }


# --- the machines ---


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
        for name, (_, state) in of_all().items()
        for kind in ("Retry", "Catch")
        for index, handler in enumerate(state.get(kind, []))
    ]


@pytest.mark.parametrize("names", error_lists())
def test_error_names_are_exceptions_of_ours_or_errors_of_aws(names: list[str]) -> None:
    ours = {name for name, value in vars(errors).items() if inspect.isclass(value)}
    assert set(names) <= ours | AWS_ERRORS


@pytest.mark.parametrize(
    "name", [name for name, (_, state) in of_all().items() if "Retry" in state or "Catch" in state]
)
@pytest.mark.parametrize("kind", ["Retry", "Catch"])
def test_states_all_stands_alone_and_last(name: str, kind: str) -> None:
    lists = [handler["ErrorEquals"] for handler in of_all()[name][1].get(kind, [])]
    assert all(names == ["States.ALL"] for names in lists if "States.ALL" in names)
    assert all("States.ALL" not in names for names in lists[:-1])


@pytest.mark.parametrize(
    "name", ["PostToSlack", "RecordNotification", "LookForAnswer", "ShowAnswer", "Remind"]
)
def test_what_fails_there_fails_in_place_so_that_redrive_works(name: str) -> None:
    machine, _ = of_all()[name]
    types = {states(machine)[later]["Type"] for later in reachable(MACHINES[machine], name)}
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


@pytest.mark.parametrize(
    "name", ["ReadFindingByIdentifiers", "PostToSlack", "LookForAnswer", "ShowAnswer", "Remind"]
)
def test_what_nothing_can_be_done_without_is_retried_for_an_hour_or_more(name: str) -> None:
    last = tasks()[name]["Retry"][-1]
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
    assert of_all("Fail") == {}


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


def test_what_a_post_can_do_without_degrades() -> None:
    for name in (
        "LookUpAccount",
        "LookUpResourceTags",
        "CheckSuppressionList",
        "ShowSuppression",
        "RecordSuppression",
        "StartAttention",
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

STARTED_WITH = {"LookForAnswer": {"$.finding_id", "$.opening"}}
"""What is surely in the input of an execution, by its first state; of a finding's event nothing is."""


def edges(state: State) -> Iterator[tuple[str, set[str]]]:
    """Where a state leads, and which paths are surely there on that way."""
    if "Next" in state:
        passed_on = set() if "ResultPath" in state else PASSED_ON.get(state.get("Resource", ""), set())
        yield state["Next"], written(state) | passed_on
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
    return {choice["Variable"]} if "Variable" in choice and choice.get("IsPresent") is not False else set()


def sure(machine: Mapping[str, Any]) -> dict[str, set[str]]:
    """The paths that are there whenever a state is entered, whatever the way."""
    found: dict[str, set[str]] = {machine["StartAt"]: STARTED_WITH.get(machine["StartAt"], set())}
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


@every_machine_and_branch
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


def test_the_attention_machine_gets_what_it_reads() -> None:
    given = {name.removesuffix(".$") for name in states()["StartAttention"]["Parameters"]["Input"]}
    assert STARTED_WITH["LookForAnswer"] == {f"$.{name}" for name in given}


@pytest.mark.parametrize("name", of_all("Choice"))
def test_a_choice_compares_what_is_there(name: str) -> None:
    """``$.verdict.suppressed`` is a function's contract; anything deeper may be missing or under a null."""
    machine, state = of_all()[name]
    known = sure(MACHINES[machine])[name]
    for choice in state["Choices"]:
        for path, present in comparisons(choice):
            assert is_under(path, known)
            assert path.count(".") <= 2 or path in present, f"{path} is compared before IsPresent"


# --- as others read it ---


@every_machine
def test_asl_validator_finds_nothing_and_would(machine: str) -> None:
    """With every placeholder filled: it checks ARNs too."""
    filled = definition.definition(substitutions(), machine)
    try:
        assert asl_validator.faults(filled) == ""
    except AslValidatorMissing as missing:
        pytest.skip(str(missing))
    assert "Nowhere" in asl_validator.faults({**filled, "StartAt": "Nowhere"})
