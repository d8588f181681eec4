"""The Python interpreters of this machine that wheels can be built for, looked for once a run."""

from __future__ import annotations

from pants.engine.env_vars import EnvironmentVars
from pants.engine.process import Process, ProcessCacheScope, ProcessResult
from pants.engine.rules import collect_rules, rule

from cratewheel.build.interpreters import from_json
from pants_cratewheel import engine
from pants_cratewheel.products.tools import FoundInterpreters, LibrarySources, ScriptPython
from pants_cratewheel.toolchain import TOOLCHAIN_CACHE

_PASSED_ON = ("HOME", "PATH", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR", "XDG_DATA_HOME")


@rule(desc="Find Python interpreters")
async def find_interpreters(python: ScriptPython, library: LibrarySources) -> FoundInterpreters:
    variables: EnvironmentVars = await engine.environment_variables(_PASSED_ON)
    result: ProcessResult = await engine.run(
        Process(
            argv=(python.path, "-S", "-m", "cratewheel.build.interpreters", ".toolchains"),
            description="Find Python interpreters to build wheels for",
            input_digest=library.discovery,
            env={**variables, "PYTHONPATH": library.path, "PYTHONDONTWRITEBYTECODE": "1"},
            append_only_caches=TOOLCHAIN_CACHE,
            cache_scope=ProcessCacheScope.PER_SESSION,
        )
    )
    return FoundInterpreters(from_json(result.stdout.decode()))


def rules() -> list[object]:
    return [*collect_rules()]
