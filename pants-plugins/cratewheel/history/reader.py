"""Reading a `History` from git."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Optional

from cratewheel.cargo.inherited import CONFIGURATION_FILES, TOOLCHAIN_FILES
from cratewheel.errors import CratewheelError, Finding
from cratewheel.git import Git
from cratewheel.history.bases import (
    Candidates,
    candidates_of,
    choose_bases,
    read_tags,
    tagged_versions,
)
from cratewheel.history.values import Commit, History, WorkingTree
from cratewheel.plan.package import ReleasePackage
from cratewheel.tags import resolve_formats

#: Files whose changes are judged by content, so that they are read as they were at the bases.
JUDGED_BY_CONTENT = frozenset({"Cargo.toml", "Cargo.lock", "pyproject.toml", *TOOLCHAIN_FILES})


def is_judged_by_content(path: str) -> bool:
    """Whether a path is that of a file whose changes are judged by content."""
    return posixpath.basename(path) in JUDGED_BY_CONTENT or f"/{path}".endswith(
        tuple(f"/{each}" for each in CONFIGURATION_FILES)
    )


def read_history(
    git: Git, packages: Sequence[ReleasePackage], *, tags: Optional[str] = None
) -> History:
    """Reads the history of `packages`.

    Git is asked a fixed number of times, whatever the number of packages, commits and tags. Paths
    are relative to `git.root`, the build root, also where that lies below the top of the checkout;
    those of files elsewhere in the checkout start with `../`.

    A package's base is the highest version that HEAD has a tag of; a package that sits release
    candidates out has no base at one.

    Args:
        packages: all publishable packages.
        tags: `reachable` or `all`: whether higher tags that forked off after a package's newest
            reachable tag (release branches) count; None when the project has not said.

    Raises:
        CratewheelError: `CW-GIT-NO-REPOSITORY`, `CW-GIT-NO-COMMIT`, `CW-GIT-SHALLOW`,
            `CW-TAG-MISSING`, `CW-TAG-OFF-BRANCH` (tags is None and it matters), and what
            `cratewheel.tags.resolve_formats` raises.
    """
    formats = resolve_formats(packages)
    top, prefix, head, head_tree = _locate(git)
    relative = _relative_to(prefix)
    all_tags = read_tags(git, head)
    if not all_tags:
        _refuse_clone_without_tags(git, top)
    names = [tag.name for tag in all_tags]
    tagged = {
        package.id: tagged_versions(formats[package.id], all_tags, names) for package in packages
    }
    candidates = {package.id: candidates_of(package, tagged[package.id]) for package in packages}
    commits = _read_commits(git, head, candidates.values(), relative)
    bases, notes = choose_bases(packages, candidates, commits, tags)
    trees = {tag.commit: tag.tree for tag in all_tags}
    tree = _read_working_tree(git, relative)
    changes = _read_net_changes(
        git, {base.commit: trees[base.commit] for base in bases.values()}, head_tree, relative
    )
    return History(
        head=head,
        commits=commits,
        bases=bases,
        tagged={
            package_id: tuple(version for version, _ in found)
            for package_id, found in tagged.items()
        },
        net_changes=changes,
        old_files=_read_old_files(git, changes, head, tree.uncommitted, prefix),
        uncommitted=tree.uncommitted,
        untracked=tree.untracked,
        notes=notes,
    )


def has_history(git: Git) -> bool:
    """Whether there is a commit to plan from: not in a tree without git, nor before the first commit.

    Raises:
        CratewheelError: `CW-GIT-FAILED` when git is there and will not say (a checkout that belongs
            to somebody else, say).
    """
    try:
        code, _, errors = git.attempt(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])
    except CratewheelError:
        if any(os.path.exists(os.path.join(each, ".git")) for each in _upwards(git.root)):
            raise
        return False
    if code in (0, 1) or b"not a git repository" in errors:
        return code == 0
    raise CratewheelError(
        Finding("CW-GIT-FAILED", git.root, errors.decode("utf-8", "replace").strip())
    )


def _upwards(directory: str) -> Iterable[str]:
    current = os.path.abspath(directory)
    while True:
        yield current
        current, below = os.path.dirname(current), current
        if current == below:
            return


def _locate(git: Git) -> tuple[str, str, str, str]:
    """The top directory, where `git.root` lies below it, HEAD and HEAD's tree of a complete clone."""
    code, output, errors = git.attempt(
        ["rev-parse", "--is-shallow-repository", "--show-toplevel", "--show-prefix"]
    )
    if code != 0 and b"not a git repository" not in errors:
        # A checkout of another user, say, which git only takes once it is told to trust it.
        raise CratewheelError(
            Finding("CW-GIT-FAILED", git.root, errors.decode("utf-8", "replace").strip())
        )
    if code != 0:
        raise CratewheelError(
            Finding("CW-GIT-NO-REPOSITORY", git.root, "this is no checkout of a git repository")
        )
    shallow, top, prefix = output.decode("utf-8", "surrogateescape").split("\n")[:3]
    if shallow == "true":
        raise CratewheelError(
            Finding(
                "CW-GIT-SHALLOW",
                top,
                "the clone is shallow, so earlier releases and what came after cannot be seen",
            )
        )
    code, output, _ = git.attempt(["rev-parse", "--quiet", "HEAD^{commit}", "HEAD^{tree}"])
    if code != 0:
        raise CratewheelError(Finding("CW-GIT-NO-COMMIT", top, "HEAD is not a commit"))
    head, tree = output.decode().split()
    return top, prefix, head, tree


