"""The workflows of a repository with what they call written out: local workflows and local actions.

Runs in a tool process: it needs PyYAML. Source of what a called job inherits: GitHub's "Reusing
workflow configurations" and "Metadata syntax for GitHub Actions".
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Optional

from cratewheel.errors import CratewheelError, Finding
from cratewheel.workflows.reading import (
    FOLDER,
    Action,
    Job,
    Permissions,
    Step,
    Workflow,
    may,
    read_action,
    read_workflow,
)
from cratewheel.workflows.settings import ACTION_FILES

# Jobs or steps beyond which calls are no longer written out: no workflow has so many.
_MANY = 1000

_INPUT = re.compile(r"\$\{\{\s*inputs\.([\w-]+)\s*\}\}")


@dataclass(frozen=True)
class Workflows:
    """The workflows of a repository.

    Args:
        written_out: every workflow that can be read, with what it calls of the repository.
        called: paths of those that only others of them start.
        findings: why the others cannot be read.
    """

    written_out: tuple[Workflow, ...] = ()
    called: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()


def read_workflows(files: Mapping[str, str]) -> Workflows:
    """Reads workflows and writes out what they call.

    Args:
        files: text by path, of the workflows and of the repository's own actions.
    """
    workflows: dict[str, Workflow] = {}
    actions: dict[str, Action] = {}
    findings: list[Finding] = []
    for path, text in sorted(files.items()):
        try:
            if posixpath.basename(path) in ACTION_FILES and posixpath.dirname(path) != FOLDER:
                actions[posixpath.dirname(path)] = read_action(path, text)
            else:
                workflows[path] = read_workflow(path, text)
        except CratewheelError as error:
            # Elsewhere a file of that name may be anything.
            if path.startswith(".github/"):
                findings += error.findings
    calls = {
        callee
        for workflow in workflows.values()
        for job in workflow.jobs
        if (callee := _local(job.uses)) is not None
    }
    repository = _Repository(workflows, actions)
    return Workflows(
        tuple(repository.written_out(each) for each in workflows.values()),
        frozenset(
            path
            for path in calls
            if path in workflows and set(workflows[path].triggers) == {"workflow_call"}
        ),
        tuple(findings),
    )


class _Repository:
    """Workflows and actions, each written out once however often it is called."""

    def __init__(self, workflows: Mapping[str, Workflow], actions: Mapping[str, Action]) -> None:
        self._workflows = workflows
        self._actions = actions
        self._jobs: dict[str, tuple[Job, ...]] = {}
        self._steps: dict[str, tuple[Step, ...]] = {}

    def written_out(self, workflow: Workflow) -> Workflow:
        """A workflow with the jobs that its callees have, and the steps that its actions have."""
        if workflow.path not in self._jobs:
            # What calls itself finds itself as it stands.
            self._jobs[workflow.path] = workflow.jobs
            self._jobs[workflow.path] = self._all_jobs(workflow)
        return replace(workflow, jobs=self._jobs[workflow.path])

    def _all_jobs(self, workflow: Workflow) -> tuple[Job, ...]:
        found: list[Job] = []
        ids: dict[str, tuple[str, ...]] = {}
        for job in workflow.jobs:
            callee = self._workflows.get(_local(job.uses) or "")
            if callee is None or len(found) > _MANY:
                inner = [replace(job, steps=self._all_steps(job.steps))]
            else:
                inner = [*_called(workflow, job, self.written_out(callee))]
            ids[job.id] = tuple(each.id for each in inner)
            found += inner
        return tuple(
            replace(job, needs=tuple(each for need in job.needs for each in ids.get(need, (need,))))
            for job in found
        )

    def _all_steps(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        found: list[Step] = []
        for step in steps:
            path = _local(step.uses) or ""
            action = self._actions.get(path)
            if action is None or len(found) > _MANY:
                found.append(step)
                continue
            if path not in self._steps:
                self._steps[path] = ()
                self._steps[path] = self._all_steps(action.steps)
            given = {**action.defaults, **step.inputs}
            found += (_within_step(step, each, given) for each in self._steps[path])
        return tuple(found)


def _called(workflow: Workflow, job: Job, callee: Workflow) -> Iterator[Job]:
    """The jobs of a called workflow, as jobs of the one that calls it."""
    granted = workflow.permissions_of(job)
    for inner in callee.jobs:
        yield replace(
            inner,
            id=f"{job.id}/{inner.id}",
            line=job.line,
            needs=(*job.needs, *(f"{job.id}/{need}" for need in inner.needs)),
            condition=_both(job.condition, inner.condition),
            permissions=_narrowed(granted, callee.permissions_of(inner)),
            matrix=job.matrix or inner.matrix,
            env={**callee.env, **inner.env},
            steps=tuple(replace(step, line=job.line) for step in inner.steps),
            defined_in=inner.defined_in or callee.path,
        )


def _within_step(step: Step, inner: Step, given: Mapping[str, str]) -> Step:
    """A step of an action, as a step of the job that uses the action."""
    return replace(
        inner,
        line=step.line,
        run=_filled(inner.run, given),
        condition=_both(step.condition, inner.condition),
        inputs={name: _filled(text, given) for name, text in inner.inputs.items()},
        env={**step.env, **{name: _filled(text, given) for name, text in inner.env.items()}},
    )


def _local(uses: str) -> Optional[str]:
    """The path of a workflow or action of the repository itself; None for any other."""
    return posixpath.normpath(uses) if uses.startswith("./") else None


def _both(outer: str, inner: str) -> str:
    return f"({outer}) && ({inner})" if outer and inner else outer or inner


def _narrowed(
    granted: Optional[Permissions], asked: Optional[Permissions]
) -> Optional[Permissions]:
    """What a called job may do: what it asks for, as far as its caller may."""
    if granted is None or asked is None:
        return granted if asked is None else asked
    return {scope: level for scope, level in asked.items() if may(granted, scope, level)}


def _filled(text: str, inputs: Mapping[str, str]) -> str:
    return _INPUT.sub(lambda found: inputs.get(found[1], ""), text)


def foreign_calls(workflow: Workflow) -> Sequence[Job]:
    """The jobs that are a workflow of another repository and may prove who they are."""
    return [
        job
        for job in workflow.jobs
        if job.uses and _local(job.uses) is None and may(workflow.permissions_of(job), "id-token")
    ]
