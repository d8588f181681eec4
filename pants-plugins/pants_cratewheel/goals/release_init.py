"""`pants release-init`: the workflows that release this repository in GitHub Actions."""

from __future__ import annotations

import json
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
from pants.util.strutil import help_text, softwrap

import cratewheel
from cratewheel.adoption.proposal import ExistingPackage, propose
from cratewheel.adoption.workflow_jobs import job_of_leftovers
from cratewheel.errors import CratewheelError, Finding, raise_all
from cratewheel.git import Git
from cratewheel.plan.inputs import RegistryFacts
from cratewheel.plan.package import ReleasePackage
from cratewheel.platforms import platform_for
from cratewheel.project import CRATES_IO, Project
from cratewheel.workflows.own_rows import OwnRow
from cratewheel.workflows.remaining import Registration, github_repository, remaining_steps
from cratewheel.workflows.scaffold import (
    WORKFLOWS,
    Scaffolded,
    generated_files,
    scaffold,
)
from cratewheel.workflows.settings import (
    OWN_ROWS_ACTION,
    RELEASE_WORKFLOW,
    Cadence,
    WorkflowSettings,
    decisions_in,
)
from cratewheel.workflows.surroundings import default_branch, toolchain_directory
from pants_cratewheel import engine
from pants_cratewheel.options import CratewheelSubsystem
from pants_cratewheel.products.plans import (
    PublishablePackages,
    RegistryFactsAnswer,
    RegistryFactsRequest,
)
from pants_cratewheel.products.releases import PublisherRun


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
    rows = [(package, row) for package in packages.packages for row in package.rows]
    own = tuple(
        OwnRow(package.id, row.target or "") for package, row in rows if row.built_by != "pants"
    )
    released = root / WORKFLOWS / RELEASE_WORKFLOW
    decided = decisions_in(_text(released) or "")
    cadence = Cadence(options.cadence.value) if options.cadence else decided.cadence
    settings = WorkflowSettings(
        cadence=cadence or Cadence.MERGE,
        branch=options.branch or decided.branch or default_branch(git, cratewheel_options.remote),
        environment=options.environment or decided.environment or "release",
        toolchain_directory=toolchain_directory(root, project.cargo.workspaces),
        windows=any(
            row.built_by == "pants" and row.target and platform_for(row.target).os == "windows"
            for _, row in rows
        ),
        own_rows=bool(own),
        submodules=(root / ".gitmodules").exists(),
        library=_library(root),
    )
    generated = generated_files(settings, own)
    if options.adopt:
        answer: RegistryFactsAnswer = await engine.registry_facts(
            RegistryFactsRequest(packages.packages)
        )
        _adopt(console, root, git, packages.packages, dict(answer.by_id))
    existing = {path: text for path in generated if (text := _text(root / path)) is not None}
    for file in scaffold(existing, generated):
        _carry_out(console, root, file, options.force)
    _, address, _ = git.attempt(["remote", "get-url", cratewheel_options.remote])
    repository = github_repository(address.decode())
    missing = [] if (root / "pants").exists() else [_NO_LAUNCHER]
    if settings.library is None and not _is_installed():
        missing.append(_NOT_IN_CI)
    if settings.library is None and settings.windows:
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
    crates = [each.name for each in packages.packages if each.registry == CRATES_IO]
    if not options.register or not crates:
        return ReleaseInit(0)
    if repository is None:
        raise CratewheelError(
            Finding(
                "CW-PUBLISHER-NOT-REGISTERED",
                cratewheel_options.remote,
                "this remote is no repository on GitHub, so there is no workflow to register",
            )
        )
    run: PublisherRun = await engine.registration_run(
        json.dumps(
            {
                "api": cratewheel_options.crates_registry.rstrip("/"),
                "crates": crates,
                "publisher": {
                    "provider": "github",
                    "owner": repository.owner,
                    "repository": repository.name,
                    "workflow": RELEASE_WORKFLOW,
                    "environment": settings.environment,
                },
            }
        )
    )
    result: InteractiveProcessResult = await engine.run_interactively(run.process)
    return ReleaseInit(result.exit_code)


