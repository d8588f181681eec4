"""Bases, ranges and changes as read from real repositories."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Optional

import pytest
from git_repository import CountedGit, GitRepository

from cratewheel.errors import CratewheelError
from cratewheel.git import Git
from cratewheel.history import History, has_history, read_history
from cratewheel.plan.package import ReleasePackage


def package(
    name: str, tag_format: Optional[str] = None, *, prereleases: bool = True
) -> ReleasePackage:
    return ReleasePackage(
        id=f"crate:{name}",
        name=name,
        kind="crate",
        address=f"crates/{name}:{name}",
        registry="crates.io",
        tag_format=tag_format,
        prereleases=prereleases,
    )


A = package("a", "v{version}")


def read(
    repository: GitRepository, *packages: ReleasePackage, tags: Optional[str] = None
) -> History:
    return read_history(Git(str(repository.root)), packages or (A,), tags=tags)


def refused(repository: GitRepository, *packages: ReleasePackage) -> CratewheelError:
    with pytest.raises(CratewheelError) as raised:
        read(repository, *packages)
    return raised.value


def since(history: History, package_id: str = "crate:a") -> list[str]:
    base = history.base_commit(package_id)
    return [
        commit.message.split("\n")[0]
        for commit in history.commits
        if history.is_since(base, commit)
    ]


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    return GitRepository(tmp_path / "repository")


def test_the_base_is_the_highest_reachable_version(repository: GitRepository) -> None:
    repository.commit("One", {"f": "1"})
    repository.tag("v0.9.0")
    repository.tag("v0.10.0", annotated=True)
    repository.tag("v0.9.1")
    repository.tag("other-v5.0.0")
    repository.commit("Two", {"f": "2"})
    repository.write()
    history = read(repository)
    assert history.bases["crate:a"].tag == "v0.10.0"
    assert since(history) == ["Two"]
    assert history.net_changes[history.base_commit("crate:a")] == {"f"}


def test_each_package_has_its_own_base_and_range(repository: GitRepository) -> None:
    for number in range(3):
        repository.commit(f"Commit {number}", {"f": str(number)})
        repository.tag(f"{'abc'[number]}-v1.0.0")
    repository.commit("Last", {"g": ""})
    repository.write()
    history = read(repository, *(package(name) for name in "abcd"))
    assert [since(history, f"crate:{name}") for name in "abc"] == [
        ["Last", "Commit 2", "Commit 1"],
        ["Last", "Commit 2"],
        ["Last"],
    ]
    assert "crate:d" not in history.bases


def test_merged_branches_belong_to_the_range(repository: GitRepository) -> None:
    first = repository.commit("Base", {"f": "0"})
    # The branch began before the release and was merged after it.
    branch = repository.commit("On a branch", {"g": "1"}, branch="topic", start=first)
    released = repository.commit("Released", {"f": "1"})
    repository.tag("v1.0.0", released)
    repository.commit("Merge topic", {"h": "evil"}, merge=[branch])
    repository.write()
    history = read(repository)
    assert since(history) == ["Merge topic", "On a branch"]
    merge = next(c for c in history.commits if len(c.parents) == 2)
    # git's fast-import takes the first parent's tree, so the merge itself removed the branch's file
    # and added one.
    assert merge.paths == ("h",)


def test_a_revert_is_no_net_change(repository: GitRepository) -> None:
    repository.commit("One", {"f": "1"})
    repository.tag("v1.0.0")
    repository.commit("Two", {"f": "2"})
    repository.commit("Back", {"f": "1"})
    repository.write()
    history = read(repository)
    assert history.net_changes[history.base_commit("crate:a")] == frozenset()
    assert since(history) == ["Back", "Two"]


@pytest.mark.parametrize(
    "name", ["a b", "tab\tname", 'quo"te', "new\nline", "é", ":colon", "-dash"]
)
def test_any_path_is_read_as_it_is(repository: GitRepository, name: str) -> None:
    repository.commit("One", {"f": "1"})
    repository.tag("v1.0.0")
    repository.write()
    (repository.root / name).write_text("x")
    repository.git("add", "--all", "--", ".")
    repository.git("commit", "--quiet", "--message=Odd")
    (repository.root / f"{name}2").write_text("x")
    history = read(repository)
    assert history.commits[0].paths == (name,)
    assert history.net_changes[history.base_commit("crate:a")] == {name}
    assert history.uncommitted == {f"{name}2"}
    assert history.paths >= {name, f"{name}2"}


def test_old_manifests_are_read_as_they_were(repository: GitRepository) -> None:
    old: Mapping[str, Optional[str]] = {"Cargo.toml": "# old\n", "x/Cargo.lock": "gone", "n": "1"}
    repository.commit("One", old)
    repository.tag("v1.0.0")
    repository.commit("Two", {"Cargo.toml": "# new\n", "x/Cargo.lock": None, "pyproject.toml": "#"})
    repository.write()
    (repository.root / "Cargo.toml").write_text("# newest\n")
    history = read(repository)
    base = history.base_commit("crate:a")
    assert history.old_files == {
        (base, "Cargo.toml"): b"# old\n",
        (base, "x/Cargo.lock"): b"gone",
        (history.head, "Cargo.toml"): b"# new\n",
    }


class TestTagsOffTheBranch:
    """Release branches, maintenance branches, and what the project says about them."""

    def released_from_a_branch(self, repository: GitRepository) -> GitRepository:
        first = repository.commit("Begin", {"f": "0"})
        repository.tag("v1.0.0", first)
        fork = repository.commit("More", {"f": "1"})
        release = repository.commit("Bump", {"v": "1.1"}, branch="release-1.1", start=fork)
        repository.tag("v1.1.0", release)
        repository.commit("After", {"f": "2"})
        return repository.write()

    def test_the_project_must_say(self, repository: GitRepository) -> None:
        error = refused(self.released_from_a_branch(repository))
        assert error.codes == ("CW-TAG-OFF-BRANCH",)
        assert "v1.1.0" in str(error) and "v1.0.0" in str(error) and 'tags = "all"' in str(error)

    def test_all_takes_it_for_the_base(self, repository: GitRepository) -> None:
        history = read(self.released_from_a_branch(repository), tags="all")
        assert history.bases["crate:a"].tag == "v1.1.0"
        assert since(history) == ["After"]
        assert "v1.1.0" in history.notes[0]

    def test_reachable_leaves_it_out(self, repository: GitRepository) -> None:
        history = read(self.released_from_a_branch(repository), tags="reachable")
        assert history.bases["crate:a"].tag == "v1.0.0"
        assert since(history) == ["After", "More"]
        assert [str(version) for version in history.tagged["crate:a"]] == ["1.1.0", "1.0.0"]

    def test_a_maintenance_branch_goes_its_own_way(self, repository: GitRepository) -> None:
        first = repository.commit("Begin", {"f": "0"})
        repository.tag("v1.0.0", first)
        patch = repository.commit("Patch", {"f": "p"}, branch="maintenance", start=first)
        repository.tag("v1.0.1", patch)
        repository.commit("Patch again", {"f": "q"}, branch="maintenance")
        second = repository.commit("Second", {"f": "2"})
        repository.tag("v2.0.0", second)
        repository.commit("Third", {"f": "3"})
        repository.write("maintenance")
        history = read(repository)
        assert history.bases["crate:a"].tag == "v1.0.1"
        assert since(history) == ["Patch again"]
        repository.git("checkout", "--quiet", "main")
        assert read(repository).bases["crate:a"].tag == "v2.0.0"

    def test_a_first_release_on_another_branch_counts_too(self, repository: GitRepository) -> None:
        first = repository.commit("Begin", {"f": "0"})
        release = repository.commit("Bump", {}, branch="release", start=first)
        repository.tag("v1.0.0", release)
        repository.commit("After", {"f": "1"})
        repository.write()
        assert refused(repository).codes == ("CW-TAG-OFF-BRANCH",)
        history = read(repository, tags="all")
        assert history.bases["crate:a"].tag == "v1.0.0"
        assert since(history) == ["After"]


def test_a_package_that_sits_candidates_out_has_no_base_at_one(repository: GitRepository) -> None:
    repository.commit("One", {"f": "1"})
    repository.tag("a-v1.0.0")
    repository.commit("Two", {"f": "2"})
    repository.tag("a-v1.1.0-rc.1")
    repository.write()
    assert read(repository, package("a")).bases["crate:a"].tag == "a-v1.1.0-rc.1"
    final = read(repository, package("a", prereleases=False))
    assert final.bases["crate:a"].tag == "a-v1.0.0"


def test_a_shallow_clone_is_refused_with_the_command_that_mends_it(
    repository: GitRepository, tmp_path: Path
) -> None:
    repository.commit("One", {"f": "1"})
    repository.commit("Two", {"f": "2"})
    repository.write()
    clone = tmp_path / "clone"
    source = f"file://{repository.root}"
    subprocess.run(["git", "clone", "-q", "--depth=1", source, str(clone)], check=True)
    with pytest.raises(CratewheelError) as raised:
        read_history(Git(str(clone)), [A])
    assert raised.value.codes == ("CW-GIT-SHALLOW",)
    assert "git fetch --unshallow" in str(raised.value)


def test_a_clone_without_tags_is_refused(repository: GitRepository, tmp_path: Path) -> None:
    repository.commit("One", {"f": "1"})
    repository.tag("v1.0.0")
    repository.write()
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "-q", "--no-tags", f"file://{repository.root}", str(clone)], check=True
    )
    with pytest.raises(CratewheelError) as raised:
        read_history(Git(str(clone)), [A])
    assert raised.value.codes == ("CW-TAG-MISSING",)
    assert "git fetch --tags" in str(raised.value)


def test_outside_a_repository_and_before_the_first_commit(tmp_path: Path) -> None:
    with pytest.raises(CratewheelError) as raised:
        read_history(Git(str(tmp_path), env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}), [A])
    assert raised.value.codes == ("CW-GIT-NO-REPOSITORY",)
    assert refused(GitRepository(tmp_path / "new")).codes == ("CW-GIT-NO-COMMIT",)


def test_git_is_asked_equally_often_however_much_there_is(tmp_path: Path) -> None:
    counts = set()
    for size in (2, 40):
        repository = GitRepository(tmp_path / str(size))
        names = [f"p{number}" for number in range(size)]
        for number in range(3 * size):
            name = names[number % size]
            repository.commit(
                f"Change {number}", {f"{name}/f": str(number), "Cargo.toml": f"# {number}"}
            )
            repository.tag(f"{name}-v0.{number}.0")
        repository.commit("Last", {"Cargo.toml": "# last"})
        repository.write()
        git = CountedGit(repository.root)
        history = read_history(git, [package(name) for name in names])
        assert len(history.bases) == size
        counts.add(len(git.asked))
    assert len(counts) == 1


def test_a_users_own_git_settings_change_nothing(repository: GitRepository) -> None:
    repository.commit("One\n\nrelease: minor", {"f": "1"})
    repository.tag("v1.0.0")
    repository.commit("Two", {"g": "1", "f": None})
    repository.write()
    before = read(repository)
    for key, value in {
        "log.showSignature": "true",
        "log.showRoot": "false",
        "diff.renames": "copies",
        "core.quotePath": "true",
        "core.commentChar": ";",
        "status.relativePaths": "true",
        "status.showUntrackedFiles": "no",
        "status.short": "true",
        "status.branch": "true",
        "log.diffMerges": "first-parent",
        "log.decorate": "full",
        "color.ui": "always",
        "i18n.logOutputEncoding": "latin1",
    }.items():
        repository.git("config", key, value)
    assert read(repository) == before


def test_git_that_cannot_be_started_is_said(tmp_path: Path) -> None:
    with pytest.raises(CratewheelError) as raised:
        Git(str(tmp_path), executable=str(tmp_path / "no-git")).run(["status"])
    assert raised.value.codes == ("CW-GIT-FAILED",)


def test_gits_own_words_are_passed_on(repository: GitRepository) -> None:
    with pytest.raises(CratewheelError) as raised:
        Git(str(repository.root)).run(["log", "no-such-revision"])
    assert "no-such-revision" in str(raised.value)


def test_a_checkout_that_git_does_not_trust_is_said_in_gits_words(
    repository: GitRepository,
) -> None:
    repository.commit("One", {"f": "1"})
    repository.write()
    git = Git(str(repository.root), env={"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1", "HOME": "/"})
    with pytest.raises(CratewheelError) as raised:
        read_history(git, [A])
    assert raised.value.codes == ("CW-GIT-FAILED",)
    assert "safe.directory" in str(raised.value)


def test_a_tree_without_a_commit_has_no_history(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert not has_history(Git(str(tmp_path / "plain")))
    assert not has_history(Git(str(tmp_path / "plain"), executable="no-such-git"))
    new = GitRepository(tmp_path / "new")
    assert not has_history(Git(str(new.root)))
    new.commit("One", {"f": ""})
    new.write()
    assert has_history(Git(str(new.root)))
    (new.root / ".git" / "config").write_text("[core\n")
    for executable in ("git", "no-such-git"):
        with pytest.raises(CratewheelError) as raised:
            has_history(Git(str(new.root), executable=executable))
        assert raised.value.codes == ("CW-GIT-FAILED",)


def test_a_build_root_below_the_top_sees_its_own_files(repository: GitRepository) -> None:
    repository.commit("One", {"rust/Cargo.toml": "a = 1\n", "site/index.html": ""})
    repository.tag("v1.0.0")
    repository.commit("Two", {"rust/Cargo.toml": "a = 2\n", "site/index.html": "2"})
    repository.commit("Three", {"site/index.html": "3"})
    repository.write()
    repository.git("config", "diff.relative", "true")
    (repository.root / "rust" / "new.rs").write_text("")
    (repository.root / "site" / "index.html").write_text("4")
    history = read_history(Git(str(repository.root / "rust")), (A,))
    base = history.base_commit("crate:a")
    assert history.net_changes[base] == {"Cargo.toml", "../site/index.html"}
    assert history.old_files[base, "Cargo.toml"] == b"a = 1\n"
    assert history.uncommitted == {"new.rs", "../site/index.html"}
    assert history.untracked == {"new.rs"}
    assert history.commits[0].paths == ("../site/index.html",)
