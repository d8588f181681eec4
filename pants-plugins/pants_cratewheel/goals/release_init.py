"""`pants release-init`: the workflows that release this repository in GitHub Actions."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pants.base.build_environment import get_buildroot
from pants.engine.console import Console
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.process import InteractiveProcessResult
from pants.engine.rules import collect_rules, goal_rule
from pants.option.option_types import BoolOption, EnumOption, StrOption
from pants.util.frozendict import FrozenDict
from pants.util.strutil import help_text, softwrap

import cratewheel
from cratewheel.adoption.proposal import Proposal
from cratewheel.adoption.repository import (
    adopt,
    any_on_windows,
    own_rows,
    rows_after,
    text_of,
)
from cratewheel.errors import raise_all
from cratewheel.git import Git
from cratewheel.plan.inputs import RegistryFacts
from cratewheel.plan.package import ReleasePackage
from cratewheel.project import PYPI, WHEEL, Project
from cratewheel.publishing import trusted_publisher
from cratewheel.release_tags import remote_address
from cratewheel.workflows.distribution import DISTRIBUTION, pinned_requirement
from cratewheel.workflows.launcher import LAUNCHER, launcher_files
from cratewheel.workflows.registering import registration_request
from cratewheel.workflows.remaining import (
    Registration,
    github_repository,
    remaining_steps,
    steps_beside,
)
from cratewheel.workflows.scaffold import (
    WORKFLOWS,
    Scaffolded,
    generated_files,
    scaffold,
)
from cratewheel.workflows.settings import (
    RELEASE_WORKFLOW,
    Cadence,
    WorkflowSettings,
    decisions_in,
)
from cratewheel.workflows.surroundings import default_branch, toolchains, workflow_files
from cratewheel.workflows.writing import write
from pants_cratewheel import engine
from pants_cratewheel.options import CratewheelSubsystem
from pants_cratewheel.products.plans import (
    PublishablePackages,
    RegistryFactsAnswer,
    RegistryFactsRequest,
)
from pants_cratewheel.products.releases import PublisherRun
from pants_cratewheel.products.workflows import NeighboursAnswer, NeighboursRequest


class CadenceOption(Enum):
    """What starts a release."""

    MERGE = "merge"
    MANUAL = "manual"
    SCHEDULE = "schedule"
    TAG = "tag"


class ReleaseInitSubsystem(GoalSubsystem):
    name = "release-init"
    help = help_text(
        """
        Write the GitHub Actions workflows that check and release this repository, and say what is
        left to a person. Run again, it shows what would change and changes only what nobody else
        has.
        """
    )

    cadence = EnumOption(
        default=None,
        enum_type=CadenceOption,
        help=softwrap(
            """
            What starts a release: every merge, a person, the clock, or a pushed tag `release/…`.
            Default: what the workflow says already, else `merge`.
            """
        ),
    )
    branch = StrOption(
        default=None,
        help="The branch that releases are made from. Default: that of the remote.",
    )
    environment = StrOption(
        default=None,
        help=softwrap(
            """
            The GitHub environment of the job that publishes, which trusted publishers are
            registered with. Default: what the workflow says already, else `release`.
            """
        ),
    )
    adopt = BoolOption(
        default=True,
        help=softwrap(
            """
            Take over how the project has released so far: its tags, who decides its versions and,
            where the registries can be reached, the wheels of its last release. They are written
            into BUILD files and pants.toml; what you have written there stays.
            """
        ),
    )
    register = BoolOption(
        default=False,
        help=softwrap(
            """
            Register the release workflow as a trusted publisher of every crate on crates.io, with
            the token in CARGO_REGISTRY_TOKEN, which needs the scope `trusted-publishing`.
            """
        ),
    )
    force = BoolOption(
        default=False,
        help="Overwrite files that somebody has changed since they were generated.",
    )


class ReleaseInit(Goal):
    subsystem_cls = ReleaseInitSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def release_init(
    console: Console,
    options: ReleaseInitSubsystem,
    cratewheel_options: CratewheelSubsystem,
    packages: PublishablePackages,
    project: Project,
) -> ReleaseInit:
    raise_all(packages.findings)
    root = Path(get_buildroot())
    git = Git(str(root))
    answer: NeighboursAnswer = await engine.neighbours(
        NeighboursRequest(FrozenDict(workflow_files(root)))
    )
    proposal = Proposal({}, ())
    if options.adopt:
        known: RegistryFactsAnswer = await engine.registry_facts(
            RegistryFactsRequest(packages.packages)
        )
        facts = dict(known.by_id)
        proposal = adopt(root, git, packages.packages, facts, answer.neighbours.jobs)
        _adopt(console, root, packages.packages, facts, proposal)
    # Of the BUILD files as they are from now on, which this run has not read.
    rows = tuple(rows_after(packages.packages, proposal))
    own = own_rows(rows)
    windows = any_on_windows(rows)
    released = text_of(root / WORKFLOWS / RELEASE_WORKFLOW) or ""
    library = _library(root)
    installed = None if library is not None else _installed_version()
    distribution = None
    if windows and installed is not None:
        index: RegistryFactsAnswer = await engine.registry_facts(
            RegistryFactsRequest((ReleasePackage(DISTRIBUTION, DISTRIBUTION, WHEEL, "", PYPI),))
        )
        ((_, versions),) = index.by_id
        distribution = pinned_requirement(installed, versions.versions, released)
    decided = decisions_in(released)
    cadence = Cadence(options.cadence.value) if options.cadence else decided.cadence
    settings = WorkflowSettings(
        cadence=cadence or Cadence.MERGE,
        branch=options.branch or decided.branch or default_branch(git, cratewheel_options.remote),
        environment=options.environment or decided.environment or "release",
        toolchains=toolchains(root, project.cargo.workspaces),
        windows=windows,
        own_rows=bool(own),
        submodules=(root / ".gitmodules").exists(),
        library=library,
        distribution=distribution,
    )
    generated = {
        **generated_files(settings, own),
        **({} if (root / LAUNCHER).exists() else launcher_files()),
    }
    existing = {path: text for path in generated if (text := text_of(root / path)) is not None}
    files = scaffold(existing, generated)
    for file in files:
        _write(console, root, file, force=options.force)
    repository = github_repository(remote_address(git, cratewheel_options.remote))
    missing = [*steps_beside(files, answer.neighbours.publishers, options.force)]
    if library is None and installed is None:
        missing.append(_NOT_IN_CI)
    if settings.windows and not settings.builds_on_windows:
        missing.append(_NOT_ON_WINDOWS)
    console.print_stdout("")
    console.print_stdout(
        remaining_steps(
            settings,
            repository,
            [Registration(each.name, each.kind, each.registry) for each in packages.packages],
            missing,
        )
    )
    if not options.register:
        return ReleaseInit(0)
    request = registration_request(
        packages.packages,
        cratewheel_options.crates_registry,
        cratewheel_options.remote,
        repository,
        settings.environment,
    )
    if request is None:
        return ReleaseInit(0)
    run: PublisherRun = await engine.registration_run(trusted_publisher.dumps(request))
    result: InteractiveProcessResult = await engine.run_interactively(run.process)
    return ReleaseInit(result.exit_code)


_NOT_IN_CI = (
    "cratewheel is outside this repository, where no job finds it: name it in [GLOBAL].plugins, or "
    "put it inside, as a submodule, say, and name its `pants-plugins` in [GLOBAL].pythonpath."
)
_NOT_ON_WINDOWS = (
    "No job builds the rows for Windows yet: they install cratewheel by the hash of its wheel on the "
    "Python index, which was not reached or does not have this version, or take it from this repository, "
    "as a submodule, say. See to either and run release-init again."
)


def _adopt(
    console: Console,
    root: Path,
    packages: Sequence[ReleasePackage],
    facts: Mapping[str, RegistryFacts],
    proposal: Proposal,
) -> None:
    for note in proposal.notes:
        console.print_stdout(f"Adopted: {note}")
    for path, text in sorted(proposal.files.items()):
        _write(console, root, Scaffolded(path, text_of(root / path), text, ours=True), force=False)
    for package in packages:
        if facts[package.id].versions is None:
            console.print_stdout(
                f"Not adopted: the files of {package.id}: {package.registry} was not reached"
            )


def _write(console: Console, root: Path, file: Scaffolded, *, force: bool) -> None:
    for line in write(root, file, force=force):
        console.print_stdout(line)


def _installed_version() -> str | None:
    """The version that came with `[GLOBAL].plugins`, which every job installs for itself."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return None


def _library(root: Path) -> str | None:
    """Where the library is in this repository, for the jobs that run it without Pants."""
    directory = os.path.dirname(os.path.dirname(os.path.abspath(cratewheel.__file__)))
    relative = os.path.relpath(directory, root)
    return None if relative.startswith("..") else relative


def rules() -> list[object]:
    return [*collect_rules()]
