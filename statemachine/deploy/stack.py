"""One stage's stack: its settings from ``.chalice/config.json``, its template with everything filled in."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalicelib import settings
from chalicelib.errors import InvalidSettings
from chalicelib.slack.secret import api_base
from statemachine.deploy import definition, template_text
from statemachine.session import WrongInput

APP = "guardduty-notifier"
CONFIG = Path(".chalice/config.json")
TEMPLATE = Path(__file__).parent.parent / "template.yaml"
RULES = {"FindingRule": "findings", "AttackSequenceRule": "attack-sequences"}
"""The template's name of a rule → how the rule's own name ends."""
SCHEDULES = {"reconcile": "Reconcile", "daily-proof": "DailyProof"}
"""How a schedule's name ends → the parameter that switches it on."""
LARGEST_BODY = 51_200
"""Bytes of a template that needs no S3 bucket.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

Json = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """A stage's block in ``.chalice/config.json``."""

    name: str
    settings: Mapping[str, str]
    """What the functions get as environment variables."""
    parameters: Mapping[str, str]
    """What the stack gets: the template's parameters, defaults where the stage says nothing."""
    tags: Mapping[str, str]
    functions: tuple[str, ...]
    """The functions' names without app and stage, sorted."""
    config: Mapping[str, Any]
    """The whole file."""

    @property
    def stack(self) -> str:
        """The stack's name, and how every other name begins."""
        return f"{APP}-{self.name}"

    def function(self, name: str) -> str:
        """A function's name on AWS."""
        return f"{self.stack}-{name}"

    def function_setting(self, function: str, key: str) -> Any:
        """One of Chalice's settings of a function, looked for where Chalice looks, in its order."""
        block = self.config["stages"][self.name]
        places = (
            block.get("lambda_functions", {}).get(function, {}),
            block,
            self.config.get("lambda_functions", {}).get(function, {}),
            self.config,
        )
        return next((place[key] for place in places if place.get(key) is not None), None)

    @property
    def regions(self) -> list[str]:
        """The regions that are compared besides the stage's own."""
        return list(filter(None, self.parameters["Regions"].split(",")))

    @property
    def secret_parameter(self) -> str:
        """The SSM parameter that holds the Slack secret."""
        return settings.slack_secret_parameter(self.settings)

    @property
    def tag_reader_role_name(self) -> str:
        """The role in member accounts that reads tags; empty where there is none."""
        return settings.tag_reader_role_name(self.settings)

    @property
    def slack_api_url(self) -> str:
        """Base of Slack's Web API."""
        return settings.slack_api_url(self.settings)

    @property
    def answer_within(self) -> Mapping[str, int]:
        """Within how many seconds somebody is to answer, by the band of severity; empty: nobody is asked."""
        return settings.answer_within(self.settings)

    @property
    def responders(self) -> str:
        """The user group whose members alone answer; empty: everybody."""
        return settings.responders(self.settings)

    @property
    def kept_tables(self) -> tuple[str, ...]:
        """The tables that outlive the stack."""
        return f"{self.stack}-suppressions", f"{self.stack}-routes"


def read_stage(name: str) -> Stage:
    """Read a stage's settings; raises WrongInput where there is no such stage or a value can't be used."""
    config = _config()
    stages = config.get("stages", {})
    if name not in stages:
        raise WrongInput(f"No stage {name!r} in {CONFIG}. There are: {', '.join(sorted(stages))}.")
    block = stages[name]
    environment = config.get("environment_variables", {}) | block.get("environment_variables", {})
    _check_settings(name, environment)
    return Stage(
        name=name,
        settings=environment,
        parameters=_parameters(name, block.get("stack_parameters", {})),
        tags=config.get("tags", {}) | block.get("tags", {}),
        functions=tuple(sorted(config.get("lambda_functions", {}))),
        config=config,
    )


def template() -> Json:
    """Read the stack's template as it stands in the repository."""
    return read_template(TEMPLATE)


def read_template(path: Path) -> Json:
    """Read one of the CloudFormation templates, its short forms (``!Ref``) written out."""
    return template_text.read(path.read_text("utf-8"))


def body(parameters: Mapping[str, str]) -> str:
    """Write the template that is deployed, as YAML: see `filled`."""
    return template_text.write(filled(parameters))


