"""Releases `pants-cratewheel` itself the way it releases what others write.

`./pants package pants-plugins::` first, then `./pants run pants-plugins:release`. The plan has one
package, at the version of `cratewheel/__init__.py`; barrier, rehearsal, trusted publishing, reading
back and the tag are those of every release. Neither maturin nor cargo is needed to build it, which is
why it is no target of the backend.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from cratewheel import __version__
from cratewheel.destination import destination
from cratewheel.errors import CratewheelError, Finding
from cratewheel.git import Git
from cratewheel.plan.model import Plan, PlannedFile, PlannedPackage
from cratewheel.publishing.credentials import GITHUB_JOB
from cratewheel.publishing.request import Artifact, ReleaseRequest
from cratewheel.publishing.run import publish
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.transcript import Transcript, wants_colour
from cratewheel.registries.clock import SystemClock

NAME = "pants-cratewheel"
ID = f"wheel:{NAME}"


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
                "run `./pants package pants-plugins::`",
            )
        )
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
            packages=(package,), commit=Git(str(root)).run(["rev-parse", "HEAD"]).decode().strip()
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
        asked = request(Path.cwd(), chosen, options.python_repository)
        return 0 if publish(asked, Surroundings(SystemClock(), transcript, environment)) else 1
    except CratewheelError as error:
        transcript.say(f"{error}\nNothing was uploaded.")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
