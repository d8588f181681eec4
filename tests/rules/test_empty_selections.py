"""What is said when `publish --changed-since` selects nothing, where Pants says nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pants.base.build_root import BuildRoot
from pants.core.util_rules.system_binaries import GitBinary
from pants.testutil.rule_runner import MockGet, run_rule_with_mocks
from pants.vcs.git import GitWorktree, GitWorktreeRequest, MaybeGitWorktree

from cratewheel.git import Git, with_identity
from pants_cratewheel.products.runs import RunPurpose
from pants_cratewheel.purpose import EmptySelectionNoticeRequest, empty_selection_notice


@pytest.fixture
def git(tmp_path: Path) -> Iterator[Git]:
    """A repository with one commit, which Pants was started in."""
    git = Git(str(tmp_path / "repository"))
    Path(git.root).mkdir()
    git.run(["init", "--quiet", "--initial-branch=main"])
    git = with_identity(git)
    (Path(git.root) / "lib.rs").write_text("// One.\n")
    commit(git)
    with BuildRoot().temporary(git.root):
        yield git


def commit(git: Git) -> None:
    git.run(["add", "--all"])
    git.run(["commit", "--quiet", "--allow-empty", "--message=Change"])


def notices(
    git: Git, caplog: pytest.LogCaptureFixture, since: str = "main", goal: str = "publish"
) -> list[str]:
    """What a run of Pants says."""
    executable = shutil.which("git")
    assert executable is not None
    worktree = GitWorktree(GitBinary(executable, ""), Path(git.root))
    purpose = RunPurpose((goal,), goal == "publish", since, False, ())
    caplog.clear()
    factory = run_rule_with_mocks(
        empty_selection_notice,
        rule_args=[EmptySelectionNoticeRequest(), purpose],
        mock_gets=[
            MockGet(MaybeGitWorktree, (GitWorktreeRequest,), lambda _: MaybeGitWorktree(worktree))
        ],
    )
    assert factory.callback_factory() is None
    return [record.getMessage() for record in caplog.records]


def test_nothing_has_changed(git: Git, caplog: pytest.LogCaptureFixture) -> None:
    (said,) = notices(git, caplog)
    assert said.startswith("Nothing has changed since main, so `publish` selects no package.")
    assert "`pants release ::`" in said
    assert notices(git, caplog, goal="test") == []


@pytest.mark.parametrize("name", ["lib.rs", "new file.rs"])
def test_what_is_not_committed_has_changed(
    git: Git, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    (Path(git.root) / name).write_text("// Two.\n")
    assert notices(git, caplog) == []


def test_what_others_have_changed_meanwhile_is_not_selected(
    git: Git, caplog: pytest.LogCaptureFixture
) -> None:
    git.run(["switch", "--quiet", "--create", "behind"])
    git.run(["switch", "--quiet", "main"])
    (Path(git.root) / "lib.rs").write_text("// Two.\n")
    commit(git)
    git.run(["switch", "--quiet", "behind"])
    assert len(notices(git, caplog)) == 1
    (Path(git.root) / "lib.rs").write_text("// Three.\n")
    commit(git)
    assert notices(git, caplog) == []


def test_a_name_that_git_does_not_know_is_for_pants_to_say(
    git: Git, caplog: pytest.LogCaptureFixture
) -> None:
    assert notices(git, caplog, since="unheard-of") == []
