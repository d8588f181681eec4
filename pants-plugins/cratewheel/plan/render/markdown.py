"""The plan as Markdown: a table, a picture of what waits for what, and the reasons."""

from __future__ import annotations

from collections.abc import Iterator

from cratewheel.markdown import code, escaped
from cratewheel.plan.model import Plan
from cratewheel.plan.render.text import NOTHING, plural, row_kinds

_COLUMNS = ("", "Package", "From", "To", "Bump", "Registry", "Tag", "State")
_REASONS_SHOWN = 8


def render_markdown(plan: Plan) -> str:
    """A document for a release pull request, a comment or a step summary; ends in a newline."""
    return "\n".join(_lines(plan)) + "\n"


def _lines(plan: Plan) -> Iterator[str]:
    yield "## Release plan"
    yield ""
    if plan.packages:
        yield f"{plural(len(plan.packages), 'package')} from {_commit(plan)}, in this order:"
        yield ""
        yield from _table(plan)
        yield ""
        if any(package.depends_on for package in plan.packages):
            yield from _picture(plan)
            yield ""
        yield "### Why"
        yield ""
        yield from _reasons(plan)
        yield ""
        yield "### What is built"
        yield ""
        yield f"{plural(len(plan.matrix), 'row')}: {row_kinds(plan)}."
    else:
        yield NOTHING
    held = [
        f"{package.id}: {'; '.join(package.reasons)}" for package in plan.held if package.reasons
    ]
    for title, items in (("Held back", held), ("Notes", list(plan.notes))):
        if items:
            yield ""
            yield f"### {title}"
            yield ""
            yield from (f"- {escaped(item)}" for item in items)


def _table(plan: Plan) -> Iterator[str]:
    rows = [
        (
            str(at),
            code(package.id),
            escaped(package.previous or "new"),
            f"**{escaped(package.version)}**",
            escaped(package.bump or ""),
            escaped(package.registry),
            code(package.tag) if package.tag else "",
            escaped(package.verdict or ""),
        )
        for at, package in enumerate(plan.packages, 1)
    ]
    # A column in which nothing stands says nothing: no registry was asked, say.
    shown = [at for at in range(len(_COLUMNS)) if any(row[at] for row in rows)]
    for row in (_COLUMNS, ("---",) * len(_COLUMNS), *rows):
        yield f"| {' | '.join(row[at] for at in shown)} |"


def _picture(plan: Plan) -> Iterator[str]:
    names = {package.id: f"p{at}" for at, package in enumerate(plan.packages)}
    yield "```mermaid"
    yield "graph LR"
    for package in plan.packages:
        yield f'  {names[package.id]}["{package.id} {package.version}"]'
    for package in plan.packages:
        for needed in package.depends_on:
            yield f"  {names[needed]} --> {names[package.id]}"
    yield "```"


def _reasons(plan: Plan) -> Iterator[str]:
    for package in plan.packages:
        yield f"- {code(package.id)}"
        told = [f"  - {escaped(reason)}" for reason in package.reasons]
        yield from told[:_REASONS_SHOWN]
        if told[_REASONS_SHOWN:]:
            yield f"  - <details><summary>{len(told) - _REASONS_SHOWN} more</summary>"
            yield ""
            yield from (f"    {line}" for line in told[_REASONS_SHOWN:])
            yield ""
            yield "    </details>"
        yield from (f"  - ⚠ this release drops {escaped(dropped)}" for dropped in package.drops)


def _commit(plan: Plan) -> str:
    where = f"commit {code(plan.commit[:12])}" if plan.commit else "a tree without git"
    return f"{where} with uncommitted changes" if plan.dirty else where
