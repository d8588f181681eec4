"""The plan as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cratewheel.plan.model import Plan, PlannedPackage

NOTHING = "Nothing to release."


def render_text(plan: Plan) -> str:
    """The plan in lines: what ships in which order, from which version to which, why, and what not.

    Ends in a newline.
    """
    return "\n".join(_lines(plan)) + "\n"


def _lines(plan: Plan) -> Iterator[str]:
    if plan.packages:
        yield f"Release of {plural(len(plan.packages), 'package')} from {_commit(plan)}:"
        table = [_cells(at, package) for at, package in enumerate(plan.packages, 1)]
        for package, line in zip(plan.packages, _aligned(table)):
            yield ""
            yield line
            yield from (f"       {reason}" for reason in package.reasons)
            if package.depends_on:
                yield f"       after {', '.join(package.depends_on)}"
            for dropped in package.drops:
                yield f"       ! this release drops {dropped}"
        yield ""
        yield plural(len(plan.matrix), "row") + " to build: " + row_kinds(plan)
    else:
        yield NOTHING
    with_reasons = [held for held in plan.held if held.reasons]
    if with_reasons:
        yield ""
        yield "Held back:"
        for held in with_reasons:
            yield f"  {held.id} {held.version}: {'; '.join(held.reasons)}"
    if plan.notes:
        yield ""
        yield "Notes:"
        yield from (f"  {note}" for note in plan.notes)


def _cells(at: int, package: PlannedPackage) -> tuple[str, ...]:
    return (
        f"  {at}.",
        package.id,
        f"{package.previous or 'new'} → {package.version}",
        package.bump or "",
        package.verdict or "",
    )


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows
    ]


def plural(count: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def row_kinds(plan: Plan) -> str:
    """How many rows of each kind there are: `2 crates, 1 wheel`."""
    kinds: dict[str, int] = {}
    for row in plan.matrix:
        kinds[row.kind] = kinds.get(row.kind, 0) + 1
    return _listed(plural(count, kind) for kind, count in kinds.items()) or "none"


def _listed(items: Iterable[str]) -> str:
    return ", ".join(items)


def _commit(plan: Plan) -> str:
    where = f"commit {plan.commit[:12]}" if plan.commit else "a tree without git"
    return f"{where} with uncommitted changes" if plan.dirty else where
