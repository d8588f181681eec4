"""Repository-relative POSIX paths: how a path written in a manifest is found in the repository."""

from __future__ import annotations

import posixpath


def resolve(directory: str, relative: str) -> str:
    """The repository path that `relative`, written in a file of `directory`, stands for.

    Args:
        directory: a repository-relative directory, "" for the root.
        relative: a path as a manifest writes it; Windows separators are taken too.

    Returns:
        The normalised path, "" for the root of the repository. A path that leads out of the
        repository starts with `..` (or is absolute), which no file of the repository does.
    """
    joined = posixpath.normpath(posixpath.join(directory, relative.replace("\\", "/")))
    return "" if joined == "." else joined


def parent(path: str) -> str:
    """The directory that holds the file or directory `path`; "" for one at the root."""
    return posixpath.dirname(path)


def is_within(path: str, directory: str) -> bool:
    """Whether `path` is `directory` or lies below it."""
    return directory == "" or path == directory or path.startswith(directory + "/")


def is_outside_repository(path: str) -> bool:
    """Whether a path from `resolve` leads out of the repository."""
    return path == ".." or path.startswith(("../", "/")) or path[1:2] == ":"


def relative_to(path: str, directory: str) -> str:
    """How a file of `directory` would write the repository path `path`; "." for itself."""
    return posixpath.relpath("/" + path, "/" + directory)
