"""What build roots take on the disk, and that making room never takes one that is in use."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from cratewheel.build.disk import note_use, parse_size, prune, show_size, survey
from cratewheel.build.root import BuildRoot, locked, try_locked
from cratewheel.errors import CratewheelError

KIB = 1024


def built(folder: Path, root: str, key: str, why: str = "it was time") -> None:
    with locked(folder / root) as made:
        directory = made.target(key)
        directory.mkdir(parents=True)
        (directory / "artifact").write_bytes(bytes(64 * KIB))
        (made.path / "src").mkdir(exist_ok=True)
        note_use(made, [key, "not-built"], why)


def names(folder: Path) -> list[tuple[str, str]]:
    return [(each.root, each.key) for each in survey(folder)]


def test_each_target_directory_is_listed_with_its_size_and_reason(tmp_path: Path) -> None:
    built(tmp_path, "one", "release")
    built(tmp_path, "two", "release", "core/src/lib.rs changed")
    built(tmp_path, "two", "debug")
    found = survey(tmp_path)
    assert names(tmp_path) == [("two", "debug"), ("two", "release"), ("one", "release")]
    assert all(each.bytes >= 64 * KIB for each in found)
    assert [each.use.why for each in found if each.use] == [
        "it was time",
        "core/src/lib.rs changed",
        "it was time",
    ]


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    for root in ("one", "two", "three"):
        built(tmp_path, root, "release")
    size = survey(tmp_path)[0].bytes
    assert [each.root for each in prune(tmp_path, 2 * size)] == ["one"]
    assert names(tmp_path) == [("three", "release"), ("two", "release")]
    assert not (tmp_path / "one").exists()
    assert prune(tmp_path, 2 * size) == ()


def test_a_root_that_is_in_use_stays(tmp_path: Path) -> None:
    built(tmp_path, "one", "release")
    built(tmp_path, "two", "release")
    with locked(tmp_path / "one"):
        assert [each.root for each in prune(tmp_path, 0)] == ["two"]
        assert (tmp_path / "one/target/release/artifact").exists()
    assert [each.root for each in prune(tmp_path, 0)] == ["one"]


def test_what_a_killed_build_left_counts_and_goes_first(tmp_path: Path) -> None:
    built(tmp_path, "one", "release")
    killed = BuildRoot(tmp_path / "two").target("release")
    killed.mkdir(parents=True)
    (killed / "half").write_bytes(bytes(64 * KIB))
    assert sum(each.bytes for each in survey(tmp_path)) >= 128 * KIB
    assert [each.root for each in prune(tmp_path, 100 * KIB)] == ["two"]


def test_who_waited_for_a_root_that_was_removed_gets_a_new_one(tmp_path: Path) -> None:
    built(tmp_path, "one", "release")
    seen = []

    def build() -> None:
        with locked(tmp_path / "one") as root:
            seen.append((root.home.is_dir(), (root.path / "lock").exists()))

    with locked(tmp_path / "one"):
        other = threading.Thread(target=build)
        other.start()
        os.replace(tmp_path / "one", tmp_path / ".removed-one.1")
    other.join(30)
    assert seen == [(True, True)]
    # A process that was killed while it removed one leaves nothing behind for ever.
    prune(tmp_path, 2**40)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["one"]


def test_a_lock_keeps_others_out_and_is_let_go(tmp_path: Path) -> None:
    with locked(tmp_path / "one"), try_locked(tmp_path / "one") as root:
        assert root is None
    with try_locked(tmp_path / "one") as root:
        assert root is not None


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("512", 512), ("1k", 1024), ("20GiB", 20 * 2**30), ("1.5 MB", 3 * 2**19)],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text, "here") == size


@pytest.mark.parametrize("text", ["", "much", "-1", "5 PiB", "1 2"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(CratewheelError, match="CW-SIZE-SYNTAX"):
        parse_size(text, "[build-roots].limit")


def test_sizes_are_shown() -> None:
    assert [show_size(each) for each in (0, 1023, 1024, 3 * 2**29)] == [
        "0 B",
        "1023 B",
        "1.0 KiB",
        "1.5 GiB",
    ]
