"""Releases `pants-cratewheel` itself the way it releases what others write.

`./pants package pants-plugins::` first, then `./pants run pants-plugins:release`. The plan has one
package, at the version of `cratewheel/__init__.py`; barrier, rehearsal, trusted publishing, reading
back and the tag are those of every release, and so is what a release for real starts from: a clean
commit. That the files are of that commit is seen by looking into them. Neither maturin nor cargo is needed to build it, which is
why it is no target of the backend.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cratewheel import __version__
from cratewheel.artifacts import limits
from cratewheel.artifacts.archives import open_zip, read_tar_gz
from cratewheel.destination import REGISTRIES, destination
from cratewheel.errors import CratewheelError, Finding
from cratewheel.git import Git
from cratewheel.plan.model import Plan, PlannedFile, PlannedPackage
from cratewheel.plan.readiness import findings_for_real_release
from cratewheel.publishing.credentials import GITHUB_JOB
from cratewheel.publishing.request import Artifact, ReleaseRequest
from cratewheel.publishing.run import publish
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.transcript import Transcript, wants_colour
from cratewheel.registries.clock import SystemClock

NAME = "pants-cratewheel"
ID = f"wheel:{NAME}"
SOURCES = "pants-plugins"
BUILD_AGAIN = "run `./pants package pants-plugins::`"
_PACKAGES = ("cratewheel/", "pants_cratewheel/")
_CHANGELOG = "CHANGELOG.md"
_SHOWN = 5


def request(root: Path, chosen: str, repository: str = "") -> ReleaseRequest:
    """What is to be released.

    Args:
        root: the checkout, with the built files in `dist/`.
        chosen: `rehearsal` or `registries`.
        repository: the upload address, PyPI's when empty.

    Raises:
        CratewheelError: the files of this version are not there.
    """
    stem = f"{NAME.replace('-', '_')}-{__version__}"
    wheel, sdist = root / "dist" / f"{stem}-py3-none-any.whl", root / "dist" / f"{stem}.tar.gz"
    missing = [path.name for path in (wheel, sdist) if not path.exists()]
    if missing:
        raise CratewheelError(
            Finding(
                "CW-ARTIFACT-MISSING",
                "dist",
                f"there is no {' and no '.join(missing)}",
                BUILD_AGAIN,
            )
        )
    git = Git(str(root))
    package = PlannedPackage(
        id=ID,
        name=NAME,
        address=f"pants-plugins:{NAME}",
        kind="wheel",
        registry="PyPI",
        version=__version__,
        tag=f"{NAME}-v{__version__}",
        files=(PlannedFile(wheel.name), PlannedFile(sdist.name)),
    )
    return ReleaseRequest(
        plan=Plan(
            packages=(package,),
            commit=git.run(["rev-parse", "HEAD"]).decode().strip(),
            dirty=_is_dirty(git),
        ),
        artifacts=tuple(
            Artifact(ID, kind, str(path), path.name, hashlib.sha256(path.read_bytes()).hexdigest())
            for kind, path in (("wheel", wheel), ("sdist", sdist))
        ),
        destination=chosen,
        rehearsal_dir=str(root / "dist" / "rehearsal-of-cratewheel"),
        crates_registry="https://crates.invalid",
        python_repository=repository,
        checkout=str(root),
    )


def findings(root: Path, asked: ReleaseRequest) -> tuple[Finding, ...]:
    """Why this must not reach the registries: the tree, and files that are not of its commit.

    Args:
        root: the checkout.
    """
    found = list(findings_for_real_release(asked.plan))
    committed = _committed(Git(str(root)))
    for artifact in asked.artifacts:
        different = sorted(_differing(Path(artifact.path), committed))
        if different:
            more = f" and {len(different) - _SHOWN} more" if len(different) > _SHOWN else ""
            message = f"it is not of this commit: {', '.join(different[:_SHOWN])}{more}"
            place = f"dist/{artifact.filename}"
            found.append(Finding("CW-ARTIFACT-MISMATCH", place, message, BUILD_AGAIN))
    return tuple(found)


def _is_dirty(git: Git) -> bool:
    """Whether anything differs from HEAD that git knows, or would be packaged."""
    status = git.run(["status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all"])
    return any(
        not entry.startswith("??") or entry[3:].startswith(f"{SOURCES}/")
        for entry in os.fsdecode(status).split("\0")
        if entry
    )


def _committed(git: Git) -> Mapping[str, bytes]:
    """The distribution's files at HEAD, by their path below its folder."""
    # All of it, for the licences in that folder are links to those above it.
    packed = git.run(["archive", "--format=tar", "HEAD"])
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = [each for each in archive if each.name.startswith(f"{SOURCES}/")]
        contents = ((each.name[len(SOURCES) + 1 :], archive.extractfile(each)) for each in members)
        return {name: content.read() for name, content in contents if content is not None}


def _differing(path: Path, committed: Mapping[str, bytes]) -> Iterator[str]:
    """The sources of which an archive does not have what was committed."""
    wanted = {
        name: content
        for name, content in committed.items()
        if name.startswith(_PACKAGES) and not name.endswith("/BUILD")
    }
    wanted[_CHANGELOG] = committed.get(_CHANGELOG, b"")
    packed = _wheel_sources(path) if path.suffix == ".whl" else _sdist_sources(path)
    for name in wanted.keys() | packed.keys():
        if wanted.get(name, committed.get(name)) != packed.get(name):
            yield name


def _wheel_sources(path: Path) -> Mapping[str, bytes]:
    with open_zip(path) as archive:
        packed = {
            # Licences are copied into a folder of their own; what is beside it is generated.
            name.rpartition("/licenses/")[2]: archive.read(name)
            for name in archive.namelist()
            if ".dist-info/" not in name or "/licenses/" in name
        }
    packed[_CHANGELOG] = packed.pop(f"pants_cratewheel/{_CHANGELOG}", b"")
    return packed


def _sdist_sources(path: Path) -> Mapping[str, bytes]:
    files = read_tar_gz(path, unpacked_limit=limits.SDIST_UNPACKED)
    packed = {name.partition("/")[2]: file.content for name, file in files.items()}
    # What the build backend writes itself.
    for name in ("PKG-INFO", ".gitignore"):
        packed.pop(name, None)
    return packed


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Carries it out; returns 0 only if all of it is live."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--destination", choices=("rehearsal", "registries"))
    parser.add_argument("--python-repository", default="", help="upload address; default: PyPI's")
    options = parser.parse_args(arguments)
    transcript = Transcript(
        sys.stdout,
        github=bool(environment.get(GITHUB_JOB)),
        colour=wants_colour(sys.stdout, environment),
    )
    try:
        chosen = destination(options.destination, environment.get("CI", ""))
        root = Path.cwd()
        asked = request(root, chosen, options.python_repository)
        if chosen == REGISTRIES and (found := findings(root, asked)):
            raise CratewheelError(*found)
        return 0 if publish(asked, Surroundings(SystemClock(), transcript, environment)) else 1
    except CratewheelError as error:
        transcript.say(f"{error}\nNothing was uploaded.")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
