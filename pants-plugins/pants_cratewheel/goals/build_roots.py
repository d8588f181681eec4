"""`pants build-roots`: what cargo's kept work takes on the disk, and making room."""

from __future__ import annotations

import time
from pathlib import Path

from pants.engine.console import Console
from pants.engine.goal import Goal
from pants.engine.rules import collect_rules, goal_rule
from pants.option.global_options import GlobalOptions

from cratewheel.build.disk import TargetDirectory, prune, show_size, survey
from pants_cratewheel.jobs import BUILD_ROOTS_CACHE
from pants_cratewheel.options import BuildRootsSubsystem


class BuildRoots(Goal):
    subsystem_cls = BuildRootsSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def build_roots(
    console: Console, options: BuildRootsSubsystem, global_options: GlobalOptions
) -> BuildRoots:
    (cache,) = BUILD_ROOTS_CACHE
    folder = Path(global_options.named_caches_dir, cache)
    if options.prune:
        removed = prune(folder, 0)
        for each in removed:
            console.print_stdout(f"removed {show_size(each.bytes)}: {each.root} {each.key}")
        freed = show_size(sum(each.bytes for each in removed))
        left = survey(folder)
        kept = f"; {len(left)} in use" if left else ""
        console.print_stdout(f"{freed} freed{kept}.")
        return BuildRoots(exit_code=0)
    found = survey(folder)
    for each in found:
        console.print_stdout(_line(each))
    total = show_size(sum(each.bytes for each in found))
    console.print_stdout(
        f"{total} in {len(found)} target directories in {folder}, of {options.limit}."
    )
    return BuildRoots(exit_code=0)


def _line(directory: TargetDirectory) -> str:
    name = f"{directory.root} {directory.key}"
    size = show_size(directory.bytes).rjust(10)
    if directory.use is None:
        return f"{size}  never finished      {name}"
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(directory.use.at))
    return f"{size}  {when}    {name}: {directory.use.why}"


def rules() -> list[object]:
    return [*collect_rules()]
