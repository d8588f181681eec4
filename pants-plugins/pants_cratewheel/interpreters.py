"""The Python interpreters of an environment that wheels can be built for, looked for once a run."""

from __future__ import annotations

from pants.engine.env_vars import EnvironmentVars
from pants.engine.process import Process, ProcessCacheScope, ProcessResult
from pants.engine.rules import collect_rules, rule
from pants.util.frozendict import FrozenDict

from cratewheel.build.interpreters import from_json
from pants_cratewheel import engine
from pants_cratewheel.products.here import InterpretersHere, InterpretersHereRequest, Whereabouts
from pants_cratewheel.products.tools import (
    TOOLCHAIN_CACHE,
    FoundInterpreters,
    LibrarySources,
    ScriptPython,
)

_PASSED_ON = ("HOME", "PATH", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR", "XDG_DATA_HOME")


@rule(desc="Find Python interpreters")
async def find_interpreters(library: LibrarySources, where: Whereabouts) -> FoundInterpreters:
    if where.remote:
        return FoundInterpreters(())
    variables: EnvironmentVars = await engine.environment_variables(_PASSED_ON)
    if where.here:
        here: InterpretersHere = await engine.interpreters_here(
            InterpretersHereRequest(FrozenDict(variables))
        )
        return FoundInterpreters(here.interpreters)
    python: ScriptPython = await engine.script_python()
    result: ProcessResult = await engine.run(
        Process(
            argv=(python.path, "-S", "-m", "cratewheel.build.interpreters", ".toolchains"),
            description="Find Python interpreters to build wheels for",
            input_digest=library.digest,
            env={**variables, "PYTHONPATH": library.path, "PYTHONDONTWRITEBYTECODE": "1"},
            append_only_caches=TOOLCHAIN_CACHE,
            cache_scope=ProcessCacheScope.PER_SESSION,
        )
    )
    return FoundInterpreters(from_json(result.stdout.decode()))


def rules() -> list[object]:
    return [*collect_rules()]
