"""What a project's workflows do already, in a process of their own.

Runs as `python -m cratewheel.workflows.existing FOLDER`: the folder has the repository's workflows and
actions. The answer goes to standard output as the JSON of `cratewheel.workflows.neighbours`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cratewheel.errors import CratewheelError
from cratewheel.workflows.neighbours import Neighbours, OtherPublisher, dumps
from cratewheel.workflows.own_jobs import jobs_by_triple
from cratewheel.workflows.publishing import job_uploads, publishers
from cratewheel.workflows.reading import FOLDER, Workflow, read_workflow


def neighbours_among(files: Mapping[str, str]) -> Neighbours:
    """What the workflows do; one that cannot be read does nothing, as far as this goes.

    Args:
        files: texts by repository-relative path.
    """
    workflows = [*_workflows(files)]
    return Neighbours(
        publishers=tuple(
            OtherPublisher(
                workflow.path,
                tuple(job.id for job in publishers(workflow)),
                tuple(
                    dict.fromkeys(
                        upload.registry
                        for job in publishers(workflow)
                        for upload in job_uploads(job)
                    )
                ),
            )
            for workflow in workflows
            if publishers(workflow)
        ),
        jobs=jobs_by_triple(workflows, files),
    )


def _workflows(files: Mapping[str, str]) -> Iterator[Workflow]:
    for path, text in sorted(files.items()):
        if path.startswith(f"{FOLDER}/"):
            try:
                yield read_workflow(path, text)
            except CratewheelError:
                continue


def main(arguments: Sequence[str]) -> int:
    """Carries the command out."""
    folder = Path(arguments[0])
    files = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(folder.rglob("*.y*ml"))
    }
    print(dumps(neighbours_among(files)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
