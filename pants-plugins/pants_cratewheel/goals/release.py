"""`pants release`: carries a release out as one graph, crates before wheels."""

from __future__ import annotations

import os

from pants.base.build_environment import get_buildroot
from pants.engine.console import Console
from pants.engine.env_vars import EnvironmentVars
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.process import InteractiveProcessResult
from pants.engine.rules import collect_rules, goal_rule
from pants.engine.target import Targets
from pants.option.option_types import StrListOption, StrOption
from pants.util.strutil import help_text, softwrap

from cratewheel.errors import CratewheelError, Finding, raise_all
from cratewheel.plan.select import left_out, nothing_due
from cratewheel.records.unpushed import push_left_tags
from cratewheel.registries.clock import SystemClock
from pants_cratewheel import engine
from pants_cratewheel.checkout import USING_THE_REMOTE, checkout
from pants_cratewheel.fields.release import PublishField
from pants_cratewheel.options import CratewheelSubsystem
from pants_cratewheel.products.plans import ReleaseVersions
from pants_cratewheel.products.releases import (
    PublisherRun,
    ReleaseBundle,
    ReleaseBundleRequest,
)


class ReleaseSubsystem(GoalSubsystem):
    name = "release"
    help = help_text(
        """
        Release crates and wheels: build everything, check it, upload it in dependency order, read
        it back. Outside CI the destination is a rehearsal unless `[cratewheel].destination` says
        otherwise.
        """
    )

    output = StrOption(
        default=None,
        help="File for the record of every upload, as JSON in upload order.",
    )
    release = StrListOption(
        default=[],
        help=softwrap(
            """
            Decide for a package without a commit, as in `release-plan`: `ID@LEVEL` or
            `ID@VERSION`.
            """
        ),
    )


class Release(Goal):
    subsystem_cls = ReleaseSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def release(
    console: Console,
    targets: Targets,
    options: ReleaseSubsystem,
    cratewheel: CratewheelSubsystem,
    versions: ReleaseVersions,
) -> Release:
    roots = tuple(
        target.address
        for target in targets
        if target.has_field(PublishField) and target[PublishField].value
    )
    output = None
    if options.output:
        output = os.path.join(get_buildroot(), options.output)
    bundle: ReleaseBundle = await engine.release_bundle(ReleaseBundleRequest(roots, output))
    raise_all(bundle.findings)
    assert bundle.request is not None
    others = left_out(bundle.request.plan, versions.plan.packages, [root.spec for root in roots])
    for note in (*bundle.request.plan.notes, *versions.later_notes, *others):
        console.print_stderr(note)
    unpushed: tuple[Finding, ...] = ()
    if not bundle.request.rehearsed:
        variables: EnvironmentVars = await engine.environment_variables(USING_THE_REMOTE)
        unpushed = push_left_tags(
            checkout(variables), cratewheel.remote, console.print_stdout, SystemClock()
        )
    if unpushed:
        console.print_stderr(str(CratewheelError(*unpushed)))
    if not bundle.request.artifacts:
        console.print_stdout(nothing_due(bundle.request.plan))
        return Release(1 if unpushed else 0)
    run: PublisherRun = await engine.publisher_run(bundle.run)
    result: InteractiveProcessResult = await engine.run_interactively(run.process)
    return Release(result.exit_code or (1 if unpushed else 0))


def rules() -> list[object]:
    return [*collect_rules()]
