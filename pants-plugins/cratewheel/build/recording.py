"""What cargo and rustc answered maturin: kept where the code is compiled, given again where the wheel
is put together.

maturin asks cargo for the metadata of the workspace, has it compile, and packs what came out together
with the Python files. Small programs called `cargo` and `rustc` at the head of its search path keep
the answers of the first two; others give them again, so that the packing needs neither compiler nor
build root, and a changed Python file starts neither.

The answers name folders of the machine that compiled. In a recording these are tokens.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import Any

#: The subcommand with which maturin has cargo compile.
COMPILE = "rustc"
#: What the recording cargo ends with after it has compiled: maturin is of no further use then.
_ENOUGH = 86
#: What stands for the sources in the identifiers of packages, which end up in a wheel's bill of
#: materials and must not say where it was built.
_ANYWHERE = "path+file:///source"


@dataclass(frozen=True)
class Answer:
    """What a program said.

    Args:
        program: `cargo` or `rustc`.
        arguments: what it was asked, with tokens for folders.
        output: its standard output, with tokens for folders.
    """

    program: str
    arguments: tuple[str, ...]
    status: int
    output: str


@dataclass(frozen=True)
class Folders:
    """The folders that a recording has tokens for."""

    sources: PurePath
    target: PurePath
    cargo_home: PurePath

    def _tokens(self) -> Mapping[str, str]:
        # The target directory may lie in the sources, never the other way round.
        return {
            str(self.target): "{cratewheel:target}",
            str(self.sources): "{cratewheel:sources}",
            str(self.cargo_home): "{cratewheel:cargo-home}",
        }

    def hidden(self, text: str) -> str:
        """The text with tokens for folders."""
        for folder, token in self._tokens().items():
            text = text.replace(folder, token)
        return text

    def shown(self, text: str) -> str:
        """The text with folders for tokens."""
        text = text.replace("path+file://{cratewheel:sources}", _ANYWHERE)
        for folder, token in self._tokens().items():
            text = text.replace(token, folder)
        return text


def install_recorders(folder: Path, programs: PurePath, wrapper: PurePath) -> None:
    """Makes `folder` hold a `cargo` and a `rustc` that run the real ones and keep what they answer.

    Args:
        programs: the folder of the real ones; they see a search path with nothing else.
        wrapper: what cargo runs rustc with. maturin would, too, if it were in the environment.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # A build's search path has few programs on it, and this one is none of them.
    cat = shlex.quote(shutil.which("cat", path=os.defpath) or "/bin/cat")
    for name in ("cargo", "rustc"):
        kept = f"{shlex.quote(str(folder / name))}.$$"
        real = shlex.quote(str(programs / name))
        _write_program(
            folder / name,
            f"printf '%s\\0' \"$@\" > {kept}.arguments\n"
            f"PATH={shlex.quote(str(programs))}\n"
            f': "${{RUSTC_WRAPPER:={wrapper}}}"\n'
            f"[ {name} = rustc ] || export RUSTC_WRAPPER\n"
            f'{real} "$@" > {kept}.output\n'
            "status=$?\n"
            f'echo "$status" > {kept}.status\n'
            f'if [ "$1$status" = {COMPILE}0 ]; then exit {_ENOUGH}; fi\n'
            f"{cat} {kept}.output\n"
            'exit "$status"\n',
        )


def recorded(folder: Path, folders: Folders) -> tuple[Answer, ...]:
    """The answers that the programs in `folder` kept, one a question."""
    answers = {}
    for status in sorted(folder.glob("*.status")):
        name = status.name.partition(".")[0]
        said = folders.hidden(status.with_suffix(".arguments").read_text())
        output = folders.hidden(status.with_suffix(".output").read_text())
        answer = Answer(name, tuple(said.split("\0")[:-1]), int(status.read_text()), output)
        answers[answer.program, answer.arguments] = answer
    return tuple(answers[question] for question in sorted(answers))


def compiled(answers: tuple[Answer, ...]) -> Answer | None:
    """The answer to the question to compile; None where it failed or was never asked."""
    for answer in answers:
        if answer.program == "cargo" and answer.arguments[0] == COMPILE and answer.status == 0:
            return answer
    return None


def artifacts(compiling: Answer, folders: Folders) -> Iterator[Path]:
    """The files that maturin packs, and the libraries beside them that they may be linked with."""
    for line in folders.shown(compiling.output).splitlines():
        message: Mapping[str, Any] = json.loads(line)
        if message.get("reason") == "compiler-artifact":
            kinds = message["target"]["kind"]
            if not {"custom-build", "proc-macro"}.intersection(kinds):
                for name in message["filenames"]:
                    if not name.endswith((".rlib", ".rmeta")):
                        yield Path(name)
        elif message.get("reason") == "build-script-executed":
            for entry in message["linked_paths"]:
                place = Path(entry.partition("=")[2] or entry)
                if PurePath(folders.target) in place.parents:
                    yield from (each for each in place.glob("*") if _is_shared(each))


def install_players(folder: Path, answers: tuple[Answer, ...], folders: Folders) -> None:
    """Makes `folder` hold a `cargo` and a `rustc` that give recorded answers, and nothing else."""
    folder.mkdir(parents=True)
    cat = shlex.quote(shutil.which("cat", path=os.defpath) or "/bin/cat")
    for name in ("cargo", "rustc"):
        cases = []
        for number, answer in enumerate(answers):
            if answer.program != name:
                continue
            output = folder / f"{name}.{number}"
            output.write_text(folders.shown(answer.output))
            question = shlex.quote(folders.shown(" ".join(answer.arguments)))
            if answer.arguments[:1] == (COMPILE,):
                question = f"'{COMPILE} '*"
            given = f"{cat} {shlex.quote(str(output))}; exit {answer.status}"
            cases.append(f"{question}) {given};;\n")
        _write_program(
            folder / name,
            f'case "$*" in\n{"".join(cases)}esac\n'
            f"printf 'cratewheel: {name} was not asked this when the code was compiled: %s\\n' "
            '"$*" >&2\nexit 1\n',
        )


def dumps(answers: tuple[Answer, ...]) -> str:
    """The answers as JSON, stable."""
    return json.dumps([asdict(each) for each in answers], sort_keys=True, indent=1)


def loads(text: str) -> tuple[Answer, ...]:
    """Reads what `dumps` wrote."""
    return tuple(
        Answer(**{**entry, "arguments": tuple(entry["arguments"])}) for entry in json.loads(text)
    )


def _is_shared(file: Path) -> bool:
    return file.is_file() and (
        file.suffix in (".dylib", ".dll") or ".so" in (file.suffix, *file.suffixes)
    )


def _write_program(file: Path, text: str) -> None:
    file.write_text(f"#!/bin/sh\n{text}")
    file.chmod(0o755)