def _relative_to(prefix: str) -> Callable[[str], str]:
    """Turns git's paths, which start at the top, into ones that start at the build root.

    Args:
        prefix: the build root below the top: "" or a path with a slash at its end.
    """
    up = "../" * prefix.count("/")

    def relative(path: str) -> str:
        return path[len(prefix) :] if path.startswith(prefix) else up + path

    return relative


def _refuse_clone_without_tags(git: Git, top: str) -> None:
    _, output, _ = git.attempt(["config", "--get-regexp", r"^remote\..*\.tagopt$"])
    if b"--no-tags" in output:
        raise CratewheelError(
            Finding(
                "CW-TAG-MISSING",
                top,
                "there is no tag, and the clone was made with --no-tags, so what was released "
                "cannot be told",
            )
        )


def _read_commits(
    git: Git, head: str, candidates: Iterable[Candidates], relative: Callable[[str], str]
) -> tuple[Commit, ...]:
    """Every commit of HEAD and of candidate tags, as far back as the oldest possible base."""
    roots: set[str] = set()
    starts = {head}
    whole = False
    for candidate in candidates:
        starts.update(tag.commit for _, tag in candidate.elsewhere)
        if candidate.reachable:
            roots.add(candidate.reachable[1].commit)
        elif candidate.elsewhere:
            whole = True
    revisions = sorted(starts)
    if roots and not whole:
        code, output, _ = git.attempt(["merge-base", "--octopus", *sorted(roots)])
        if code == 0:
            revisions.append("^" + output.decode().strip())
    output = git.run(
        [
            "log",
            "--stdin",
            "--topo-order",
            "-z",
            "--raw",
            "--no-abbrev",
            "-c",
            "--no-renames",
            "--no-relative",
            "--encoding=UTF-8",
            "--format=%H%x00%P%x00%B%x00",
        ],
        stdin="".join(f"{revision}\n" for revision in revisions).encode(),
    )
    return _parse_log(output, relative)


def _parse_log(output: bytes, relative: Callable[[str], str]) -> tuple[Commit, ...]:
    tokens = output.split(b"\0")
    commits = []
    at = 0
    while at < len(tokens):
        if not tokens[at]:
            at += 1
            continue
        identifier, parents, message = tokens[at : at + 3]
        at += 3
        paths = []
        while at < len(tokens):
            token = tokens[at].lstrip(b"\n")
            if token.startswith(b":"):
                paths.append(relative(tokens[at + 1].decode("utf-8", "surrogateescape")))
                at += 2
            elif token:
                break
            else:
                at += 1
        commits.append(
            Commit(
                identifier.decode(),
                tuple(parents.decode().split()),
                message.decode("utf-8", "replace"),
                tuple(paths),
            )
        )
    return tuple(commits)


