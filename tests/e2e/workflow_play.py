"""A workflow played on this machine, as GitHub's runner would carry it out.

The YAML decides everything: which jobs there are, what they need, which rows a matrix has, which
variables a step sees. Every job works in a clean checkout of its own with a home of its own; what it
passes on, it passes on through outputs and artifacts.

What jobs share, where a runner would have nothing, is what they install: the user's cargo and rustup,
the launcher's environment of Pants, and Pants' tools and store (XDG_CACHE_HOME). With an empty cache a
job takes fifty seconds of processor time before its first command, measured on CPython 3.9, to install
Pants and its plugins; a play has some fifty jobs, and a whole run of the tests half an hour.
`test_launcher.py` starts the launcher with an empty cache once. Of what others have built a job may be
kept apart: it then has a store of its own, as the job that publishes has, whose output is looked
through for builds besides. And a job that has been played before starts from its checkout of then,
cleaned, because starting Pants anew costs a quarter of a minute.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import yaml
from pants_run import Result, run
from workflow_artifacts import ArtifactStore
from workflow_expressions import as_text, condition, substitute, truth

#: What a runner image has and this machine need not, as functions that bash inherits: they say what
#: they were asked. Not programs on PATH, of which Pants' cache keys would take notice.
_IMAGE = {"BASH_FUNC_rustup%%": '() { echo "rustup $*"; }'}


@dataclass(frozen=True)
class Event:
    """What started a run.

    Args:
        inputs: of a run that was started by hand.
        payload: what GitHub says of the event.
        ref: where the commit is on the remote.
    """

    commit: str
    name: str = "push"
    inputs: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)
    ref: str = "refs/heads/main"


@dataclass
class PlayedJob:
    """One job, or one row of a matrix.

    Args:
        result: `success`, `failure` or `skipped`.
        output: what its steps printed.
    """

    name: str
    result: str
    output: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""


@dataclass
class PlayedRun:
    """A run of a workflow: its jobs by their key, one for every row."""

    event: Event
    artifacts: ArtifactStore
    number: int = 0
    jobs: dict[str, list[PlayedJob]] = field(default_factory=dict)

    def result(self, key: str) -> str:
        """What the job came to, all of its rows together."""
        results = {job.result for job in self.jobs[key]}
        return "failure" if "failure" in results else max(results, default="skipped")

    @property
    def succeeded(self) -> bool:
        return all(self.result(key) != "failure" for key in self.jobs)

    @property
    def output(self) -> str:
        return "\n".join(job.output for jobs in self.jobs.values() for job in jobs)


@dataclass
class Runner:
    """Plays workflows of one repository.

    Args:
        remote: the bare repository that jobs check out and push to.
        folder: where machines and artifacts are kept.
        environment: variables of every job: the addresses of stand-ins, say.
        identity: variables of the jobs with `id-token: write`, by what the token is to say.
        apart: keys of the jobs that have nothing of what others have built, in Pants' store either.
        sabotage: called before each step with the job's key, its row and the step's name and
            checkout; an error message makes the step fail.
    """

    remote: Path
    folder: Path
    environment: Mapping[str, str]
    identity: Callable[[Event, str, Optional[str]], Mapping[str, str]]
    apart: Collection[str] = ()
    sabotage: Callable[[str, Mapping[str, Any], str, Path], str] = lambda *_: ""
    runs: int = 0
    _stack: ExitStack = field(default_factory=ExitStack)

    @classmethod
    @contextmanager
    def started(cls, *arguments: Any) -> Iterator[Runner]:
        """A runner whose machines' daemons are ended afterwards."""
        runner = cls(*arguments)
        with runner._stack:
            yield runner

    def play(self, workflow: str, event: Event, again: Optional[PlayedRun] = None) -> PlayedRun:
        """Plays a workflow.

        Args:
            workflow: its path in the event's commit.
            again: a run whose failed jobs, and those that need them, are to be played again.
        """
        text = run(["git", "show", f"{event.commit}:{workflow}"], self.remote).succeeded().stdout
        document = yaml.load(text, Loader=yaml.BaseLoader)
        if again is None:
            self.runs += 1
            folder = self.folder / f"artifacts-{self.runs}"
            folder.mkdir(parents=True)
            played = PlayedRun(event, ArtifactStore(folder), self.runs)
        else:
            played = PlayedRun(event, again.artifacts, again.number)
        waiting = dict(document["jobs"])
        while waiting:
            key = next(key for key, job in waiting.items() if set(_needs(job)) <= set(played.jobs))
            job = waiting.pop(key)
            kept = again.jobs[key] if again is not None else []
            if kept and all(each.result == "success" for each in kept):
                played.jobs[key] = kept
            else:
                played.jobs[key] = self._job(document, workflow, key, job, played, kept)
        return played

    def _job(
        self,
        document: Any,
        workflow: str,
        key: str,
        job: Any,
        played: PlayedRun,
        before: list[PlayedJob],
    ) -> list[PlayedJob]:
        needs = {
            each: {
                "result": played.result(each),
                "outputs": played.jobs[each][-1].outputs if played.jobs[each] else {},
            }
            for each in _needs(job)
        }
        contexts: dict[str, Any] = {
            "needs": needs,
            "github": {"ref": played.event.ref, "event_name": played.event.name},
            "inputs": played.event.inputs,
        }
        functions = _functions(all(each["result"] == "success" for each in needs.values()))
        if not condition(job.get("if", "success()"), contexts, functions):
            return [PlayedJob(key, "skipped")]
        rows: list[Mapping[str, Any]] = [{}]
        if "strategy" in job:
            matrix = substitute(job["strategy"]["matrix"], contexts, functions)
            rows = matrix["include"]
            assert rows, "Matrix vector does not contain any values"
        results = []
        for row in rows:
            name = as_text(substitute(job.get("name", key), {**contexts, "matrix": row}, functions))
            done = [each for each in before if each.name == name and each.result == "success"]
            results.append(
                done[0]
                if done
                else self._row(
                    document, workflow, key, name, job, played, {**contexts, "matrix": row}
                )
            )
        return results

    def _row(
        self,
        document: Any,
        workflow: str,
        key: str,
        name: str,
        job: Any,
        played: PlayedRun,
        contexts: Mapping[str, Any],
    ) -> PlayedJob:
        machine = self.folder / "machines" / key
        home, temporary = machine / "home", machine / "temporary"
        for folder in (home, temporary):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        runs_on = as_text(substitute(job["runs-on"], contexts, _functions(True)))
        permissions = job.get("permissions", document.get("permissions", {}))
        event = temporary / "event.json"
        event.write_text(json.dumps(played.event.payload))
        environment = {
            **self._machine_environment(home, temporary),
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_RUN_ID": str(played.number),
            **({"PANTS_LOCAL_STORE_DIR": str(machine / "store")} if key in self.apart else {}),
            **self._values(document.get("env", {}), contexts),
            **self._values(job.get("env", {}), contexts),
        }
        if permissions.get("id-token") == "write":
            said = self.identity(played.event, workflow, job.get("environment"))
            environment.update(said)
        steps: dict[str, Any] = {}
        result, output = "success", ""
        workspace = machine / "checkout"
        for step in job["steps"]:
            functions = _functions(result == "success")
            here = {**contexts, "steps": steps, "runner": {"os": _os(runs_on)}}
            if not condition(step.get("if", "success()"), here, functions):
                continue
            title = step.get("name", step.get("uses", step.get("run")))
            outputs: Mapping[str, str]
            failure = self.sabotage(key, contexts.get("matrix", {}), title, workspace)
            if failure:
                said_here, outputs = Result(1, "", f"{failure}\n"), {}
            elif step.get("uses", "").startswith("./"):
                inputs = self._values(step.get("with", {}), here)
                folder = workspace / step["uses"]
                said_here = self._composite(folder, {**here, "inputs": inputs}, environment)
                outputs = {}
            elif "uses" in step:
                inputs = self._values(step.get("with", {}), here)
                may_push = permissions.get("contents") == "write"
                said_here = self._action(step["uses"], inputs, played, machine, may_push)
                outputs = {}
            else:
                said_here, outputs = self._script(
                    step, {**environment, **self._values(step.get("env", {}), here)}, workspace
                )
            output += f"== {key} · {name} · {title}\n{said_here.output}"
            if "id" in step:
                steps[step["id"]] = {"outputs": outputs}
            if said_here.exit_code != 0:
                result = "failure"
        outputs = {
            each: as_text(substitute(value, {**contexts, "steps": steps}, _functions(True)))
            for each, value in job.get("outputs", {}).items()
        }
        summary = temporary / "summary"
        return PlayedJob(
            name, result, output, outputs, summary.read_text() if summary.exists() else ""
        )

    def _machine_environment(self, home: Path, temporary: Path) -> dict[str, str]:
        user = Path(os.environ["HOME"])
        return {
            **_IMAGE,
            "HOME": str(home),
            "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(user / ".cache")),
            "CARGO_HOME": os.environ.get("CARGO_HOME", str(user / ".cargo")),
            "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(user / ".rustup")),
            "PYENV_ROOT": os.environ.get("PYENV_ROOT", str(user / ".pyenv")),
            "GIT_CONFIG_NOSYSTEM": "1",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "octo/demo",
            "GITHUB_OUTPUT": str(temporary / "output"),
            "GITHUB_STEP_SUMMARY": str(temporary / "summary"),
            # One daemon a machine, for time; pants.ci.toml has none.
            "PANTS_PANTSD": "true",
            **self.environment,
        }

    def _values(self, values: Mapping[str, Any], contexts: Mapping[str, Any]) -> dict[str, str]:
        return {
            key: as_text(substitute(value, contexts, _functions(True)))
            for key, value in values.items()
        }

    def _script(
        self, step: Any, environment: Mapping[str, str], workspace: Path
    ) -> tuple[Result, Mapping[str, str]]:
        script = Path(environment["GITHUB_OUTPUT"]).parent / "script.sh"
        script.write_text(step["run"])
        written = Path(environment["GITHUB_OUTPUT"])
        written.write_text("")
        said = run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            workspace / step.get("working-directory", ""),
            environment=environment,
        )
        lines = written.read_text().splitlines()
        return said, dict(line.split("=", 1) for line in lines)

    def _composite(
        self, folder: Path, contexts: Mapping[str, Any], environment: Mapping[str, str]
    ) -> Result:
        """Carries an action of the repository's own out, until one of its steps fails."""
        action = yaml.load((folder / "action.yml").read_text(), Loader=yaml.BaseLoader)
        asked = {name for name, each in action["inputs"].items() if each.get("required") == "true"}
        assert asked <= set(contexts["inputs"]), f"{folder}: inputs that are not given"
        workspace = Path(environment["GITHUB_OUTPUT"]).parents[1] / "checkout"
        result = Result(0, "", "")
        for step in action["runs"]["steps"]:
            assert not {"if", "id"} & set(step), "the play has no such steps of composite actions"
            if "uses" in step:
                assert step["uses"].startswith("actions/setup-python@"), step["uses"]
                environment = _with_python(environment)
                continue
            assert step["shell"] == "bash", "a composite action has no default shell"
            values = self._values(step.get("env", {}), contexts)
            said, _ = self._script(step, {**environment, **values}, workspace)
            result = Result(
                said.exit_code, result.stdout + said.stdout, result.stderr + said.stderr
            )
            if said.exit_code != 0:
                break
        return result

    def _action(
        self,
        uses: str,
        inputs: Mapping[str, str],
        played: PlayedRun,
        machine: Path,
        may_push: bool,
    ) -> Result:
        workspace = machine / "checkout"
        action = uses.partition("@")[0]
        failure = ""
        if action == "actions/checkout":
            self._check_out(workspace, inputs, played.event, may_push)
        elif action == "actions/upload-artifact":
            failure = played.artifacts.upload(
                workspace,
                inputs["name"],
                inputs["path"],
                overwrite=inputs.get("overwrite") == "true",
                if_none=inputs.get("if-no-files-found", "warn"),
            )
        elif action == "actions/download-artifact":
            failure = played.artifacts.download(
                workspace / inputs.get("path", ""), inputs.get("name", "")
            )
        else:
            # Installs what this machine has anyway.
            assert action == "actions/setup-python", f"the play does not know {uses}"
        return Result(1 if failure else 0, "", f"{failure}\n" if failure else "")

    def _check_out(
        self, workspace: Path, inputs: Mapping[str, str], event: Event, may_push: bool
    ) -> None:
        assert inputs["fetch-depth"] == "0", "the play has no shallow clones"
        if not workspace.exists():
            run(["git", "clone", "--quiet", str(self.remote), str(workspace)], self.remote)
            self._stack.enter_context(_ended_daemon(workspace))
        can_push = may_push and inputs.get("persist-credentials", "true") == "true"
        address = str(self.remote) if can_push else "/no/credentials/to/push/with"
        for arguments in (
            ["fetch", "--quiet", "--prune", "--prune-tags", "--tags", "--force", "origin"],
            ["fetch", "--quiet", "origin", event.ref],
            ["checkout", "--quiet", "--force", "-B", "main", event.commit],
            ["clean", "--quiet", "-ffdx", "--exclude=/.pids", "--exclude=/.pants.d"],
            ["remote", "set-url", "--push", "origin", address],
        ):
            run(["git", *arguments], workspace).succeeded()
        # What a new clone would not have.
        shutil.rmtree(workspace / ".git/refs/cratewheel", ignore_errors=True)