_NO_LAUNCHER = (
    "The jobs start Pants with `./pants`, which is not here: copy it from cratewheel and commit it."
)


_NOT_IN_CI = (
    "cratewheel is outside this repository, where no job finds it: name it in [GLOBAL].plugins, or "
    "put it inside, as a submodule, say, and name its `pants-plugins` in [GLOBAL].pythonpath."
)
_NOT_ON_WINDOWS = (
    "No job builds the rows for Windows yet: they need cratewheel's `pants-plugins` in this "
    "repository, as a submodule, say. Put it there and run release-init again."
)


def _adopt(
    console: Console,
    root: Path,
    git: Git,
    packages: Sequence[ReleasePackage],
    facts: Mapping[str, RegistryFacts],
) -> None:
    existing = tuple(
        ExistingPackage(
            each.id,
            each.kind,
            each.name,
            each.address,
            each.version,
            each.tag_format,
            each.version_group,
            None if versions is None else {entry.version: entry.files for entry in versions},
        )
        for each in packages
        for versions in [facts[each.id].versions]
    )
    directories = {each.address.partition(":")[0].lstrip("/") for each in packages}
    paths = [os.path.join(each, name) for each in directories for name in ("BUILD", "BUILD.pants")]
    build_files = {path: text for path in paths if (text := _text(root / path)) is not None}
    code, output, _ = git.attempt(["tag", "--list"])
    proposal = propose(
        existing,
        output.decode().split() if code == 0 else (),
        build_files,
        _text(root / "pants.toml") or "",
        is_reachable=lambda tag: git.attempt(["merge-base", "--is-ancestor", tag, "HEAD"])[0] == 0,
        job=job_of_leftovers(_workflows(root)),
    )
    for note in proposal.notes:
        console.print_stdout(f"Adopted: {note}")
    for path, text in sorted(proposal.files.items()):
        file = Scaffolded(path, _text(root / path), text, ours=True)
        _carry_out(console, root, file, force=False)
    for package in packages:
        if facts[package.id].versions is None:
            console.print_stdout(
                f"Not adopted: the files of {package.id}: {package.registry} was not reached"
            )


def _workflows(root: Path) -> Mapping[str, str]:
    folder = root / WORKFLOWS
    files = sorted(folder.glob("*.y*ml")) if folder.is_dir() else []
    return {file.name: file.read_text(encoding="utf-8", errors="replace") for file in files}


def _carry_out(console: Console, root: Path, file: Scaffolded, force: bool) -> None:
    if not file.changes:
        console.print_stdout(f"{file.path}: as it should be")
        return
    if file.path == OWN_ROWS_ACTION and file.before is not None:
        console.print_stdout(f"{file.path}: yours, left as it is")
        return
    if file.before is not None:
        console.print_stdout(file.diff().rstrip("\n"))
    if not file.ours and not force:
        console.print_stdout(
            f"{file.path}: changed by somebody else, left as it is (--force overwrites it)"
        )
        return
    path = root / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(file.after, encoding="utf-8")
    console.print_stdout(f"{file.path}: {'written' if file.before is None else 'changed'}")


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _is_installed() -> bool:
    """Whether cratewheel came with `[GLOBAL].plugins`, which every job installs for itself."""
    try:
        version("pants-cratewheel")
    except PackageNotFoundError:
        return False
    return True


def _library(root: Path) -> str | None:
    """Where the library is in this repository, for the jobs that run it without Pants."""
    directory = os.path.dirname(os.path.dirname(os.path.abspath(cratewheel.__file__)))
    relative = os.path.relpath(directory, root)
    return None if relative.startswith("..") else relative


def rules() -> list[object]:
    return [*collect_rules()]
