"""`pants release-plan`: what a release would ship, at which version, why and in which order."""

from __future__ import annotations

import os
from dataclasses import replace
from enum import Enum
from pathlib import Path

from pants.base.build_environment import get_buildroot
from pants.engine.console import Console
from pants.engine.env_vars import EnvironmentVars
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.rules import collect_rules, goal_rule
from pants.engine.target import Targets
from pants.option.option_types import BoolOption, EnumOption, StrListOption, StrOption
from pants.util.strutil import help_text

from cratewheel.errors import raise_all
from cratewheel.plan import model
from cratewheel.plan.model import Plan
from cratewheel.plan.readiness import unfinished_findings
from cratewheel.plan.render.github import render_github
from cratewheel.plan.render.markdown import render_markdown
from cratewheel.plan.render.text import render_text
from cratewheel.plan.select import left_out, selected
from pants_cratewheel import engine
from pants_cratewheel.fields.release import PublishField
from pants_cratewheel.products.builds import ResolutionsAnswer, ResolutionsRequest
from pants_cratewheel.products.plans import PlanAnswer, PlanRequest


class PlanFormat(Enum):
    """How a plan is printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    MARKDOWN = "markdown"


class ReleasePlanSubsystem(GoalSubsystem):
    name = "release-plan"
    help = help_text(
        """
        Say what a release would ship: every package with its version, the reason, the order, the
        files and the rows of the build matrix. Changes nothing.
        """
    )

    format = EnumOption(
        default=PlanFormat.TEXT,
        help="How to print the plan. `github` writes job outputs and a step summary.",
    )
    output = StrOption(
        default=None,
        help="File to freeze the plan in, for `--cratewheel-plan`.",
    )
    offline = BoolOption(
        default=False,
        help="Do not ask the registries which versions they have.",
    )
    release = StrListOption(
        default=[],
        help=(
            "Decide for a package without a commit: `ID@LEVEL` or `ID@VERSION`, such as "
            "`crate:my-crate@minor`."
        ),
    )


class ReleasePlan(Goal):
    subsystem_cls = ReleasePlanSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def release_plan(
    console: Console, targets: Targets, options: ReleasePlanSubsystem
) -> ReleasePlan:
    answer: PlanAnswer = await engine.plan(
        PlanRequest(online=not options.offline, release=tuple(options.release))
    )
    raise_all(answer.findings)
    assert answer.plan is not None
    chosen = [target.address.spec for target in targets if target.has_field(PublishField)]
    plan = selected(answer.plan, chosen)
    plan = replace(plan, notes=(*plan.notes, *left_out(plan, answer.plan.packages, chosen)))
    if options.format == PlanFormat.GITHUB:
        # Before every row of the matrix is built for a release that will be refused.
        raise_all(unfinished_findings(plan))
    if options.output:
        resolutions: ResolutionsAnswer = await engine.resolutions(ResolutionsRequest(plan))
        raise_all(resolutions.findings)
        plan = replace(plan, resolutions=resolutions.resolutions)
        path = Path(get_buildroot(), options.output)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(model.dumps(plan), encoding="utf-8")
    if options.format == PlanFormat.GITHUB:
        variables: EnvironmentVars = await engine.environment_variables(
            ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"]
        )
        _append(variables.get("GITHUB_OUTPUT"), render_github(plan), console)
        _append(variables.get("GITHUB_STEP_SUMMARY"), render_markdown(plan), console)
    else:
        console.print_stdout(_printed(plan, options.format).rstrip("\n"))
    return ReleasePlan(0)


def _printed(plan: Plan, wanted: PlanFormat) -> str:
    if wanted == PlanFormat.JSON:
        return model.dumps(plan)
    if wanted == PlanFormat.MARKDOWN:
        return render_markdown(plan)
    return render_text(plan)


def _append(path: str | None, text: str, console: Console) -> None:
    # Outside a job there is no such file, and the text is what one came to see.
    if not path:
        console.print_stdout(text.rstrip("\n"))
        return
    with open(os.path.join(get_buildroot(), path), "a", encoding="utf-8") as file:
        file.write(text)


def rules() -> list[object]:
    return [*collect_rules()]
