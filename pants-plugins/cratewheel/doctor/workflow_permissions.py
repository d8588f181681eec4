"""Whether the jobs of a workflow that publishes may do what they must, and no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cratewheel.errors import Finding
from cratewheel.workflows.publishing import action_name, job_uploads, long_lived_tokens
from cratewheel.workflows.reading import EVERY_SCOPE, Job, Workflow, may


def permission_findings(workflow: Workflow, publishing: Sequence[Job]) -> Iterator[Finding]:
    """Permissions that are missing, and ones that are wider than a release needs.

    Args:
        publishing: its jobs that upload to a registry.
    """
    for place, permissions in (
        (workflow.path, workflow.permissions),
        *((f"{workflow.path}:{job.line}", job.permissions) for job in workflow.jobs),
    ):
        if permissions is not None and permissions.get(EVERY_SCOPE) == "write":
            message = "`write-all` lets every step do everything that the token can do"
            yield Finding("CW-WORKFLOW-PERMISSIONS-WIDE", place, message)
    wide = [
        scope
        for scope, level in (workflow.permissions or {}).items()
        if level == "write" and scope != EVERY_SCOPE
    ]
    others = [job.id for job in workflow.jobs if job not in publishing and job.permissions is None]
    if wide and others:
        message = (
            f"`{', '.join(wide)}: write` is granted to every job, {', '.join(others)} among them, and "
            "the publishing one needs it alone"
        )
        yield Finding("CW-WORKFLOW-PERMISSIONS-WIDE", workflow.path, message)
    feeding = {each for job in publishing for each in workflow.needed_by(job)}
    for job in workflow.jobs:
        if job.id in feeding and job not in publishing:
            yield from _of_builder(workflow, job)
    for job in publishing:
        yield from _of_publisher(workflow, job)


def _of_builder(workflow: Workflow, job: Job) -> Iterator[Finding]:
    """What a job that only makes artifacts may do besides: what builds runs code of others."""
    permissions = job.permissions or {}
    attests = any(action_name(step).startswith("actions/attest") for step in job.steps)
    wide = [
        scope
        for scope in ("contents", "id-token")
        if permissions.get(scope) == "write" and not (attests and scope == "id-token")
    ]
    if wide:
        message = (
            f"`{job.id}` makes what is published, and its build may use `{', '.join(wide)}: write`"
        )
        mend = "leave that to the job that publishes"
        place = f"{workflow.path}:{job.line}"
        yield Finding("CW-WORKFLOW-PERMISSIONS-WIDE", place, message, mend)


def _of_publisher(workflow: Workflow, job: Job) -> Iterator[Finding]:
    place = f"{workflow.path}:{job.line}"
    permissions = workflow.permissions_of(job)
    if permissions is None:
        message = (
            f"`{job.id}` has no `permissions`, so it may do whatever the repository's settings say"
        )
        yield Finding("CW-WORKFLOW-PERMISSIONS-UNSAID", place, message)
        return
    if not may(permissions, "id-token") and not long_lived_tokens(workflow, job):
        message = f"`{job.id}` may not ask for an identity and is given no token: it cannot publish"
        mend = "give the job `permissions: id-token: write`"
        yield Finding("CW-WORKFLOW-PERMISSIONS-MISSING", place, message, mend)
    if any(upload.tags for upload in job_uploads(job)) and not may(permissions, "contents"):
        message = f"`{job.id}` may not push the tags of what it has released"
        mend = "give the job `permissions: contents: write`"
        yield Finding("CW-WORKFLOW-PERMISSIONS-MISSING", place, message, mend)
