"""Works on the packages of a release: as many at once as may go, in the order their needs dictate."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Callable

from cratewheel.errors import CratewheelError, Finding
from cratewheel.publishing.frontier import Frontier


@dataclass(frozen=True)
class Carried:
    """How far the work has come.

    Args:
        done: the nodes that were done to the end.
        findings: of the failed nodes, in the order of their failing.
    """

    done: frozenset[str]
    findings: tuple[Finding, ...]


PARALLEL_PACKAGES = 64
"""Many: most of the time a package waits for its registry to show what it has taken."""


def carry_out(
    frontier: Frontier, work: Mapping[str, Callable[[], None]], *, stop_everything: bool
) -> Carried:
    """Does the work of every node that can be reached.

    Args:
        work: node to what makes it done; a `CratewheelError` from it fails the node.
        stop_everything: whether a failed node also stops those that do not need it.

    Raises:
        KeyboardInterrupt: at once; the caller ends the process and with it what is in flight.
    """
    pool = ThreadPoolExecutor(PARALLEL_PACKAGES)
    try:
        findings = _all(pool, frontier, work, stop_everything)
    except KeyboardInterrupt:
        # Whoever interrupts does not want to wait for what a registry still has to show.
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    except BaseException:
        pool.shutdown()
        raise
    pool.shutdown()
    return Carried(frontier.done, findings)


def _all(
    pool: ThreadPoolExecutor,
    frontier: Frontier,
    work: Mapping[str, Callable[[], None]],
    stop_everything: bool,
) -> tuple[Finding, ...]:
    findings: list[Finding] = []
    running: dict[Future[None], str] = {}
    while True:
        for node in frontier.take_ready():
            running[pool.submit(work[node])] = node
        if not running:
            return tuple(findings)
        finished, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in finished:
            node = running.pop(future)
            error = future.exception()
            if error is None:
                frontier.finish(node)
            elif isinstance(error, CratewheelError):
                findings.extend(error.findings)
                frontier.fail(node)
                if stop_everything:
                    frontier.stop(node)
            else:
                # A fault of ours: nothing new begins, what is in flight comes to its end.
                frontier.stop(node)
                raise error
