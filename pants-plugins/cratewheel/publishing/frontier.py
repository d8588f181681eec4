"""Which packages of a release may go now, which are on their way, and which never will."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Frontier:
    """The state of a graph whose nodes are worked on as soon as what they need is done.

    Args:
        needs: node to the nodes that must be done first; a failed one of them blocks it.
        after: node to the nodes it merely comes after, done or not. Nodes that `needs` does not
            have as keys are ignored in both.
    """

    def __init__(
        self, needs: Mapping[str, Iterable[str]], after: Mapping[str, Iterable[str]]
    ) -> None:
        self._needs = {node: {need for need in needs[node] if need in needs} for node in needs}
        self._after = {
            node: {other for other in after.get(node, ()) if other in needs} for node in needs
        }
        self._waiting = dict.fromkeys(needs)
        self._in_flight: set[str] = set()
        self._done: set[str] = set()
        self._failed: set[str] = set()
        self._blocked: dict[str, str] = {}

    @property
    def in_flight(self) -> frozenset[str]:
        return frozenset(self._in_flight)

    @property
    def done(self) -> frozenset[str]:
        return frozenset(self._done)

    @property
    def blocked(self) -> Mapping[str, str]:
        """Node to the failed node that keeps it from going, however indirectly."""
        return dict(self._blocked)

    def take_ready(self) -> tuple[str, ...]:
        """The nodes that may go now, in the order given; they are in flight from here on."""
        settled = self._done | self._failed | set(self._blocked)
        ready = tuple(
            node
            for node in self._waiting
            if self._needs[node] <= self._done and self._after[node] <= settled
        )
        for node in ready:
            del self._waiting[node]
        self._in_flight.update(ready)
        return ready

    def finish(self, node: str) -> None:
        """`node`, in flight until now, is done."""
        self._in_flight.remove(node)
        self._done.add(node)

    def fail(self, node: str) -> None:
        """`node`, in flight until now, has failed: whatever needs it is blocked."""
        self._in_flight.remove(node)
        self._failed.add(node)
        self._block(node, cause=node)

    def stop(self, cause: str) -> None:
        """Blocks all that has not begun, because of `cause`."""
        for node in tuple(self._waiting):
            del self._waiting[node]
            self._blocked[node] = cause

    def _block(self, node: str, *, cause: str) -> None:
        for other in tuple(self._waiting):
            if node in self._needs[other] and other in self._waiting:
                del self._waiting[other]
                self._blocked[other] = cause
                self._block(other, cause=cause)