def filled(parameters: Mapping[str, str]) -> Json:
    """Return the template with definitions, literal names of kept tables and literal patterns filled in.

    A change set takes a kept table in only where its name is a literal, without Ref or Sub:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
    `parameters` are the stack's, all of them.
    """
    whole = template()
    resources = whole["Resources"]
    for machine in definition.FILES:
        resources[machine]["Properties"]["DefinitionString"] = definition.text(machine)
    for table in filter(_is_kept, resources.values()):
        name = table["Properties"]["TableName"]["Fn::Sub"]
        table["Properties"]["TableName"] = name.replace("${Stage}", parameters["Stage"])
    for rule in RULES:
        resources[rule]["Properties"]["EventPattern"] = pattern(rule, parameters)
    return whole


def pattern(rule: str, parameters: Mapping[str, str]) -> Json:
    """Return the event pattern of a rule (``FindingRule``, ``AttackSequenceRule``) with its literal values.

    `parameters` are the stack's; MinSeverity and TestSource matter here, and may be missing. Its account is a Ref.
    """
    found: Json = template()["Resources"][rule]["Properties"]["EventPattern"]
    found["detail"]["severity"] = [{"numeric": [">=", _number(parameters.get("MinSeverity", "7"))]}]
    if parameters.get("TestSource"):
        found["source"].append(parameters["TestSource"])
    return found


def finding_patterns(min_severity: float, test_source: str = "") -> list[Json]:
    """Return the rules' event patterns: an event on its account's own bus starts an execution where one matches."""
    parameters = {"MinSeverity": f"{min_severity:g}", "TestSource": test_source}
    patterns = [pattern(rule, parameters) for rule in RULES]
    return [{name: wanted for name, wanted in each.items() if name != "account"} for each in patterns]


def alarms(stage: Stage) -> list[str]:
    """Name the stack's alarms."""
    made = [each for each in template()["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    return [each["Properties"]["AlarmName"]["Fn::Sub"].replace("${Stage}", stage.name) for each in made]


def _api_base(environment: settings.Environment) -> str:
    return api_base(settings.slack_api_url(environment))


def _is_kept(resource: Json) -> bool:
    return resource.get("DeletionPolicy") == "Retain"


def _config() -> Json:
    try:
        read: Json = json.loads(CONFIG.read_text("utf-8"))
    except FileNotFoundError:
        raise WrongInput(f"No {CONFIG} here. Run this in the repository's folder.") from None
    except ValueError as error:
        raise WrongInput(f"{CONFIG} is not JSON: {error}.") from None
    return read


def _check_settings(stage: str, given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if not isinstance(value, str):
            raise WrongInput(f"environment_variables of {stage}: {name} is {value!r}: put it in quotes.")
    if given.get("STAGE") != stage:  # a block copied for a new stage would write into the old one's tables
        raise WrongInput(f"environment_variables of {stage}: STAGE is {given.get('STAGE')!r}, not {stage!r}.")
    faults = list(_setting_faults(given))
    if faults:
        raise WrongInput("\n".join(f"environment_variables of {stage}: {fault}." for fault in faults))


def _setting_faults(environment: Mapping[str, str]) -> Iterator[str]:
    """Say what the functions would refuse, by the readers that they use."""
    for read in (*settings.READERS, _api_base):
        try:
            read(environment)
        except InvalidSettings as error:
            yield str(error)


def _parameters(stage: str, given: Mapping[str, object]) -> dict[str, str]:
    known = template()["Parameters"]
    settable = [name for name in known if name != "Stage"]
    for name in given:
        if name not in settable:
            raise WrongInput(f"stack_parameters of {stage}: no {name!r}. There are: {', '.join(settable)}.")
    values = {name: str(given.get(name, known[name]["Default"])) for name in settable} | {"Stage": stage}
    for name, value in values.items():
        _check(name, value, known[name])
    regions = values["Regions"].split(",")
    if twice := [name for name in regions if regions.count(name) > 1]:
        raise WrongInput(f"stack_parameters of {stage}: Regions names {twice[0]} twice.")
    if stage == "prod" and values["TestSource"]:
        raise WrongInput("stack_parameters of prod: TestSource must be empty. prod admits no test source.")
    return values


def _check(name: str, value: str, rules: Json) -> None:
    if not re.fullmatch(rules.get("AllowedPattern", ".*"), value):
        raise WrongInput(f"{name} is {value!r}: it must be {rules['ConstraintDescription']}.")
    allowed = [str(choice) for choice in rules.get("AllowedValues", [])]
    if allowed and value not in allowed:
        raise WrongInput(f"{name} is {value!r}: it must be one of {', '.join(allowed)}.")


def _number(text: str) -> float:
    return int(text) if text.isdecimal() else float(text)
