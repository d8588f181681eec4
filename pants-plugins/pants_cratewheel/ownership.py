"""Which packages are built from each path that git speaks of."""

from __future__ import annotations

from pants.engine.fs import PathGlobs, Paths
from pants.engine.rules import collect_rules, rule
from pants.engine.target import AllUnexpandedTargets, SourcesField
from pants.source.filespec import FilespecMatcher

from cratewheel.plan.ownership import is_visible, owners_of
from cratewheel.project import Project
from pants_cratewheel import engine
from pants_cratewheel.products.plans import PathOwners, PathOwnersRequest, PublishablePackages


@rule(desc="Find the packages of changed files")
async def path_owners(
    request: PathOwnersRequest,
    packages: PublishablePackages,
    project: Project,
    all_targets: AllUnexpandedTargets,
) -> PathOwners:
    # Every file that a build may see: a pattern a path would read brackets in a name as a wildcard.
    present: Paths = await engine.find_paths(PathGlobs(["**/*"]))
    visible = {*present.files, *present.dirs}
    targets = []
    for target in all_targets:
        spec = target.address.spec
        if spec in packages.built_from and target.has_field(SourcesField):
            filespec = target[SourcesField].filespec
            matcher = FilespecMatcher(filespec["includes"], filespec.get("excludes", []))
            targets.append(
                (spec, target.address.spec_path, lambda path, m=matcher: bool(m.matches([path])))
            )
    return PathOwners(
        tuple(
            owners_of(
                (
                    path
                    for path in sorted(request.paths)
                    if path in visible or (path in request.gone and is_visible(path))
                ),
                targets,
                packages.built_from,
                {*(package.directory for package in project.packages), *project.cargo.crates},
            ).items()
        )
    )


def rules() -> list[object]:
    return [*collect_rules()]
