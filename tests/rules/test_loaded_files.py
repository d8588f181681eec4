"""Taking in files that were built elsewhere, wherever they lie."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import pytest
from engine_runs import repository
from pants.engine.fs import DigestContents
from pants.testutil.rule_runner import QueryRule

from cratewheel.handover import HandedOver
from pants_cratewheel.products.handover import LoadedFiles, LoadFilesRequest


def test_a_file_below_a_folder_with_a_space_is_loaded_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = repository({}, rules=[QueryRule(LoadedFiles, [LoadFilesRequest])])
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    file = tmp_path / "of a job" / "x-1.0.0-py3-none-any.whl"
    file.parent.mkdir()
    for content in (b"once", b"and again"):
        file.write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        handed = HandedOver(str(file), file.name, sha256, len(content))
        loaded = runner.request(LoadedFiles, [LoadFilesRequest((handed,))])
        (taken,) = runner.request(DigestContents, [loaded.digest])
        assert (taken.path, taken.content) == (file.name, content)
    assert list(temporary.iterdir()) == []
    links = [each for each in Path(runner.build_root, ".pants.d").rglob("*") if each.is_symlink()]
    assert [each.resolve() for each in links] == [file.resolve()]
