"""``python -m statemachine run``: what it prints, what it refuses, and what of the user's it leaves alone."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from rich.cells import cell_len

from statemachine.__main__ import _main, main
from statemachine.local.arrivals import by_the_clock
from statemachine.local.slack_stand_in import SlackFault, SlackStandIn
from tests.machine import EVENTS, event, wait_until

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = "tests/events/example.json"
LOW = "tests/events/ec2-port-probe.json"


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> "Run":
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("SLACK_MESSAGES_PER_SECOND", "100")
    return Run(monkeypatch, capfd)


@dataclass(frozen=True)
class Run:
    """The command, in this process."""

    monkeypatch: pytest.MonkeyPatch
    capfd: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str, **settings: str) -> Result:
        self.monkeypatch.setattr(sys, "argv", ["statemachine", "run", *arguments])
        for name, value in settings.items():
            self.monkeypatch.setenv(name, value)
        self.capfd.readouterr()
        try:
            code = _main()
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        return Result(code, *self.capfd.readouterr())


def without_archived(found: Any) -> Any:
    del found["detail"]["service"]["archived"]
    return found


def written(path: Path, name: str, content: Any) -> str:
    file = path / name
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(file)


class TestJson:
    def test_the_line_is_as_documented(self, run: Run) -> None:
        result = run("--json", EXAMPLE)
        assert (result.code, result.err) == (0, "")
        [line] = result.lines
        assert list(line) == [
            "event",
            "matched",
            "why",
            "status",
            "error",
            "cause",
            "states",
            "output",
            "slack",
            "attention",
        ]
        assert (line["event"], line["matched"], line["why"]) == (EXAMPLE, True, None)
        assert line["status"] == "SUCCEEDED"
        assert (line["error"], line["cause"]) == (None, None)
        assert line["states"][:4] == ["ReadFinding", "Enrich", "LookUpAccount", "LookUpResourceTags"]
        assert line["states"][-1] == "Notified"
        assert line["output"]["detail"]["type"] == "Backdoor:EC2/C&CActivity.B"
        assert line["output"]["suggested_rule"]["finding_type"] == "Backdoor:EC2/C&CActivity.B"
        [call] = line["slack"]
        assert list(call) == ["method", "body", "status"]
        assert (call["method"], call["status"]) == ("chat.postMessage", 200)
        assert call["body"]["channel"] == "#security"

    def test_an_event_that_does_not_match_is_not_executed(self, run: Run) -> None:
        result = run("--json", LOW)
        assert result.code == 1, "nothing at all was started"
        assert result.lines == [
            {"event": LOW, "matched": False, "why": "severity 2 is below 4: --min-severity 2", "status": None,
             "error": None, "cause": None, "states": [], "output": None, "slack": [], "attention": None}
        ]  # fmt: skip

    def test_the_pattern_says_what_matches(self, run: Run, tmp_path: Path) -> None:
        table = {
            "another-source": (event() | {"source": "aws.ec2"}, False),
            "another-type": (
                event() | {"detail-type": "GuardDuty Malware Protection Object Scan Result"},
                False,
            ),
            "below": (event(severity=6.9), False),
            "at-least": (event(severity=7), True),
            "archived": (event(service={"archived": True}), False),
            "says-nothing-of-archived": (without_archived(event()), True),
        }
        paths = [written(tmp_path, name, made) for name, (made, _) in table.items()]
        lines = run("--json", "--min-severity", "7", *paths).lines
        assert {Path(line["event"]).name: line["matched"] for line in lines} == {
            name: matched for name, (_, matched) in table.items()
        }

    def test_min_severity(self, run: Run) -> None:
        assert [run("--json", "--min-severity", severity, LOW).lines[0]["matched"] for severity in "23"] == [
            True,
            False,
        ]

    def test_the_order_of_the_events_is_kept(self, run: Run) -> None:
        paths = [str(path.relative_to(ROOT)) for path in sorted(EVENTS.glob("e*.json"))] + [LOW, EXAMPLE]
        result = run("--json", "--concurrency", "4", "--min-severity", "1", *paths)
        assert (result.code, result.err) == (0, "")
        assert [line["event"] for line in result.lines] == paths
        posted = [one for one in result.lines if one["states"][-1] == "Notified"]
        for line in posted:
            assert [
                json.dumps(line["output"]["detail"]["id"])[1:-1] in json.dumps(call) for call in line["slack"]
            ] == [True] * len(line["slack"]), "each line has the calls of its own execution"
        assert len(posted) >= len(paths) - 2, "two events stand there twice"

    def test_real_shaped_events_all_end_well(self, run: Run) -> None:
        names = sorted(path.name for path in EVENTS.glob("*.json"))
        names.remove("identifiers-only.json")  # GuardDuty has nothing more to say of it
        result = run(
            "--json", "--concurrency", "4", "--min-severity", "0", *(f"tests/events/{name}" for name in names)
        )
        assert (result.code, result.err) == (0, "")
        for line in result.lines:
            if line["states"][-1] != "Notified":
                assert line["states"][-1] == "AlreadyNotified", "two events are of one finding"
                continue
            detail, said = line["output"]["detail"], json.dumps(line["slack"], ensure_ascii=False)
            assert detail["accountId"] in said
            assert detail["region"] in said
            assert detail["type"].replace("&", "&amp;") in said
            assert f"{detail['id']}" in said, "the link"

    def test_half_a_character_is_escaped(self, run: Run, tmp_path: Path) -> None:
        odd = written(tmp_path, "event.json", event(title="\ud83d half"))
        result = run("--json", odd)
        assert (result.code, result.err) == (0, "")
        assert result.lines[0]["output"]["detail"]["title"] == "\ud83d half"

    @pytest.mark.parametrize(
        "broken", [{"id": None}, {"id": ["x"]}, {"service": []}, {"service": {"detection": 7}}]
    )
    def test_a_broken_attack_sequence_is_posted_or_refused(
        self, run: Run, tmp_path: Path, broken: dict[str, Any]
    ) -> None:
        made = json.loads((EVENTS / "attack-sequence.json").read_text())
        made["detail"] |= broken
        result = run("--json", "--min-severity", "0", written(tmp_path, "event.json", made))
        [line] = result.lines
        assert result.err == ""
        assert (line["status"], line["error"]) in {
            (None, None),
            ("SUCCEEDED", None),
            ("FAILED", "InvalidFinding"),
        }


class TestOptions:
    def test_suppressions_are_stored_as_the_console_stores_them(self, run: Run, tmp_path: Path) -> None:
        rules = [
            {"finding_type": "Backdoor:EC2/*", "rule": "lab", "reason": "a test range", "max_severity": 8.5,
             "region": ["us-east-1", "eu-west-1"], "enabled": True}
        ]  # fmt: skip
        [line] = run("--json", "--suppressions", written(tmp_path, "rules.json", rules), EXAMPLE).lines
        assert line["states"][-1] == "Suppressed"
        assert (line["status"], line["slack"]) == ("SUCCEEDED", [])
        assert line["output"]["verdict"]["rule"]["rule"] == "lab"

    def test_a_person_reads_which_rule_hides_it_and_until_when(self, run: Run, tmp_path: Path) -> None:
        reason = "a test\x1b]0;x\x07 [red]range[/red]"
        rules = [
            {"finding_type": "Backdoor:EC2/*", "rule": "lab", "reason": reason, "expires_at": "2099-12-31"}
        ]
        result = run("--suppressions", written(tmp_path, "rules.json", rules), EXAMPLE)
        assert result.code == 0
        assert result.out.endswith(
            "\n  Rule Backdoor:EC2/* lab hides it until 2099-12-31 23:59 UTC,"
            " because “a test]0;x [red]range[/red]”.\n  SUCCEEDED\n\n"
        )

    def test_suppressions_and_routes_are_read_as_a_scan_prints_them(self, run: Run, tmp_path: Path) -> None:
        key = {"finding_type": {"S": "Backdoor:EC2/*"}, "rule": {"S": "lab"}}
        rules = {"Items": [key | {"reason": {"S": "a test range"}, "max_severity": {"N": "5"}}], "Count": 1}
        routes = {"Items": [key | {"channel": {"S": "#lab"}, "priority": {"N": "1"}}], "Count": 1}
        files = written(tmp_path, "rules.json", rules), written(tmp_path, "routes.json", routes)
        [line] = run("--json", "--suppressions", files[0], "--routes", files[1], EXAMPLE).lines
        assert line["states"][-1] == "Notified"
        assert [call["body"]["channel"] for call in line["slack"]] == ["#lab"]

    def test_a_faulty_suppression_is_posted(self, run: Run, tmp_path: Path) -> None:
        rules = [{"finding_type": "Backdoor:EC2/*", "rule": "lab", "reason": "x", "acount_id": None}]
        [line] = run("--json", "--suppressions", written(tmp_path, "rules.json", rules), EXAMPLE).lines
        assert "is faulty and was not applied" in json.dumps(line["slack"])

    def test_every(self, run: Run) -> None:
        paths = [EXAMPLE, LOW, "tests/events/ebs-malware.json"]
        result = run("--json", "--every", "0.01", *paths)
        assert (result.code, result.err) == (0, "")
        assert [(line["event"], line["status"]) for line in result.lines] == [
            (paths[0], "SUCCEEDED"),
            (paths[1], None),
            (paths[2], "SUCCEEDED"),
        ]

    def test_every_event_has_its_place_in_time_whether_it_matches_or_not(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waits: list[float] = []

        class Stopped(threading.Event):
            """Who waits for a moment is noted, and does not wait."""

            def wait(self, timeout: float | None = None) -> bool:
                waits.append(timeout or 0)
                return self.is_set()

        monkeypatch.setattr(
            "statemachine.local.run.by_the_clock",
            lambda one, events, every, stopped: by_the_clock(one, events, every, Stopped(), lambda: 0),
        )
        result = run("--json", "--every", "1000", EXAMPLE, LOW, LOW, "tests/events/ebs-malware.json")
        assert [line["matched"] for line in result.lines] == [True, False, False, True]
        assert sorted(waits) == [0, 1000, 2000, 3000]

    def test_a_failed_one_among_those_of_the_clock(self, run: Run, slack: SlackStandIn) -> None:
        slack.script(SlackFault(error="channel_not_found"))
        result = run(
            "--json", "--every", "0", EXAMPLE, "tests/events/ebs-malware.json", SLACK_API_URL=slack.url
        )
        assert (result.code, result.err) == (1, "")
        assert sorted(line["status"] for line in result.lines) == ["FAILED", "SUCCEEDED"]

    def test_accounts(self, run: Run, tmp_path: Path) -> None:
        names = written(tmp_path, "accounts.json", {"111122223333": "ledger"})
        [line] = run("--json", "--accounts", names, EXAMPLE).lines
        assert line["output"]["enrichment"]["account"]["name"] == "ledger"
        assert re.search(r"ledger[^\w]+111122223333", json.dumps(line["slack"]))

    @pytest.mark.parametrize(
        ("options", "end"),
        [
            pytest.param([], "Suppressed", id="the-examples-organisation"),
            pytest.param(["--accounts", "{a}"], "Notified", id="ones-own"),
        ],
    )
    def test_a_rule_for_an_ou_can_be_tried(
        self, run: Run, tmp_path: Path, options: list[str], end: str
    ) -> None:
        rules = [
            {"finding_type": "*", "rule": "sandbox", "reason": "wiped every night", "max_severity": 6.9,
             "ou_path": "*/ou-ab12-sandbox1/*"}
        ]  # fmt: skip
        accounts = written(
            tmp_path, "a", {"444455556666": {"name": "data", "ou_path": "o-own1/r-own1/ou-own1-data/"}}
        )
        files = (accounts if option == "{a}" else option for option in options)
        [line] = run(
            "--json",
            "--suppressions",
            written(tmp_path, "r", rules),
            *files,
            "tests/events/member-account.json",
        ).lines
        assert line["states"][-1] == end


class TestSettings:
    def test_those_of_the_environment_hold(self, run: Run) -> None:
        [line] = run("--json", EXAMPLE, SLACK_CHANNEL="#elsewhere", MESSAGE_LANGUAGE="ja").lines
        assert line["slack"][0]["body"]["channel"] == "#elsewhere"
        assert "アカウント" in json.dumps(line["slack"], ensure_ascii=False)

    def test_a_bot_token_posts_where_the_api_url_says(self, run: Run, slack: SlackStandIn) -> None:
        slack.tokens = {"xoxb-of-the-user"}
        result = run("--json", EXAMPLE, SLACK_TOKEN="xoxb-of-the-user", SLACK_API_URL=slack.url)
        assert result.code == 0
        assert len(slack.messages["#security"]) == 1
        assert "xoxb-of-the-user" not in result.out

    def test_so_does_a_webhook(self, run: Run, slack: SlackStandIn) -> None:
        result = run("--json", EXAMPLE, SLACK_TOKEN=slack.webhook_url, SLACK_API_URL=slack.url)
        assert result.code == 0
        assert [call["method"] for call in result.lines[0]["slack"]] == ["webhook"]
        assert len(slack.messages["#webhook"]) == 1
        assert slack.webhook_url not in result.out

    def test_without_a_token_a_loopback_slack_is_posted_to(self, run: Run, slack: SlackStandIn) -> None:
        assert run("--json", EXAMPLE, SLACK_API_URL=slack.url).code == 0
        assert len(slack.messages["#security"]) == 1

    def test_the_users_own_parameter_is_not_looked_for(self, run: Run) -> None:
        assert run("--json", EXAMPLE, SLACK_SECRET_PARAMETER="/elsewhere/slack").code == 0

    def test_a_blank_one_is_none(self, run: Run) -> None:
        [line] = run("--json", EXAMPLE, SLACK_CHANNEL=" ", MESSAGE_LANGUAGE="").lines
        assert line["slack"][0]["body"]["channel"] == "#security"

    @pytest.mark.parametrize("name", ["STAGE", "SLACK_SECRET_PARAMETER"])
    def test_those_of_the_users_own_stage_are_not_read(self, run: Run, name: str) -> None:
        assert run("--json", EXAMPLE, **{name: "/else where"}).code == 0

    def test_no_aws_settings_of_the_users_are_read(self, run: Run, tmp_path: Path) -> None:
        nonsense = written(tmp_path, "config", "[this is no config\n")
        result = run(
            "--json",
            EXAMPLE,
            AWS_PROFILE="no-such-profile",
            AWS_CONFIG_FILE=nonsense,
            AWS_SHARED_CREDENTIALS_FILE=nonsense,
            AWS_ACCESS_KEY_ID="nonsense",
            AWS_SECRET_ACCESS_KEY="",
            AWS_ENDPOINT_URL="http://127.0.0.1:1",
            AWS_REGION="nowhere-1",
        )
        assert (result.code, result.err) == (0, "")


class TestFailing:
    def test_exit_code_one_when_one_failed(self, run: Run, slack: SlackStandIn) -> None:
        slack.script(SlackFault(error="channel_not_found"))
        member = "tests/events/ebs-malware.json"
        result = run("--json", EXAMPLE, member, SLACK_API_URL=slack.url)
        assert (result.code, result.err) == (1, "")
        assert [line["status"] for line in result.lines] == ["FAILED", "SUCCEEDED"]
        failed = result.lines[0]
        assert (failed["error"], failed["states"][-1]) == ("SlackRejected", "PostToSlack")
        assert "Invite the app to #security or correct SLACK_CHANNEL" in failed["cause"]
        assert [call["status"] for call in failed["slack"]] == [200], "Slack refuses with 200"

    def test_an_event_that_is_no_finding(self, run: Run, tmp_path: Path) -> None:
        made = event()
        del made["detail"]["id"]
        result = run("--json", written(tmp_path, "event.json", made))
        assert (result.code, result.err) == (1, "")
        assert result.lines[0]["error"] == "InvalidFinding"
        assert result.lines[0]["slack"] == []

    def test_retries_and_waits_are_seen(self, run: Run, slack: SlackStandIn) -> None:
        slack.script(SlackFault(retry_after=1), SlackFault(status=500))
        result = run("--json", EXAMPLE, SLACK_API_URL=slack.url)
        [line] = result.lines
        assert (result.code, line["states"].count("PostToSlack")) == (0, 2)
        assert "WaitForSlack" in line["states"]
        assert [call["status"] for call in line["slack"]] == [429, 500, 200]


def nested(levels: int) -> Any:
    deep: Any = "x"
    for _ in range(levels):
        deep = {"a": deep}
    return event(service={"additionalInfo": deep})


def large(size: int, kind: str = "Backdoor:EC2/C&CActivity.B") -> Any:
    """An event of so many bytes, as services write it."""
    made = event(type=kind, description="")
    made["detail"]["description"] = "x" * (size - len(json.dumps(made, separators=(",", ":"))))
    return made


def tagged(number: int) -> Any:
    made = event()
    made["detail"]["resource"]["instanceDetails"]["tags"] = [
        {"key": f"k{n}", "value": "v"} for n in range(number)
    ]
    return made


def test_the_largest_event_that_aws_delivers_is_run(run: Run, tmp_path: Path) -> None:
    [line] = run("--json", written(tmp_path, "event.json", large(262_144))).lines
    assert (line["status"], line["states"][-1]) == ("SUCCEEDED", "Notified")


HUGE = 10**60
UNUSABLE = [
    # arguments, {file: content}, words of the line
    pytest.param([], {}, "FILE…", id="no-event"),
    pytest.param(["no-such.json"], {}, "no-such.json: No such file or directory", id="no-file"),
    pytest.param(["tests"], {}, "tests: Is a directory", id="directory"),
    pytest.param(["{e.json}"], {"e.json": "{"}, "e.json: not JSON", id="not-json"),
    pytest.param(["{e.json}"], {"e.json": ""}, "e.json: not JSON", id="empty"),
    pytest.param(["{e.json}"], {"e.json": "[" * 100_000}, "e.json: not JSON", id="too-deep"),
    pytest.param(["{e.json}"], {"e.json": "9" * 5000}, "e.json: not JSON", id="too-long-a-number"),
    pytest.param(["{e.json}"], {"e.json": []}, "no finding in it", id="empty-list"),
    pytest.param([EXAMPLE, "no-such.json"], {}, "no-such.json", id="the-second-of-two"),
    pytest.param(["--suppressions", "no-such.json", EXAMPLE], {}, "no-such.json: No such", id="no-rules"),
    pytest.param(["--suppressions", "{r}", EXAMPLE], {"r": {}}, "rule 1 has no finding_type", id="no-names"),
    pytest.param(["--suppressions", "{r}", EXAMPLE], {"r": [7]}, "rule 1 is no JSON object", id="no-rule"),
    pytest.param(["--routes", "{r}", EXAMPLE], {"r": [7]}, "r: rule 1 is no JSON object", id="no-route"),
    pytest.param(["{e.json}"], {"e.json": nested(900)}, "nested deeper than 200 levels", id="900-levels"),
    pytest.param(
        ["{e.json}"],
        {"e.json": json.dumps(event())[:-1] + ', "source": "aws.guardduty"}'},
        '"source" stands twice in one object',
        id="key-twice",
    ),
    pytest.param(
        ["{e.json}"], {"e.json": large(262_145)}, "262,145 bytes", id="more-than-an-execution-takes"
    ),
    pytest.param(
        ["{e.json}"],
        {"e.json": large(1_048_577, "AttackSequence:EKS/X")},
        "1,048,577 bytes",
        id="more-than-an-event-has",
    ),
    pytest.param(["{e.json}"], {"e.json": tagged(400_000)}, "AWS would not deliver it", id="400000-tags"),
    pytest.param(
        ["--suppressions", "{r}", EXAMPLE],
        {"r": [{"finding_type": "*", "rule": "a"}, {"finding_type": "*", "rule": ""}]},
        "rule 2 has no finding_type or no rule",
        id="blank-key",
    ),
    pytest.param(
        ["--suppressions", "{r}", EXAMPLE],
        {"r": [{"finding_type": "*", "rule": "a", "max_severity": HUGE + 1}]},
        "rule 1 is refused by DynamoDB",
        id="number-of-61-digits",
    ),
    pytest.param(
        ["--suppressions", "{r}", EXAMPLE],
        {"r": '[{"finding_type": "*", "rule": "a", "max_severity": NaN}]'},
        "NaN is no number",
        id="no-number",
    ),
    pytest.param(
        ["--suppressions", "{r}", EXAMPLE],
        {"r": [{"finding_type": "*" * 3000, "rule": "a"}]},
        "rule 1 is refused by DynamoDB",
        id="key-too-long",
    ),
    pytest.param(["--accounts", "{a}", EXAMPLE], {"a": []}, "not a JSON object", id="accounts-list"),
    pytest.param(
        ["--accounts", "{a}", EXAMPLE], {"a": {"1": 2}}, "a: 1: not a JSON object", id="account-number"
    ),
    pytest.param(
        ["--accounts", "{a}", EXAMPLE], {"a": {"1": {"name": 1}}}, "not a JSON object", id="no-name"
    ),
    pytest.param(
        ["--accounts", "{a}", EXAMPLE],
        {"a": {"1": {"name": "x", "ou": "y"}}},
        "a: 1: no 'ou' is known of an account: name and ou_path are",
        id="account-of-more",
    ),
    pytest.param(
        ["--accounts", "{a}", EXAMPLE],
        {"a": {"1": {"name": "x", "ou_path": "Root/Sandbox"}}},
        "a: 1: its ou_path is no path as AWS Organizations has it",
        id="ou-names",
    ),
    pytest.param(["--min-severity", "11", EXAMPLE], {}, "--min-severity", id="severity-too-high"),
    pytest.param(["--min-severity", "nan", EXAMPLE], {}, "--min-severity", id="severity-nan"),
    pytest.param(["--concurrency", "0", EXAMPLE], {}, "--concurrency", id="no-concurrency"),
    *(
        pytest.param(["--every", wrong, EXAMPLE], {}, f"--every: {wrong!r} is no number of seconds", id=wrong)
        for wrong in ("soon", "-1", "nan", "inf", "86401", "")
    ),
    pytest.param(
        ["--every", "5", "--concurrency", "1", EXAMPLE],
        {},
        "--concurrency and --every exclude each other",
        id="every-and-concurrency",
    ),
    pytest.param(["--colour", EXAMPLE], {}, "--colour", id="unknown-option"),
]


@pytest.mark.parametrize(("arguments", "files", "words"), UNUSABLE)
def test_unusable_input_is_one_clear_line(
    run: Run, tmp_path: Path, arguments: list[str], files: dict[str, Any], words: str
) -> None:
    paths = {f"{{{name}}}": written(tmp_path, name, content) for name, content in files.items()}
    result = run(*(paths.get(argument, argument) for argument in arguments))
    assert (result.code, result.out) == (2, "")
    assert result.err.count("\n") == 1
    assert words in result.err
    assert result.err.startswith("error: ")


WRONG_SETTINGS = [
    # name, value, words of the line
    pytest.param("SLACK_TOKEN", "hunter2", "SLACK_TOKEN must be a bot token", id="token"),
    pytest.param("SLACK_API_URL", "https://slack.example.com/hunter2", "SLACK_API_URL must be", id="api-url"),
    pytest.param("SLACK_API_URL", "http://[", "SLACK_API_URL must be", id="api-url-unreadable"),
    pytest.param("SLACK_MESSAGES_PER_SECOND", "fast", "SLACK_MESSAGES_PER_SECOND must be", id="pace-word"),
    pytest.param("SLACK_MESSAGES_PER_SECOND", "0", "SLACK_MESSAGES_PER_SECOND must be", id="pace-none"),
    pytest.param("SLACK_MESSAGES_PER_SECOND", "101", "SLACK_MESSAGES_PER_SECOND must be", id="pace-too-high"),
    pytest.param("SLACK_MESSAGES_PER_SECOND", "nan", "SLACK_MESSAGES_PER_SECOND must be", id="pace-nan"),
    pytest.param("MESSAGE_LANGUAGE", "xx", "MESSAGE_LANGUAGE must be en or ja", id="language"),
    pytest.param("ACCESS_PORTAL_URL", "http://x", "ACCESS_PORTAL_URL must begin with https://", id="portal"),
    pytest.param("RUNBOOK_URL", "http://x", "RUNBOOK_URL must be an https:// address", id="runbook"),
]


@pytest.mark.parametrize(("name", "value", "words"), WRONG_SETTINGS)
def test_a_wrong_setting_is_one_clear_line(run: Run, name: str, value: str, words: str) -> None:
    result = run(EXAMPLE, **{name: value})
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert result.err.startswith(f"error: {words}")
    assert result.err.endswith(". Correct this in the environment, or unset it\n")
    assert "hunter2" not in result.err


def test_all_wrong_settings_are_said_at_once(run: Run) -> None:
    result = run(EXAMPLE, MESSAGE_LANGUAGE="xx", ACCESS_PORTAL_URL="http://x")
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert "MESSAGE_LANGUAGE must be en or ja; ACCESS_PORTAL_URL must begin with" in result.err


class TestForPeople:
    def test_the_first_run_ends_with_what_comes_next(self, run: Run) -> None:
        result = run(EXAMPLE, COLUMNS="80")
        _, _, following = result.out.partition("\nNext")
        assert "run FILE…" in following
        assert "make deploy STAGE=dev" in following
        assert max(map(len, following.splitlines())) <= 80
        command = main.get_command(click.Context(main), "run")
        assert command
        options = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z]+", following)) <= options
        lines = result.out.splitlines()
        assert len(lines) <= 60
        assert max(map(cell_len, lines)) <= 80
        for page in re.findall(r"docs/\S+\.md", following):
            assert (ROOT / page).is_file()
        assert "Next" not in run(LOW, "--min-severity", "2").out

    def test_the_severity_is_that_of_the_stage_dev_wherever_it_is_run(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lowest = json.loads((ROOT / ".chalice/config.json").read_text())["stages"]["dev"]["stack_parameters"]
        own = written(tmp_path, "event.json", event(severity=0.5))
        monkeypatch.chdir(tmp_path)
        [line] = run("--json", own).lines
        assert line["why"] == f"severity 0.5 is below {lowest['MinSeverity']}: --min-severity 0.5"

    def test_the_way_and_the_message(self, run: Run) -> None:
        result = run(EXAMPLE, LOW)
        assert (result.code, result.err) == (0, "")
        for words in (EXAMPLE, "LookUpAccount", "PostToSlack", "Notified", "chat.postMessage → 200",
                      "High 8.0 · The EC2 instance", "SUCCEEDED",
                      LOW, "Not started: severity 2 is below 4: --min-severity 2\n"):  # fmt: skip
            assert words in result.out
        assert (
            result.out.index("LookUpAccount") < result.out.index("PostToSlack") < result.out.index("Notified")
        )

    def test_a_failure_is_a_sentence(self, run: Run, slack: SlackStandIn) -> None:
        slack.unknown = {"#security"}
        result = run(EXAMPLE, SLACK_API_URL=slack.url)
        assert (result.code, result.err) == (1, "")
        said = " ".join(result.out.split())
        assert (
            "FAILED SlackRejected: Slack refused the post: channel_not_found. Invite the app to #security"
            in said
        )
        assert "Traceback" not in said


# --- as a process of its own -------------------------------------------------------------------------------


@contextmanager
def started(*arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command as a process, of which nothing is left behind whatever becomes of the test."""
    with interruptible():
        process = subprocess.Popen(
            [sys.executable, "-m", "statemachine", "run", *arguments],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def interruptible() -> Iterator[None]:
    """Start processes as a person's terminal does.

    A shell's background job ignores SIGINT, and so would all that it starts; what is handled here is not ignored there.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_a_bare_environment_and_a_poor_terminal() -> None:
    poor = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "AWS_PROFILE": "no-such-profile"}
    with started("--json", EXAMPLE, **poor) as process:
        out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert json.loads(out)["status"] == "SUCCEEDED"


def test_a_broken_pipe_is_no_traceback() -> None:
    with started(EXAMPLE, EXAMPLE, "tests/events/ebs-malware.json") as process:
        assert process.stdout and process.stderr
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        process.wait()
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "option",
    [pytest.param(["--concurrency", "2"], id="at-once"), pytest.param(["--every", "3600"], id="every")],
)
def test_whoever_stops_it_waits_for_no_hour(slack: SlackStandIn, option: list[str]) -> None:
    """The hour would outlast the test's time limit: that the process ends at all is what is tested."""
    slack.script(SlackFault(status=500, times=99))
    with started(EXAMPLE, EXAMPLE, *option, SLACK_API_URL=slack.url) as process:
        wait_until(lambda: slack.requests or process.poll() is not None)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert (process.returncode, err.strip()) == (130, "Stopped.")


def test_whoever_stops_it_reads_what_was_done(slack: SlackStandIn) -> None:
    slack.script(SlackFault(status=500, times=99))
    other = "tests/events/ebs-malware.json"
    with started(LOW, EXAMPLE, other, "--every", "0.01", SLACK_API_URL=slack.url) as process:
        wait_until(lambda: slack.requests or process.poll() is not None)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, err.strip()) == (130, "Stopped.")
    assert re.search(r"\n3 events: 1 not started, (2 stopped|1 stopped, 1 not reached)\n", out)
