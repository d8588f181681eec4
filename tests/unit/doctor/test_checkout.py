"""What the doctor reads for itself: git, the workflows, the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from cratewheel.doctor.checkout import Checkout, free_bytes, read_checkout, sizes_of
from cratewheel.git import Git
from cratewheel.handover import HandedOver, Handover
from cratewheel.plan.model import Plan, PlannedFile, PlannedPackage


@pytest.fixture
def repository(tmp_path: Path) -> Git:
    root = tmp_path / "café"
    root.mkdir()
    git = Git(str(root))
    git.run(["init", "--quiet", "--initial-branch=main"])
    for name, value in (("user.name", "A"), ("user.email", "a@example.org")):
        git.run(["config", name, value])
    return git


def commit(git: Git) -> str:
    git.run(["add", "--all"])
    git.run(["commit", "--quiet", "--allow-empty", "--message=Change"])
    return git.run(["rev-parse", "HEAD"]).decode().strip()


def files(git: Git, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        path = Path(git.root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_workflows_are_read_as_they_are_and_as_they_were_at_the_last_release(
    repository: Git,
) -> None:
    files(
        repository,
        {
            ".github/workflows/release.yml": "name: before\n",
            ".github/workflows/gone.yaml": "name: gone\n",
            ".github/workflows/notes.md": "no workflow\n",
        },
    )
    released = commit(repository)
    files(repository, {".github/workflows/release.yml": "name: now\n"})
    Path(repository.root, ".github/workflows/gone.yaml").unlink()
    found = read_checkout(repository, "origin", [], released)
    assert found.workflows == {".github/workflows/release.yml": b"name: now\n"}
    assert found.earlier == {
        ".github/workflows/release.yml": b"name: before\n",
        ".github/workflows/gone.yaml": b"name: gone\n",
    }


def test_workflows_are_those_of_the_whole_checkout(repository: Git) -> None:
    files(repository, {".github/workflows/release.yml": "name: now\n", "inner/BUILD": ""})
    commit(repository)
    inner = Git(str(Path(repository.root, "inner")))
    assert list(read_checkout(inner, "origin", []).workflows) == [".github/workflows/release.yml"]
    assert read_checkout(inner, "origin", []).earlier == {}


def test_python_files_that_git_ignores_are_found_where_wheels_take_them_from(
    repository: Git,
) -> None:
    files(
        repository,
        {
            ".gitignore": "generated*\n",
            "py/demo/generated.py": "",
            "py/demo/generated.pyi": "",
            "py/demo/generated.txt": "",
            "py/demo/kept.py": "",
            "elsewhere/generated.py": "",
        },
    )
    commit(repository)
    found = read_checkout(repository, "origin", ["py/demo", "py/demo"])
    assert found.ignored == {"py/demo/generated.py", "py/demo/generated.pyi"}
    assert "elsewhere/generated.py" in read_checkout(repository, "origin", [""]).ignored
    assert read_checkout(repository, "origin", []).ignored == frozenset()


def test_the_remote_is_the_one_that_is_named(repository: Git) -> None:
    repository.run(["remote", "add", "upstream", "https://git.example/octo/demo.git"])
    assert read_checkout(repository, "origin", []).remote is None
    assert read_checkout(repository, "upstream", []).remote == "https://git.example/octo/demo.git"


def test_without_git_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert read_checkout(Git(str(tmp_path), "no-such-git"), "origin", [""]) == Checkout()
    outside = Git(str(tmp_path), env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent), "PATH": "/"})
    assert read_checkout(outside, "origin", [""]) == Checkout()


def test_a_last_release_that_is_not_here_leaves_the_rest_of_the_doctor_at_work(
    repository: Git,
) -> None:
    commit(repository)
    assert read_checkout(repository, "origin", [], "0" * 40) == Checkout()


def test_sizes_are_those_of_built_files_of_the_plan_and_of_what_was_handed_over(
    tmp_path: Path,
) -> None:
    (tmp_path / "demo-1.0.0.crate").write_bytes(b"12345")
    (tmp_path / "stranger-1.0.0.crate").write_bytes(b"1")
    package = PlannedPackage(
        *("crate:demo", "demo", "demo:demo", "crate", "crates.io", "1.0.0"),
        files=(PlannedFile("demo-1.0.0.crate"), PlannedFile("not-built.crate")),
    )
    handed_over = Handover(files=(HandedOver("in/demo.whl", "demo.whl", "ab", 7),))
    assert sizes_of(tmp_path, Plan((package,)), handed_over) == {
        "in/demo.whl": 7,
        str(tmp_path / "demo-1.0.0.crate"): 5,
    }


def test_free_room_is_said_once_for_each_disk(tmp_path: Path) -> None:
    missing = tmp_path / "not" / "there" / "yet"
    ((folder, free),) = free_bytes([str(missing), str(tmp_path)])
    assert folder == str(missing)
    assert free > 0