def _read_net_changes(
    git: Git, trees: Mapping[str, str], head_tree: str, relative: Callable[[str], str]
) -> Mapping[str, frozenset[str]]:
    """By base commit: the paths whose contents differ between its tree and HEAD's."""
    if not trees:
        return {}
    distinct = sorted(set(trees.values()))
    output = git.run(
        ["diff-tree", "--stdin", "-r", "-z", "--name-only", "--no-renames", "--no-relative"],
        stdin="".join(f"{tree} {head_tree}\n" for tree in distinct).encode(),
    )
    # Each pair is repeated as a line of its own before its paths.
    headers = [f"{tree} {head_tree}\n".encode() for tree in distinct]
    by_tree: dict[str, frozenset[str]] = {}
    at = 0
    for tree, header, following in zip(distinct, headers, [*headers[1:], None]):
        start = output.index(header, at) + len(header)
        at = len(output) if following is None else output.index(following, start)
        paths = output[start:at].decode("utf-8", "surrogateescape").split("\0")
        by_tree[tree] = frozenset(relative(path) for path in paths if path)
    return {commit: by_tree[tree] for commit, tree in trees.items()}


def read_working_tree(git: Git) -> WorkingTree:
    """How the checkout differs from HEAD, with paths as in `read_history`.

    Raises:
        CratewheelError: `CW-GIT-FAILED`.
    """
    prefix = git.run(["rev-parse", "--show-prefix"]).decode("utf-8", "surrogateescape")
    return _read_working_tree(git, _relative_to(prefix.rstrip("\n")))


def _read_working_tree(git: Git, relative: Callable[[str], str]) -> WorkingTree:
    output = git.run(
        ["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"],
    )
    entries = output.decode("utf-8", "surrogateescape").split("\0")
    return WorkingTree(
        frozenset(relative(entry[3:]) for entry in entries if entry),
        frozenset(relative(entry[3:]) for entry in entries if entry.startswith("??")),
    )


def uncommitted_files(git: Git, paths: Sequence[str]) -> frozenset[str]:
    """Those of some files that the checked out commit does not have; none where there is no commit.

    Args:
        paths: relative to the directory that git works in.

    Raises:
        CratewheelError: `CW-GIT-FAILED`.
    """
    if not paths or not has_history(git):
        return frozenset()
    listing = git.run(["ls-tree", "-z", "--name-only", "HEAD", "--", *paths])
    return frozenset(paths).difference(os.fsdecode(listing).split("\0"))


def _read_old_files(
    git: Git,
    changes: Mapping[str, Iterable[str]],
    head: str,
    uncommitted: Iterable[str],
    prefix: str,
) -> Mapping[tuple[str, str], bytes]:
    judged = (*JUDGED_BY_CONTENT, *CONFIGURATION_FILES)
    wanted = [
        (commit, path)
        for commit, paths in (*changes.items(), (head, uncommitted))
        for path in sorted(paths)
        # A name with a newline in it cannot be asked for, one a line.
        if path.endswith(judged)
        and is_judged_by_content(path)
        and "\n" not in path
        and not path.startswith("../")
    ]
    if not wanted:
        return {}
    listing = git.run(
        ["cat-file", "--batch-check=%(objectname)"],
        stdin="".join(f"{commit}:{prefix}{path}\n" for commit, path in wanted).encode(
            "utf-8", "surrogateescape"
        ),
    )
    blobs = {
        key: answer.decode()
        for key, answer in zip(wanted, listing.split(b"\n"))
        if not answer.endswith(b" missing")
    }
    contents = _read_blobs(git, sorted(set(blobs.values())))
    return {key: contents[blob] for key, blob in blobs.items()}


def _read_blobs(git: Git, names: Sequence[str]) -> Mapping[str, bytes]:
    output = git.run(["cat-file", "--batch"], stdin="".join(f"{name}\n" for name in names).encode())
    contents: dict[str, bytes] = {}
    at = 0
    for name in names:
        end = output.index(b"\n", at)
        size = int(output[at:end].split(b" ")[-1])
        contents[name] = output[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
    return contents
