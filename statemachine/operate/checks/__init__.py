"""What the doctor looks at. Each check is a function of a place and the check's name, and says what it found.

What AWS refuses is raised: botocore's error. What can't be looked at, or is a matter of taste, is neither good nor bad.
"""

from dataclasses import dataclass

from statemachine.deploy.stack import Stage


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    good: bool | None
    """None: could not be looked at, or is a matter of taste."""
    said: str
    hint: str = ""


@dataclass(frozen=True)
class StagePlace:
    """Where to look."""

    stage: Stage
    account: str
    region: str
    partition: str

    def arn(self, service: str, name: str) -> str:
        """A name's ARN in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{name}"
