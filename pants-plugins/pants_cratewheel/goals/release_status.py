"""`pants release-status`: what is published, tagged and planned of each package, and what is out of step."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path

from pants.engine.console import Console
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.process import InteractiveProcessResult
from pants.engine.rules import collect_rules, goal_rule
from pants.engine.target import Targets
from pants.option.global_options import GlobalOptions
from pants.option.option_types import EnumOption
from pants.util.strutil import help_text

from cratewheel.errors import raise_all
from cratewheel.publishing import due_releases
from cratewheel.status.due import with_looked
from cratewheel.status.render import render_text
from cratewheel.status.values import dumps
from pants_cratewheel import engine
from pants_cratewheel.fields.release import PublishField
from pants_cratewheel.products.releases import GitHubRunRequest, PublisherRun
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
        version without its tag, a tag without its version or its GitHub Release, half a set of
        wheels. Changes nothing.
        """
    )

    format = EnumOption(default=StatusFormat.TEXT, help="How to print the status.")


class ReleaseStatus(Goal):
    subsystem_cls = ReleaseStatusSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def release_status(
    console: Console,
    targets: Targets,
    options: ReleaseStatusSubsystem,
    global_options: GlobalOptions,
) -> ReleaseStatus:
    chosen = tuple(target.address.spec for target in targets if target.has_field(PublishField))
    found: Standing = await engine.standing(StandingRequest(chosen))
    raise_all(found.findings)
    status = found.status
    assert status is not None
    due = tuple(each for each in found.due.releases if each.commit)
    if due and not found.unasked:
        answer = Path(global_options.pants_workdir, "cratewheel", "github.json")
        answer.unlink(missing_ok=True)
        run: PublisherRun = await engine.github_run(
            GitHubRunRequest(due_releases.dumps(replace(found.due, releases=due)), str(answer))
        )
        result: InteractiveProcessResult = await engine.run_interactively(run.process)
        if result.exit_code != 0:
            return ReleaseStatus(result.exit_code)
        status = with_looked(
            status, due, due_releases.loads_looked(answer.read_text(encoding="utf-8"))
        )
    printed = dumps if options.format == StatusFormat.JSON else render_text
    console.print_stdout(printed(status).rstrip("\n"))
    return ReleaseStatus(0)


def rules() -> list[object]:
    return [*collect_rules()]
