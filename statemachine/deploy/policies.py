"""What the functions may do, written out for one stage from one table (``statemachine/policies/functions.yaml``).

Chalice reads a file for each function of each stage, which the stage's block of its config.json has to name. The
permissions boundary is the same table for all stages at once.
"""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import yaml

from statemachine.deploy.stack import CONFIG, Json, Stage
from statemachine.session import WrongInput

TABLE = Path(__file__).parent.parent / "policies/functions.yaml"
BOUNDARY = TABLE.with_name("boundary.json")
BOUNDARY_NAME = "boundary-for-guardduty-notifier"
"""Where it begins as our other policies do, who deploys could change it."""

_OF_ALL = {
    "${Stage}": "*",
    "${Function}": "*",
    "${SlackSecretParameter}": "/guardduty-notifier/*",
    "${TagReaderRoleName}": "guardduty-notifier-tag-reader*",
}
"""What is filled in where all stages are meant, and thereby what there is to fill in."""


def policy(stage: Stage, function: str) -> Json:
    """Make the policy of a stage's function.

    Raises WrongInput where the table does not have the function, or a name is a pattern.
    """
    statements = _table()["functions"].get(function)
    if statements is None:
        raise WrongInput(f"No policy for the function {function}: name its statements in {TABLE.name}.")
    values = {
        "${Stage}": stage.name,
        "${Function}": function,
        "${SlackSecretParameter}": stage.secret_parameter,
        "${TagReaderRoleName}": stage.tag_reader_role_name,
    }
    for value in values.values():
        if set(value) & set("*?$"):
            raise WrongInput(f"Stage {stage.name}: {value} is a pattern, and would let functions reach more.")
    made = (_filled(name, values) for name in ("OwnLogs", *statements))
    return _policy(each for each in made if each)


def boundary() -> Json:
    """Make the permissions boundary: what functions and roles of all stages may do together, and nothing beyond.

    Who may write which key is left to the policies: together they may write all. It says each thing once, as it has to
    fit into 6,144 characters.
    """
    merged = _merged([_of_any_key(_filled(name, _OF_ALL)) for name in _table()["statements"]])
    return _policy(each for each in merged if not any(_covers(wider, each) for wider in merged))


def write(stage: Stage) -> int:
    """Write a stage's policies, their names into config.json, and the boundary; say how many files are others now."""
    wanted = _files(stage)
    stale = [path for path, text in wanted.items() if not _says(path, text)]
    for path in stale:
        path.write_text(wanted[path], "utf-8")
    return len(stale)


def refuse_stale(stage: Stage) -> None:
    """Raise WrongInput where the functions were deployed with other policies than the table has now."""
    if any(not _says(path, text) for path, text in _files(stage).items()):
        raise WrongInput(
            f"The policies of stage {stage.name} in .chalice are not what {TABLE.name} and the settings make them."
            f" Run: make deploy STAGE={stage.name}"
        )


def _files(stage: Stage) -> dict[Path, str]:
    """Name every file that is made for a stage, and what it has to say."""
    files = {
        CONFIG.with_name(_name(stage, each)): json.dumps(policy(stage, each), indent=2) + "\n"
        for each in stage.functions
    }
    config = _naming(stage)
    if config != stage.config:
        files[CONFIG] = json.dumps(config, indent=2, ensure_ascii=False) + "\n"
    return files | {BOUNDARY: json.dumps(boundary(), indent=2) + "\n"}


def _name(stage: Stage, function: str) -> str:
    return f"policy-{stage.name}-{function}.json"


def _naming(stage: Stage) -> Json:
    """The config, in which the stage's block names each function's policy: a copied block names another stage's."""
    config: Json = json.loads(json.dumps(stage.config))
    named = config["stages"][stage.name].setdefault("lambda_functions", {})
    for function in stage.functions:
        named.setdefault(function, {})["iam_policy_file"] = _name(stage, function)
    return config


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


def _policy(statements: Iterator[Json]) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _filled(name: str, values: Mapping[str, str]) -> Json:
    """A statement of the table with the values; empty where it is about something that the stage does not have."""
    text = json.dumps(_table()["statements"][name])
    if any(place in text and not value for place, value in values.items()):
        return {}
    for place, value in values.items():
        text = text.replace(place, json.dumps(value)[1:-1])
    return {"Sid": name, "Effect": "Allow", **json.loads(text)}


def _merged(statements: list[Json]) -> list[Json]:
    """One statement, named as the last of them, where several differ only in what they allow on the same things."""
    found: dict[str, Json] = {}
    for each in statements:
        same = json.dumps([each["Resource"], each.get("Condition")])
        before = found.get(same, {}).get("Action", [])
        found[same] = each | {"Action": sorted({*before, *each["Action"]})}
    return list(found.values())


def _needed(resources: str | list[str]) -> str | list[str]:
    """Leave out what another pattern of the list covers."""
    if isinstance(resources, str):
        return resources
    needed = [
        each
        for each in dict.fromkeys(resources)
        if not any(other != each and fnmatchcase(each, other) for other in resources)
    ]
    return needed if len(needed) > 1 else needed[0]


def _covers(wider: Json, statement: Json) -> bool:
    """Whether another statement allows all that one does, on at least the same things, at most under its conditions."""
    if wider is statement or not set(statement["Action"]) <= set(wider["Action"]):
        return False
    patterns = _listed(wider["Resource"])
    if not all(any(fnmatchcase(each, one) for one in patterns) for each in _listed(statement["Resource"])):
        return False
    conditions = statement.get("Condition", {})
    return all(
        keys.items() <= conditions.get(operator, {}).items()
        for operator, keys in wider.get("Condition", {}).items()
    )


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def _of_any_key(statement: Json) -> Json:
    conditions = statement.get("Condition", {})
    others = {
        operator: keys
        for operator, keys in conditions.items()
        if not any(key.startswith("dynamodb:") for key in keys)
    }
    shortened = {
        operator: {key: _needed(value) for key, value in keys.items()} for operator, keys in others.items()
    }
    without = {name: value for name, value in statement.items() if name != "Condition"}
    return (
        without
        | {"Resource": _needed(statement["Resource"])}
        | ({"Condition": shortened} if shortened else {})
    )


@cache
def _table() -> Json:
    read: Json = yaml.safe_load(TABLE.read_text("utf-8"))
    return read
