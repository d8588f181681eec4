"""GitHub Actions workflows as values, read from their YAML with the line of everything that matters.

Runs in a tool process: it needs PyYAML. Source of the form: GitHub's "Workflow syntax".
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

import yaml  # type: ignore[import-untyped, unused-ignore]

from cratewheel.errors import CratewheelError, Finding

#: Where GitHub looks for workflows.
FOLDER = ".github/workflows"

#: The scope that stands for all scopes in `Permissions`.
EVERY_SCOPE = "*"

# The largest workflows of public repositories have some ten thousand.
_NODES = 200_000

Permissions = Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """A step of a job.

    Args:
        uses: the action, with its version, as written.
        run: the script.
        condition: `if`, as written.
        inputs: `with`, values as text.
    """

    line: int
    name: str = ""
    uses: str = ""
    run: str = ""
    condition: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict, hash=False)
    env: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Job:
    """A job.

    Args:
        needs: the ids of the jobs that it waits for.
        permissions: scope to level; None where the job has none of its own.
        environment: the name of its deployment environment.
        matrix: whether it is many jobs.
        axes: what its matrix says, as plain values of text; empty where an expression says it.
        runs_on: the labels of its runner, as written.
        uses: the reusable workflow that it calls.
        defined_in: the path of the called workflow that it is a job of; "" for the workflow's own.
    """

    id: str
    line: int
    needs: tuple[str, ...] = ()
    condition: str = ""
    permissions: Optional[Permissions] = field(default=None, hash=False)
    environment: str = ""
    matrix: bool = False
    axes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    runs_on: tuple[str, ...] = ()
    uses: str = ""
    env: Mapping[str, str] = field(default_factory=dict, hash=False)
    steps: tuple[Step, ...] = ()
    defined_in: str = ""


@dataclass(frozen=True)
class Action:
    """An action of the repository's own.

    Args:
        defaults: of its inputs, as far as they have one.
        steps: of a composite action; other kinds have none.
    """

    defaults: Mapping[str, str] = field(default_factory=dict, hash=False)
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Workflow:
    """A workflow.

    Args:
        path: repository-relative.
        triggers: by the name of the event, its settings as plain values of text.
        permissions: of jobs that have none of their own; None where nothing is said.
    """

    path: str
    triggers: Mapping[str, Any] = field(default_factory=dict, hash=False)
    permissions: Optional[Permissions] = field(default=None, hash=False)
    env: Mapping[str, str] = field(default_factory=dict, hash=False)
    jobs: tuple[Job, ...] = ()

    @property
    def file(self) -> str:
        """The name of the file, by which registries know a workflow."""
        return self.path.rpartition("/")[2]

    def permissions_of(self, job: Job) -> Optional[Permissions]:
        """What the token of a job may do; None for the repository's default."""
        return self.permissions if job.permissions is None else job.permissions

    def needed_by(self, job: Job) -> frozenset[str]:
        """The ids of the jobs that a job waits for, directly or not."""
        by_id = {each.id: each for each in self.jobs}
        found: set[str] = set()
        waiting = list(job.needs)
        while waiting:
            current = waiting.pop()
            if current in by_id and current not in found:
                found.add(current)
                waiting += by_id[current].needs
        return frozenset(found)


def read_workflow(path: str, text: str) -> Workflow:
    """Reads a workflow.

    Raises:
        CratewheelError: `CW-WORKFLOW-SYNTAX`.
    """
    top = _mapping(path, text)
    jobs = top.get("jobs")
    if not isinstance(jobs, yaml.MappingNode):
        raise CratewheelError(Finding("CW-WORKFLOW-SYNTAX", path, "there are no `jobs`"))
    return Workflow(
        path=path,
        triggers=_triggers(top.get("on")),
        permissions=_permissions(top.get("permissions")),
        env=_texts(top.get("env")),
        jobs=tuple(
            _job(str(key.value), key.start_mark.line + 1, node)
            for key, node in jobs.value
            if isinstance(node, yaml.MappingNode)
        ),
    )


def read_action(path: str, text: str) -> Action:
    """Reads an action's metadata file.

    Raises:
        CratewheelError: `CW-WORKFLOW-SYNTAX`.
    """
    top = _mapping(path, text)
    runs, inputs = top.get("runs"), top.get("inputs")
    steps = dict(_entries(runs)).get("steps") if isinstance(runs, yaml.MappingNode) else None
    known = dict(_entries(inputs)) if isinstance(inputs, yaml.MappingNode) else {}
    defaults = {name: _texts(node).get("default") for name, node in known.items()}
    return Action(
        {name: default for name, default in defaults.items() if default is not None},
        _steps(steps),
    )


