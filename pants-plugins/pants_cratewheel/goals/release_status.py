"""`pants release-status`: what is published, tagged and planned of each package, and what is out of step."""

from __future__ import annotations

from enum import Enum

from pants.engine.console import Console
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.rules import collect_rules, goal_rule
from pants.engine.target import Targets
from pants.option.option_types import EnumOption
from pants.util.strutil import help_text

from cratewheel.errors import raise_all
from cratewheel.status.render import render_text
from cratewheel.status.values import dumps
from pants_cratewheel import engine
from pants_cratewheel.fields.release import PublishField
from pants_cratewheel.products.standing import Standing, StandingRequest


class StatusFormat(Enum):
    """How a status is printed."""

    TEXT = "text"
    JSON = "json"


class ReleaseStatusSubsystem(GoalSubsystem):
    name = "release-status"
    help = help_text(
        """
        Say what is published, tagged and planned of every package, and what is out of step: a
        version without its tag, a tag without its version, half a set of wheels. Changes nothing.
        """
    )

    format = EnumOption(default=StatusFormat.TEXT, help="How to print the status.")


class ReleaseStatus(Goal):
    subsystem_cls = ReleaseStatusSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def release_status(
    console: Console, targets: Targets, options: ReleaseStatusSubsystem
) -> ReleaseStatus:
    chosen = tuple(target.address.spec for target in targets if target.has_field(PublishField))
    found: Standing = await engine.standing(StandingRequest(chosen))
    raise_all(found.findings)
    assert found.status is not None
    printed = dumps if options.format == StatusFormat.JSON else render_text
    console.print_stdout(printed(found.status).rstrip("\n"))
    return ReleaseStatus(0)


def rules() -> list[object]:
    return [*collect_rules()]