@contextmanager
def _ended_daemon(workspace: Path) -> Iterator[None]:
    # Standard input ends when this process does, however it does: killed outright, too.
    with subprocess.Popen(
        ["sh", "-c", "cat >/dev/null; kill $(cat .pids/*/pantsd/pid) 2>/dev/null"],
        cwd=workspace,
        stdin=subprocess.PIPE,
        start_new_session=True,
    ):
        yield


def _with_python(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The variables after setup-python: a Python of the job's own is the first on PATH."""
    folder = Path(environment["GITHUB_OUTPUT"]).parent / "python"
    run([sys.executable, "-m", "venv", str(folder)], folder.parent).succeeded()
    return {**environment, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}


def _needs(job: Any) -> list[str]:
    needs = job.get("needs", [])
    return [needs] if isinstance(needs, str) else list(needs)


def _os(runs_on: str) -> str:
    return {"w": "Windows", "m": "macOS"}.get(runs_on[:1], "Linux")


def _functions(so_far: bool) -> Mapping[str, Callable[..., Any]]:
    return {
        "success": lambda: so_far,
        "failure": lambda: not so_far,
        "cancelled": lambda: False,
        "always": lambda: True,
        "fromJSON": json.loads,
        "toJSON": json.dumps,
    }


__all__ = ["Event", "PlayedJob", "PlayedRun", "Runner", "truth"]
