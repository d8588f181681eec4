"""`pants release-repair`: mends what `release-status` finds, from provenance and from nothing else."""

from __future__ import annotations

from dataclasses import replace

from pants.engine.console import Console
from pants.engine.env_vars import EnvironmentVars
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.process import InteractiveProcessResult
from pants.engine.rules import collect_rules, goal_rule
from pants.engine.target import Targets
from pants.option.option_types import BoolOption, StrListOption
from pants.util.strutil import help_text, softwrap

from cratewheel.destination import REHEARSAL
from cratewheel.errors import CratewheelError, raise_all
from cratewheel.publishing import due_releases
from cratewheel.release_tags import remote_tags
from cratewheel.status.repair import abandon, read_decision, repair
from pants_cratewheel import engine
from pants_cratewheel.checkout import USING_THE_REMOTE, checkout
from pants_cratewheel.fields.release import PublishField
from pants_cratewheel.options import CratewheelSubsystem
from pants_cratewheel.products.releases import GitHubRunRequest, PublisherRun
from pants_cratewheel.products.standing import Standing, StandingRequest


class ReleaseRepairSubsystem(GoalSubsystem):
    name = "release-repair"
    help = help_text(
        """
        Make and push the tags that published versions lack, where it is proven which commit they
        came from: by the release record, by the registry or by an attestation. Refuses otherwise.
        With `[cratewheel].github_releases`, make the GitHub Releases that tags lack, too.
        """
    )

    commit = StrListOption(
        default=[],
        help=softwrap(
            """
            Say which commit a published version came from where nothing proves it:
            `ID@VERSION=COMMIT`, such as `crate:my-crate@1.2.3=4f5e6d7`.
            """
        ),
    )
    abandon = BoolOption(
        default=False,
        help=softwrap(
            """
            Give up releases that are half published: what is live stays as it is, and the next
            version moves past it.
            """
        ),
    )


class ReleaseRepair(Goal):
    subsystem_cls = ReleaseRepairSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def release_repair(
    console: Console,
    targets: Targets,
    options: ReleaseRepairSubsystem,
    cratewheel: CratewheelSubsystem,
) -> ReleaseRepair:
    chosen = tuple(target.address.spec for target in targets if target.has_field(PublishField))
    decisions = [read_decision(text) for text in options.commit]
    found: Standing = await engine.standing(StandingRequest(chosen))
    raise_all(found.findings)
    status = found.status
    assert status is not None
    for note in status.notes:
        console.print_stderr(note)
    if status.destination == REHEARSAL:
        console.print_stdout("Nothing to repair: run the rehearsal again, or delete its folder.")
        return ReleaseRepair(0)
    due = found.due.releases
    if status.in_step and not decisions and not due:
        console.print_stdout("Nothing to repair: everything is in step.")
        return ReleaseRepair(0)
    variables: EnvironmentVars = await engine.environment_variables(USING_THE_REMOTE)
    git = checkout(variables)
    findings = repair(git, status.packages, decisions, cratewheel.remote, console.print_stdout)
    if options.abandon:
        findings = abandon(
            git,
            status.packages,
            found.records,
            cratewheel.remote,
            console.print_stdout,
            left=findings,
        )
    findings = (*findings, *found.unasked)
    if findings:
        console.print_stderr(str(CratewheelError(*findings)))
    code = 1 if findings else 0
    if due and not found.unasked:
        tags = remote_tags(git, cratewheel.remote, found.due.tags)
        run: PublisherRun = await engine.github_run(
            GitHubRunRequest(
                due_releases.dumps(replace(found.due, releases=due_releases.on_remote(due, tags)))
            )
        )
        result: InteractiveProcessResult = await engine.run_interactively(run.process)
        code = code or result.exit_code
    if code == 0 and status.in_step and not decisions:
        console.print_stdout("Everything is in step.")
    return ReleaseRepair(code)


def rules() -> list[object]:
    return [*collect_rules()]
