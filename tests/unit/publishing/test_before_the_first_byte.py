"""What is wrong with the files of a release is said of all of them before any is uploaded."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_clock import FakeClock
from made_packages import make_crate
from releases import Maker, run

from cratewheel.errors import CratewheelError
from cratewheel.publishing.barrier import check_artifacts
from cratewheel.publishing.request import MissingRow, ReleaseRequest
from cratewheel.publishing.run import present_files
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.transcript import Transcript

Damage = Callable[[ReleaseRequest], ReleaseRequest]


@pytest.fixture
def request_of(tmp_path: Path) -> ReleaseRequest:
    """A release of a crate and of a wheel with its source distribution."""
    return Maker(tmp_path).crate("core").wheel("py", "core").request(tmp_path / "rehearsal")


def artifact(request: ReleaseRequest, end: str, **changes: Any) -> ReleaseRequest:
    """The request with another artifact in the place of the one whose name ends so."""
    return replace(
        request,
        artifacts=tuple(
            replace(each, **changes) if each.filename.endswith(end) else each
            for each in request.artifacts
        ),
    )


def content(request: ReleaseRequest, end: str, data: bytes) -> ReleaseRequest:
    """The request with other bytes in a file, which are those that were recorded."""
    (found,) = (each for each in request.artifacts if each.filename.endswith(end))
    Path(found.path).write_bytes(data)
    return artifact(request, end, sha256=hashlib.sha256(data).hexdigest())


def renamed(request: ReleaseRequest, end: str, name: str) -> ReleaseRequest:
    """The request with a file of another name."""
    (found,) = (each for each in request.artifacts if each.filename.endswith(end))
    path = Path(found.path).with_name(name)
    Path(found.path).rename(path)
    return artifact(request, end, path=str(path), filename=name)


def without(request: ReleaseRequest, end: str) -> ReleaseRequest:
    """The request without a file."""
    kept = tuple(each for each in request.artifacts if not each.filename.endswith(end))
    return replace(request, artifacts=kept)


@pytest.mark.parametrize(
    ("damage", "code", "message"),
    [
        (lambda it: without(it, ".crate"), "CW-ARTIFACT-MISSING", "has no file of it"),
        (
            lambda it: artifact(it, ".whl", path="/gone/py.whl"),
            "CW-ARTIFACT-MISSING",
            "No such file",
        ),
        (
            lambda it: artifact(it, ".whl", sha256="ab" * 32),
            "CW-ARTIFACT-MISMATCH",
            "recorded when it was built",
        ),
        (
            lambda it: artifact(it, ".whl", filename="py-0.1.0-cp39-none-any.whl"),
            "CW-ARTIFACT-MISMATCH",
            "is to be published as py-0.1.0-cp39-none-any.whl",
        ),
        (
            lambda it: content(it, ".crate", b"no archive"),
            "CW-ARTIFACT-MISMATCH",
            "tarball",
        ),
        (
            lambda it: content(it, ".crate", make_crate("core", "0.2.0")),
            "CW-ARTIFACT-MISMATCH",
            "it is core 0.2.0, the plan says core 0.1.0",
        ),
        (
            lambda it: content(it, ".crate", make_crate("core", "0.1.0", tables="[features]\na=3")),
            "CW-ARTIFACT-MISMATCH",
            "failed to parse `Cargo.toml`",
        ),
        (
            lambda it: renamed(it, ".whl", "py.whl"),
            "CW-ARTIFACT-MISMATCH",
            "Invalid wheel filename",
        ),
        (
            lambda it: renamed(it, ".tar.gz", "other-0.1.0.tar.gz"),
            "CW-ARTIFACT-MISMATCH",
            "it is other 0.1.0, the plan says py 0.1.0",
        ),
        (
            lambda it: renamed(it, ".tar.gz", "py-late.tar.gz"),
            "CW-ARTIFACT-MISMATCH",
            "py-late.tar.gz",
        ),
    ],
)
def test_a_wrong_file_stops_the_release(
    request_of: ReleaseRequest, damage: Damage, code: str, message: str
) -> None:
    with pytest.raises(CratewheelError) as stopped:
        run(damage(request_of))
    assert [each.code for each in stopped.value.findings] == [code]
    assert message in stopped.value.findings[0].message


def test_what_is_live_is_known_without_uploading(request_of: ReleaseRequest) -> None:
    def live() -> set[str]:
        around = Surroundings(FakeClock(), Transcript(io.StringIO()), {})
        return set(present_files(request_of, around))

    assert live() == set()
    assert run(request_of).live
    assert live() == {each.filename for each in request_of.artifacts}


MISSING = (
    MissingRow("wheel:py", "aarch64-apple-darwin", "Apple's SDK is not here"),
    MissingRow("crate:core", None, "no cargo"),
    MissingRow("crate:other", None, "not of this release"),
)


def test_a_rehearsal_does_without_rows_and_a_release_names_each(
    request_of: ReleaseRequest,
) -> None:
    lacking = replace(without(request_of, ".crate"), missing_rows=MISSING)
    assert check_artifacts(lacking) == ()
    found = check_artifacts(replace(lacking, destination="registries"))
    assert [(each.code, each.place) for each in found] == [
        ("CW-WHEEL-MISSING", "wheel:py for aarch64-apple-darwin"),
        ("CW-WHEEL-MISSING", "crate:core"),
    ]


def test_a_row_that_lacks_several_interpreters_is_left_out_once(
    request_of: ReleaseRequest,
) -> None:
    linux = "x86_64-unknown-linux-gnu"
    lacking = tuple(
        MissingRow("wheel:py", linux, f"there is no interpreter for 3.{minor} on this machine")
        for minor in (14, 15)
    )
    said = run(replace(request_of, missing_rows=lacking)).said
    assert f"Left out: wheel:py for {linux}\n" in said
    for row in lacking:
        assert row.reason in said
