"""What `pants package` adds for the job that publishes: which file is of which row, and its sha256."""

from __future__ import annotations

from dataclasses import replace

from pants.core.goals.package import BuiltPackage
from pants.engine.fs import Digest, DigestEntries, FileContent, FileEntry
from pants.engine.internals.session import RunId
from pants.engine.rules import collect_rules, rule

from cratewheel.artifacts.manifest import ManifestEntry
from cratewheel.artifacts.parts import manifest_parts
from pants_cratewheel import engine
from pants_cratewheel.artifacts import ReleaseArtifact
from pants_cratewheel.options import CratewheelSubsystem
from pants_cratewheel.products.builds import PackagedOutcome
from pants_cratewheel.products.plans import ReleaseVersions
from pants_cratewheel.provenance import phrases


@rule(desc="List what was built")
async def packaged(
    request: PackagedOutcome, options: CratewheelSubsystem, versions: ReleaseVersions, run: RunId
) -> BuiltPackage:
    outcome = request.outcome
    built = BuiltPackage(
        outcome.built().digest,
        tuple(
            replace(
                each,
                extra_log_lines=(*each.extra_log_lines, *phrases(each, run, why=options.why)),
            )
            if isinstance(each, ReleaseArtifact)
            else each
            for each in outcome.artifacts
        ),
    )
    # Without a frozen plan nobody is waiting for the files.
    if not options.plan:
        return built
    found: DigestEntries = await engine.entries(outcome.digest)
    digests = {entry.path: entry.file_digest for entry in found if isinstance(entry, FileEntry)}
    trials = {trial.wheel: trial for trial in request.trials}
    entries = [
        ManifestEntry(
            id=each.package_id,
            kind=each.kind,
            version=versions.version_of(each.package_id, None),
            filename=each.relpath or "",
            sha256=digests[each.relpath or ""].fingerprint,
            size=digests[each.relpath or ""].serialized_bytes_length,
            target=each.target,
            compatibility=each.compatibility,
            tools=dict(outcome.tools),
            tested=each.relpath in trials and trials[each.relpath].tested,
            trial=trials[each.relpath].note if each.relpath in trials else "",
        )
        for each in outcome.artifacts
        if isinstance(each, ReleaseArtifact)
    ]
    parts: Digest = await engine.create_digest(
        FileContent(name, text.encode())
        for name, text in manifest_parts(versions.plan, entries).items()
    )
    digest: Digest = await engine.merge_digests([outcome.digest, parts])
    return BuiltPackage(digest, built.artifacts)


def rules() -> list[object]:
    return [*collect_rules()]
