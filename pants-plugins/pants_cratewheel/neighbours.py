"""Reading the repository's own workflows, in a tool's process: Pants' own does not read YAML."""

from __future__ import annotations

from pants.engine.fs import Digest, FileContent
from pants.engine.process import Process, ProcessResult
from pants.engine.rules import collect_rules, rule

from cratewheel.workflows.neighbours import Neighbours, loads
from pants_cratewheel import engine
from pants_cratewheel.products.tools import LibraryProcess, PublisherTool
from pants_cratewheel.products.workflows import NeighboursAnswer, NeighboursRequest


@rule(desc="Read the workflows")
async def neighbours(request: NeighboursRequest, tool: PublisherTool) -> NeighboursAnswer:
    if not request.files:
        return NeighboursAnswer(Neighbours())
    files: Digest = await engine.create_digest(
        FileContent(path, text.encode()) for path, text in sorted(request.files.items())
    )
    placed: Digest = await engine.add_prefix(files, "files")
    process: Process = await engine.library_process(
        LibraryProcess(
            tool.pex, "cratewheel.workflows.existing", ("files",), placed, "Read the workflows"
        )
    )
    result: ProcessResult = await engine.run(process)
    return NeighboursAnswer(loads(result.stdout.decode()))


def rules() -> list[object]:
    return [*collect_rules()]