def _mapping(path: str, text: str) -> dict[str, Any]:
    """The entries of a document that is a mapping of a bearable size."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        nodes = _written_out(root, {}, set())
    except RecursionError:
        raise CratewheelError(
            Finding("CW-WORKFLOW-SYNTAX", path, "it is nested too deeply")
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = path if mark is None else f"{path}:{mark.line + 1}"
        message = getattr(error, "problem", None) or str(error)
        raise CratewheelError(Finding("CW-WORKFLOW-SYNTAX", place, str(message))) from None
    if nodes > _NODES:
        message = "its aliases make it endless, or larger than any workflow"
        raise CratewheelError(Finding("CW-WORKFLOW-SYNTAX", path, message))
    if not isinstance(root, yaml.MappingNode):
        raise CratewheelError(Finding("CW-WORKFLOW-SYNTAX", path, "expected a mapping"))
    return dict(_entries(root))


def may(permissions: Optional[Permissions], scope: str, level: str = "write") -> bool:
    """Whether permissions grant a level (`read`, `write`) on a scope such as `contents`."""
    granted = (permissions or {}).get(scope, (permissions or {}).get(EVERY_SCOPE, "none"))
    return granted == "write" or granted == level


def _written_out(node: Any, known: dict[int, float], around: set[int]) -> float:
    """How many nodes there are below one when aliases are written out; infinite for one inside itself.

    Args:
        known: the answers so far, by identity.
        around: the nodes that the node is in, by identity.
    """
    if not isinstance(node, yaml.CollectionNode):
        return 1
    identity = id(node)
    if identity in around:
        return math.inf
    if identity not in known:
        around.add(identity)
        inner = node.value
        if isinstance(node, yaml.MappingNode):
            inner = [each for pair in node.value for each in pair]
        known[identity] = 1 + sum(_written_out(each, known, around) for each in inner)
        around.remove(identity)
    return known[identity]


def _job(name: str, line: int, node: Any) -> Job:
    entries = dict(_entries(node))
    environment = entries.get("environment")
    strategy = _value(entries.get("strategy"))
    matrix = strategy.get("matrix") if isinstance(strategy, dict) else None
    return Job(
        id=name,
        line=line,
        needs=_names(entries.get("needs")),
        condition=_text(entries.get("if")),
        permissions=_permissions(entries.get("permissions")),
        environment=_texts(environment).get("name", "")
        if isinstance(environment, yaml.MappingNode)
        else _text(environment),
        matrix=matrix is not None,
        axes=matrix if isinstance(matrix, dict) else {},
        runs_on=_names(entries.get("runs-on")),
        uses=_text(entries.get("uses")),
        env=_texts(entries.get("env")),
        steps=_steps(entries.get("steps")),
    )


def _steps(node: Any) -> tuple[Step, ...]:
    return tuple(
        _step(each)
        for each in (node.value if isinstance(node, yaml.SequenceNode) else ())
        if isinstance(each, yaml.MappingNode)
    )


def _step(node: Any) -> Step:
    entries = dict(_entries(node))
    said = entries.get("uses") or entries.get("run") or node
    return Step(
        line=said.start_mark.line + 1,
        name=_text(entries.get("name")),
        uses=_text(entries.get("uses")),
        run=_text(entries.get("run")),
        condition=_text(entries.get("if")),
        inputs=_texts(entries.get("with")),
        env=_texts(entries.get("env")),
    )


def _triggers(node: Any) -> Mapping[str, Any]:
    if isinstance(node, yaml.MappingNode):
        return {name: _value(each) for name, each in _entries(node)}
    return dict.fromkeys(_names(node), "")


def _permissions(node: Any) -> Optional[Permissions]:
    if node is None:
        return None
    if isinstance(node, yaml.MappingNode):
        return _texts(node)
    # `write-all` and `read-all`; an empty value stands for none.
    level = _text(node).partition("-")[0]
    return {EVERY_SCOPE: level} if level else {}


def _names(node: Any) -> tuple[str, ...]:
    if isinstance(node, yaml.SequenceNode):
        return tuple(_text(each) for each in node.value)
    return (_text(node),) if _text(node) else ()


def _entries(node: Any) -> Iterator[tuple[str, Any]]:
    for key, value in node.value:
        # As written: `on` is no boolean here.
        yield str(key.value), value


def _texts(node: Any) -> Mapping[str, str]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {name: _text(each) for name, each in _entries(node)}


def _text(node: Any) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _value(node: Any) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {name: _value(each) for name, each in _entries(node)}
    if isinstance(node, yaml.SequenceNode):
        return [_value(each) for each in node.value]
    return _text(node)
