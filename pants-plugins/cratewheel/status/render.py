"""The status as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from cratewheel.status.values import PackageStatus, Status


def render_text(status: Status) -> str:
    """The status in lines; ends in a newline."""
    return "\n".join(_lines(status)) + "\n"


def _lines(status: Status) -> Iterator[str]:
    if not status.packages:
        yield "No package with `publish=True` was selected."
    rows = [_cells(package) for package in status.packages]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for package, row in zip(status.packages, rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths))
        yield "  ".join(cells).rstrip()
        for version in package.abandoned:
            yield f"     {version} was begun and given up"
        for deviation in package.deviations:
            yield f"   ! {deviation.kind}: {deviation.message}"
            yield f"     → {deviation.mend}"
    out = sum(bool(package.deviations) for package in status.packages)
    if status.packages:
        yield ""
        if out:
            yield f"{out} of {len(status.packages)} packages {'is' if out == 1 else 'are'} out of step."
        else:
            yield "Everything is in step."
    yield from status.notes


def _cells(package: PackageStatus) -> tuple[str, ...]:
    published = f"{package.published or 'nothing'} on {package.registry}"
    tag = f"tag {package.tag} on {package.commit[:12]}" if package.commit else "no tag"
    planned = ""
    if package.planned is not None:
        total = len(package.planned.live) + len(package.planned.waiting)
        planned = (
            f"plan {package.planned.version}, {len(package.planned.live)} of {total} files live"
        )
    return (package.id, published, tag, planned)
