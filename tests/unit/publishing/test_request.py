"""The request as a document: what is written is what is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from releases import Maker

from cratewheel.errors import CratewheelError
from cratewheel.publishing import request as requests
from cratewheel.publishing.request import Artifact, MissingRow, ReleaseRequest, TrustPolicy


@pytest.fixture
def release(tmp_path: Path) -> ReleaseRequest:
    return (
        Maker(tmp_path)
        .crate("core")
        .wheel("demo", "core")
        .request(
            tmp_path / "rehearsal",
            missing_rows=(MissingRow("wheel:demo", "aarch64-apple-darwin", "needs macOS"),),
            registries={"crate:core": "https://crates.example"},
            trust_policies={"wheel:demo": TrustPolicy("octo", "demo", "release.yml")},
            attestations=False,
            made=("Built: core-0.1.0.crate in 2.0 s",),
        )
    )


def test_round_trip(release: ReleaseRequest, tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text(requests.dumps(release))
    assert requests.read(path) == release


def test_relative_paths_start_at_the_document(release: ReleaseRequest, tmp_path: Path) -> None:
    document = requests.to_json(release)
    document["artifacts"][0]["path"] = "artifacts/core-0.1.0.crate"
    path = tmp_path / "elsewhere" / "request.json"
    path.parent.mkdir()
    path.write_text(json.dumps(document))
    artifact: Artifact = requests.read(path).artifacts[0]
    assert artifact.path == str(tmp_path / "elsewhere" / "artifacts" / "core-0.1.0.crate")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"destination": "production"}, "request: destination"),
        ({"order": "random"}, "request: order"),
        ({"artifacts": None}, "request"),
        ({"artifacts": [{"id": "crate:stranger"}]}, "request"),
    ],
)
def test_what_is_no_request(release: ReleaseRequest, change: Any, place: str) -> None:
    with pytest.raises(CratewheelError) as caught:
        requests.from_json({**requests.to_json(release), **change}, place="request")
    assert caught.value.findings[0].code == "CW-REQUEST-INVALID"
    assert caught.value.findings[0].place == place


def test_a_file_of_an_unplanned_package(release: ReleaseRequest) -> None:
    document = requests.to_json(release)
    document["artifacts"][0]["id"] = "crate:stranger"
    with pytest.raises(CratewheelError, match="not in the plan: crate:stranger"):
        requests.from_json(document, place="request")


def test_a_file_that_is_not_json(tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text("{")
    with pytest.raises(CratewheelError) as caught:
        requests.read(tmp_path / "request.json")
    assert caught.value.codes == ("CW-REQUEST-INVALID",)
