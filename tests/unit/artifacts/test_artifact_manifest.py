from __future__ import annotations

import json

import pytest

from cratewheel.artifacts.manifest import (
    ArtifactManifest,
    ManifestEntry,
    dumps,
    joined,
    loads,
)
from cratewheel.errors import CratewheelError

CRATE = ManifestEntry("crate:a", "crate", "1.0.0", "a-1.0.0.crate", "aa" * 32, 10)
WHEEL = ManifestEntry(
    "wheel:a",
    "wheel",
    "1.0.0",
    "a-1.0.0-cp39-abi3-win_amd64.whl",
    "bb" * 32,
    20,
    "x86_64-pc-windows-msvc",
    {"maturin": "1.16.0"},
)


def test_a_manifest_is_read_back_as_it_was_written() -> None:
    manifest = ArtifactManifest((CRATE, WHEEL), "c0ffee")
    assert loads(dumps(manifest), place="m") == manifest
    assert loads(dumps(manifest), place="m").entries[1].tools == {"maturin": "1.16.0"}


def test_the_order_of_files_does_not_change_the_text() -> None:
    assert dumps(ArtifactManifest((WHEEL, CRATE))) == dumps(ArtifactManifest((CRATE, WHEEL)))


def test_manifests_of_several_jobs_are_joined() -> None:
    whole = joined([ArtifactManifest((WHEEL,), "c0ffee"), ArtifactManifest((CRATE, WHEEL))])
    assert whole == ArtifactManifest((CRATE, WHEEL), "c0ffee")


def test_jobs_that_contradict_each_other_are_an_error() -> None:
    other = ManifestEntry(**{**vars(CRATE), "sha256": "cc" * 32})
    with pytest.raises(CratewheelError) as caught:
        joined([ArtifactManifest((CRATE,), "1"), ArtifactManifest((other,), "2")])
    assert len(caught.value.findings) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        json.dumps({"schema": 9, "artifacts": []}),
        json.dumps({"schema": 1, "artifacts": [{"id": "x"}]}),
    ],
)
def test_what_is_no_manifest_is_said(text: str) -> None:
    with pytest.raises(CratewheelError, match="CW-ARTIFACT-MANIFEST m"):
        loads(text, place="m")
