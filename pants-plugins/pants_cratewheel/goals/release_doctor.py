"""`pants release-doctor`: everything that can be proven wrong before a release, all of it at once."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path

from pants.base.build_environment import get_buildroot
from pants.engine.console import Console
from pants.engine.env_vars import EnvironmentVars
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.process import InteractiveProcessResult
from pants.engine.rules import collect_rules, goal_rule
from pants.engine.target import Targets
from pants.option.global_options import GlobalOptions
from pants.option.option_types import BoolOption, EnumOption, StrOption
from pants.util.strutil import help_text, softwrap

from cratewheel.doctor.facts import report_on
from cratewheel.doctor.online import loads_answer
from cratewheel.doctor.rendering import (
    render_github,
    render_json,
    render_markdown,
    render_text,
)
from cratewheel.doctor.report import NEVER, Report
from pants_cratewheel import engine
from pants_cratewheel.fields.release import PublishField
from pants_cratewheel.products.doctor import (
    DoctorFacts,
    DoctorFactsRequest,
    OnlineRun,
    OnlineRunRequest,
)
from pants_cratewheel.products.runs import RunPurpose


class ReportFormat(Enum):
    """How the report is printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


class FailOn(Enum):
    """The least grave finding that fails the goal."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = NEVER


class ReleaseDoctorSubsystem(GoalSubsystem):
    name = "release-doctor"
    help = help_text(
        """
        Say everything that can be proven wrong before a release: in manifests, in the graph of
        targets, in what would ship, in the workflows that release, in whom the registries trust
        and on this machine. Changes nothing.
        """
    )

    format = EnumOption(
        default=ReportFormat.TEXT,
        help=(
            "How to print the report. `github` prints annotations of GitHub Actions and writes the "
            "job's summary."
        ),
    )
    output = StrOption(
        default=None,
        help="File for the report as JSON, whatever is printed.",
    )
    offline = BoolOption(
        default=False,
        help="Ask no registry.",
    )
    prove = BoolOption(
        default=False,
        help=softwrap(
            """
            In the job that publishes: have every registry mint a token for the job, and discard
            it. What a registry does not accept is shown with the claims that it compares.
            """
        ),
    )
    fail_on = EnumOption(
        default=FailOn.ERROR,
        help="The least grave finding with which the goal fails.",
    )


class ReleaseDoctor(Goal):
    subsystem_cls = ReleaseDoctorSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def release_doctor(
    console: Console,
    targets: Targets,
    options: ReleaseDoctorSubsystem,
    purpose: RunPurpose,
    global_options: GlobalOptions,
) -> ReleaseDoctor:
    selected = tuple(target.address for target in targets if target.has_field(PublishField))
    gathered: DoctorFacts = await engine.doctor_facts(
        DoctorFactsRequest(
            selected if purpose.specs else None, online=not options.offline, prove=options.prove
        )
    )
    facts = gathered.facts
    if facts.question.packages and not options.offline:
        answer = Path(global_options.pants_workdir, "cratewheel", "doctor.json")
        answer.unlink(missing_ok=True)
        run: OnlineRun = await engine.online_run(OnlineRunRequest(facts.question, str(answer)))
        result: InteractiveProcessResult = await engine.run_interactively(run.process)
        if result.exit_code != 0:
            return ReleaseDoctor(result.exit_code)
        facts = replace(facts, answer=loads_answer(answer.read_text(encoding="utf-8")))
    found = report_on(facts)
    root = Path(get_buildroot())
    if options.output:
        path = root / options.output
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render_json(found), encoding="utf-8")
    if options.format == ReportFormat.GITHUB:
        variables: EnvironmentVars = await engine.environment_variables(["GITHUB_STEP_SUMMARY"])
        if variables.get("GITHUB_STEP_SUMMARY"):
            with open(root / variables["GITHUB_STEP_SUMMARY"], "a", encoding="utf-8") as summary:
                summary.write(render_markdown(found))
    console.print_stdout(_printed(found, options.format, root).rstrip("\n"))
    return ReleaseDoctor(1 if found.is_failure(options.fail_on.value) else 0)


def _printed(found: Report, wanted: ReportFormat, root: Path) -> str:
    if wanted == ReportFormat.JSON:
        return render_json(found)
    if wanted == ReportFormat.GITHUB:
        return render_github(found, lambda path: (root / path).is_file())
    return render_text(found)


def rules() -> list[object]:
    return [*collect_rules()]
