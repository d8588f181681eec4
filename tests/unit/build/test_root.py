"""What the input tree of a build may have in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cratewheel.build.root import synchronise
from cratewheel.errors import CratewheelError


def test_links_are_followed_to_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "tree" / "real").mkdir(parents=True)
    (tmp_path / "tree" / "real" / "file").write_text("content")
    (tmp_path / "tree" / "folder").symlink_to("real")
    (tmp_path / "tree" / "again").symlink_to("real")
    (tmp_path / "tree" / "file").symlink_to("real/file")
    changed = synchronise(tmp_path / "tree", tmp_path / "kept")
    assert changed == ("again/file", "file", "folder/file", "real/file")
    assert all((tmp_path / "kept" / each).read_text() == "content" for each in changed)
    assert not any(each.is_symlink() for each in (tmp_path / "kept").rglob("*"))


@pytest.mark.parametrize(
    ("links", "places"),
    [
        ({"a/parent": ".."}, {"a/parent"}),
        ({"a/self": "."}, {"a/self"}),
        # Whichever of the two folders comes first.
        ({"a/b": "../b", "b/a": "../a"}, {"a/b/a/b", "b/a/b/a"}),
    ],
)
def test_a_link_that_leads_back_is_named(
    tmp_path: Path, links: dict[str, str], places: set[str]
) -> None:
    for name, target in links.items():
        link = tmp_path / "tree" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
    with pytest.raises(CratewheelError) as raised:
        synchronise(tmp_path / "tree", tmp_path / "kept")
    (finding,) = raised.value.findings
    assert finding.code == "CW-LINK-LOOP"
    assert finding.place in places
