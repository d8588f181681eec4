"""How a run came by the files of a release, in the words that a user reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

BUILT = "built"
REUSED = "reused, nothing that it is made from has changed"
REUSED_REMOTELY = "reused from the remote cache"
TAKEN_OVER = "taken from `[cratewheel].artifacts`"


@dataclass(frozen=True)
class MakingStep:
    """A process that had a part in a file.

    Args:
        seconds: how long it took.
        ran: whether it ran in this run.
        remote: whether its result comes from a remote cache.
        reason: why it ran.
    """

    seconds: float = 0.0
    ran: bool = False
    remote: bool = False
    reason: str = ""


@dataclass(frozen=True)
class MadeFile:
    """A file of a release.

    Args:
        way: one of the constants above.
        seconds: how long this run's processes took to make it.
        reasons: why they made it; nothing where none did.
    """

    path: str
    way: str
    seconds: float = 0.0
    reasons: tuple[str, ...] = ()

    @property
    def took(self) -> str:
        """A clause on how long it took, where it was built."""
        return f" in {self.seconds:.1f} s" if self.way == BUILT else ""


def made_file(path: str, steps: Iterable[MakingStep]) -> MadeFile:
    """What became of a file by the processes that made it; none made one that was built elsewhere."""
    known = tuple(steps)
    ran = [step for step in known if step.ran]
    if not known:
        return MadeFile(path, TAKEN_OVER)
    if not ran:
        remote = any(step.remote for step in known)
        return MadeFile(path, REUSED_REMOTELY if remote else REUSED)
    # Later steps follow from the first one.
    return MadeFile(path, BUILT, sum(step.seconds for step in ran), (ran[0].reason,))


def phrases(file: MadeFile, *, why: bool) -> tuple[str, ...]:
    """What `pants package` says below a file."""
    because = file.reasons if why else ()
    return (f"  {file.way}{file.took}", *(f"    because {each}" for each in because))


def summary(files: Iterable[MadeFile], *, why: bool) -> tuple[str, ...]:
    """What the publisher says when it is done: a line a way, in the order of the release."""
    by_way: dict[str, list[str]] = {}
    because: list[str] = []
    for file in files:
        by_way.setdefault(file.way, []).append(f"{file.path}{file.took}")
        if why:
            because += [f"  {file.path}: {each}" for each in file.reasons]
    ways = (f"{way[0].upper()}{way[1:]}: {', '.join(paths)}" for way, paths in by_way.items())
    return (*ways, *because)
