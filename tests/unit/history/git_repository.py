"""Real git repositories, written in one go so that a test may have many commits."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Optional

from cratewheel.git import Git

_AUTHOR = "A. Maintainer <maintainer@example.org>"


class CountedGit(Git):
    """Git, and how often it was asked."""

    asked: list[Sequence[str]]

    def __init__(self, root: Path) -> None:
        super().__init__(str(root))
        object.__setattr__(self, "asked", [])

    def attempt(self, arguments: Sequence[str], *, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
        self.asked.append(arguments)
        return super().attempt(arguments, stdin=stdin)


class GitRepository:
    """Commits, branches and tags are noted down and written by `write`, in three git processes.

    A commit is known by a number until then, and by its id (`id_of`) afterwards; a repository can
    be written to again.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._stream: list[bytes] = []
        self._marks = 0
        self._ids: dict[int, str] = {}
        self._heads: dict[str, int] = {}
        self.git("init", "--quiet", "--initial-branch=main", str(root))

    def git(self, *arguments: str) -> str:
        """Runs git and gives its output."""
        self.root.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments],
            cwd=self.root,
            capture_output=True,
            check=True,
        )
        return done.stdout.decode()

    def commit(
        self,
        message: str,
        files: Optional[Mapping[str, Optional[str]]] = None,
        *,
        branch: str = "main",
        start: Optional[int] = None,
        merge: Sequence[int] = (),
    ) -> int:
        """Notes a commit down.

        Args:
            files: contents by path, None for a file that is removed.
            branch: the branch it goes on top of.
            start: the commit a new branch starts from.
            merge: further parents.
        """
        self._marks += 1
        parent = start if start is not None else self._heads.get(branch)
        lines = [f"commit refs/heads/{branch}", f"mark :{self._marks}"]
        when = f"{1_700_000_000 + self._marks} +0000"
        lines += [f"author {_AUTHOR} {when}", f"committer {_AUTHOR} {when}"]
        text = message.encode()
        self._stream.append(("\n".join(lines) + f"\ndata {len(text)}\n").encode() + text + b"\n")
        if parent is not None:
            self._stream.append(f"from {self._name(parent)}\n".encode())
        self._stream += [f"merge {self._name(other)}\n".encode() for other in merge]
        for path, content in (files or {}).items():
            if content is None:
                self._stream.append(f"D {path}\n".encode())
            else:
                data = content.encode()
                head = f"M 100644 inline {path}\ndata {len(data)}\n".encode()
                self._stream.append(head + data + b"\n")
        self._stream.append(b"\n")
        self._heads[branch] = self._marks
        return self._marks

    def tag(self, name: str, commit: Optional[int] = None, *, annotated: bool = False) -> None:
        """Notes a tag down, of main's newest commit by default."""
        at = self._name(self._heads["main"] if commit is None else commit)
        if annotated:
            self._stream.append(f"tag {name}\nfrom {at}\ntagger {_AUTHOR} 1 +0000\n".encode())
            self._stream.append(b"data 8\nReleased\n")
        else:
            self._stream.append(f"reset refs/tags/{name}\nfrom {at}\n\n".encode())

    def write(self, branch: str = "main") -> GitRepository:
        """Writes what was noted down and checks a branch out; keeps the working tree when there is
        nothing to write."""
        if not self._stream:
            return self
        marks = self.root / ".git" / "marks"
        subprocess.run(
            ["git", "fast-import", "--quiet", f"--export-marks={marks}"],
            cwd=self.root,
            input=b"".join(self._stream),
            check=True,
        )
        self._stream = []
        for line in marks.read_text().splitlines():
            mark, identifier = line.split()
            self._ids[int(mark[1:])] = identifier
        self.git("checkout", "--quiet", "--force", branch)
        return self

    def id_of(self, commit: int) -> str:
        """The id of a written commit."""
        return self._ids[commit]

    def _name(self, commit: int) -> str:
        return self._ids.get(commit, f":{commit}")
