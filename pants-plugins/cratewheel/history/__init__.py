"""What happened since each package was last released, read from git in a fixed number of calls."""

from __future__ import annotations

from cratewheel.history.reader import (
    JUDGED_BY_CONTENT,
    has_history,
    is_judged_by_content,
    read_history,
    read_working_tree,
    uncommitted_files,
)
from cratewheel.history.values import Base, Commit, CommitGraph, History, WorkingTree

__all__ = [
    "JUDGED_BY_CONTENT",
    "Base",
    "Commit",
    "CommitGraph",
    "History",
    "WorkingTree",
    "has_history",
    "is_judged_by_content",
    "read_history",
    "read_working_tree",
    "uncommitted_files",
]
