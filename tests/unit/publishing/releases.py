"""A release of made packages and a way to publish it into a rehearsal folder."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Optional

from fake_clock import FakeClock
from made_packages import make_crate, make_sdist, make_wheel
from marked_secrets import check_error, check_text

from cratewheel.plan.model import Plan, PlannedPackage
from cratewheel.publishing.report import Entry, loads
from cratewheel.publishing.request import Artifact, ReleaseRequest
from cratewheel.publishing.run import publish
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.transcript import Transcript
from cratewheel.registries.clock import Clock


@dataclass
class Maker:
    """Collects packages and their files under a folder."""

    folder: Path
    packages: list[PlannedPackage] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)

    def crate(self, name: str, *needs: str, version: str = "0.1.0", **options: Any) -> Maker:
        """Adds a crate that depends on the crates `needs`."""
        tables = "[dependencies]\n" + "".join(f'{need} = "0.1"\n' for need in needs)
        data = make_crate(name, version, tables=options.pop("tables", tables), **options)
        depends_on = tuple(f"crate:{need}" for need in needs)
        self._package("crate", name, version, "crates.io", depends_on)
        self._file("crate", name, f"{name}-{version}.crate", data)
        return self

    def wheel(
        self,
        name: str,
        *needs: str,
        version: str = "0.1.0",
        tags: Sequence[str] = ("py3-none-any",),
        sdist: bool = True,
        module: str = "VALUE = 1\n",
    ) -> Maker:
        """Adds a Python package that is built from the crates `needs`."""
        depends_on = tuple(f"crate:{need}" for need in needs)
        self._package("wheel", name, version, "PyPI", depends_on)
        if sdist:
            self._file("sdist", name, *make_sdist(name, version))
        for tag in tags:
            self._file("wheel", name, *make_wheel(name, version, tag=tag, module=module))
        return self

    def request(self, rehearsal: Path, **changes: Any) -> ReleaseRequest:
        """The request to publish what was added, into a rehearsal unless told otherwise."""
        request = ReleaseRequest(
            plan=Plan(packages=tuple(self.packages), commit=changes.pop("commit", None)),
            artifacts=tuple(self.artifacts),
            destination="rehearsal",
            rehearsal_dir=str(rehearsal),
            crates_registry="https://crates.invalid",
            python_repository="https://python.invalid/legacy/",
            output=str(self.folder / "report.json"),
        )
        return replace(request, **changes)

    def _package(
        self, kind: str, name: str, version: str, registry: str, depends_on: tuple[str, ...]
    ) -> None:
        self.packages.append(
            PlannedPackage(
                id=f"{kind}:{name}",
                name=name,
                address=f"{name}:{name}",
                kind=kind,
                registry=registry,
                version=version,
                depends_on=depends_on,
                tag=f"{name}-v{version}",
            )
        )

    def _file(self, kind: str, name: str, filename: str, data: bytes) -> None:
        path = self.folder / "files" / filename
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        package = "crate" if kind == "crate" else "wheel"
        sha256 = hashlib.sha256(data).hexdigest()
        self.artifacts.append(Artifact(f"{package}:{name}", kind, str(path), filename, sha256))


@dataclass(frozen=True)
class Outcome:
    """What a run left: whether all is live, what was said and the report."""

    live: bool
    said: str
    report: tuple[Entry, ...]

    def statuses(self) -> dict[str, str]:
        return {entry.filename: entry.status for entry in self.report}

    @property
    def last_line(self) -> str:
        return self.said.strip().splitlines()[-1]


def run(
    request: ReleaseRequest,
    *,
    clock: Optional[Clock] = None,
    environment: Mapping[str, str] = {},
    **surroundings: Any,
) -> Outcome:
    """Publishes with a clock that nobody waits for."""
    stream = io.StringIO()
    around = Surroundings(clock or FakeClock(), Transcript(stream), environment, **surroundings)
    try:
        live = publish(request, around)
    except BaseException as error:
        check_error(error)
        raise
    finally:
        check_text(stream.getvalue(), "the output")
    assert request.output is not None
    record = Path(request.output).read_text()
    check_text(record, "the report")
    for name, value in environment.items():
        if name.endswith(("TOKEN", "PASSWORD")) and len(value) > 4:
            assert value not in stream.getvalue() + record, f"the value of {name} is shown"
    return Outcome(live, stream.getvalue(), loads(record))
