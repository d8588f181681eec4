"""Judging what was built: is every file the one that was promised, and would its registry take it?"""

from __future__ import annotations

from pants.engine.fs import Digest, FileContent
from pants.engine.process import Process, ProcessResult
from pants.engine.rules import collect_rules, rule
from pants.util.logging import LogLevel

from cratewheel import finding_document
from cratewheel.plan import model
from pants_cratewheel import engine
from pants_cratewheel.products.checks import Judgement, JudgementRequest
from pants_cratewheel.products.tools import LinkedTool, LinkedToolRequest, PublisherTool


@rule(desc="Check what was built")
async def judge(request: JudgementRequest, tool: PublisherTool) -> Judgement:
    (package,) = request.promise.packages
    plan: Digest = await engine.create_digest(
        [FileContent("plan.json", model.dumps(request.promise).encode())]
    )
    files: Digest = await engine.add_prefix(request.files, "files")
    inputs: Digest = await engine.merge_digests([plan, files])
    linked: LinkedTool = await engine.linked_tool(LinkedToolRequest(tool.pex))
    process = Process(
        argv=(linked.python, "-m", "cratewheel.artifacts.judging", "plan.json", "files"),
        description=f"Check what was built of {package.id} {package.version}",
        input_digest=inputs,
        env={"PYTHONPATH": linked.library},
        append_only_caches=linked.caches,
        level=LogLevel.INFO,
    )
    result: ProcessResult = await engine.run(process)
    return Judgement(finding_document.loads(result.stdout.decode()))


def rules() -> list[object]:
    return [*collect_rules()]
