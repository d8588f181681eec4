"""What cargo, rustc and Python answered maturin: kept where the code is compiled, given again where the
wheel is put together.

maturin asks an interpreter what wheels for it are called and cargo for the metadata of the workspace,
has it compile, and packs what came out together with the Python files. Small programs at the head of
its search path keep the answers; others give them again, so that the packing needs neither compiler nor
interpreter nor build root, and a changed Python file starts none of them.

The answers name folders of the machine that compiled. In a recording these are tokens.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from cratewheel.build.scripts import write_script

#: Beside the players: what was compiled.
ARTIFACTS = "target"
#: The subcommand with which maturin has cargo compile.
COMPILE = "rustc"
#: What the recording cargo ends with after it has compiled: maturin is of no further use then.
_ENOUGH = 86
#: What stands for the sources in the identifiers of packages, which end up in a wheel's bill of
#: materials and must not say where it was built.
ANYWHERE = "path+file:///source"
_SOURCES, _TARGET, _CARGO_HOME = "@cw:sources@", "@cw:target@", "@cw:cargo-home@"
#: In the folder of players: what they say.
_SAID = "said"

# `plain` guards what sed would take for more than text, and `mark` is what no path has in it.
_PLAYER = r"""
place=$(cd "${0%/*}/../.." && pwd -P)
sources=$place/tree
target=$place/compiled/target
cargo_home=$place/<cargo-home>
mark=$(printf '\001')
plain() {
    case "$1" in
    *[\\\&]*) printf %s "$1" | command -p sed 's/[\&]/\\&/g';;
    *) printf %s "$1";;
    esac
}
say() {
    command -p sed \
        -e "s$mark@cw:target@$mark$(plain "$target")${mark}g" \
        -e "s$mark@cw:sources@$mark$(plain "$sources")${mark}g" \
        -e "s$mark@cw:cargo-home@$mark$(plain "$cargo_home")${mark}g" \
        "${0%/*}/said/$1"
}
case "$*" in
<cases>esac
printf 'cratewheel: <name> was not asked this when the code was compiled: %s\n' "$*" >&2
exit 1
"""

# What cargo leaves as it is when it makes an address of a path, beside letters and digits.
_AS_IT_IS = "/~!$&'()*+,;=:@[]|^%\\"


def address(folder: PurePath) -> str:
    """How the identifiers of the packages in a folder begin: `path+file:///C:/it` on Windows."""
    path = folder.as_posix()
    return f"path+file://{'' if path.startswith('/') else '/'}{quote(path, safe=_AS_IT_IS)}"


@dataclass(frozen=True)
class Answer:
    """What a program said.

    Args:
        program: `cargo`, `rustc`, or the name of an interpreter.
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
            str(self.target): _TARGET,
            str(self.sources): _SOURCES,
            str(self.cargo_home): _CARGO_HOME,
        }

    def hidden(self, text: str) -> str:
        """The text with tokens for folders."""
        text = text.replace(address(self.sources), f"path+file://{_SOURCES}")
        for folder, token in self._tokens().items():
            text = text.replace(folder, token)
        return text

    def shown(self, text: str) -> str:
        """The text with folders for tokens."""
        for folder, token in self._tokens().items():
            text = text.replace(token, folder)
        return text


def install_recorders(
    folder: Path, programs: PurePath, wrapper: PurePath, interpreters: Mapping[str, str]
) -> Mapping[str, str]:
    """Makes `folder` hold programs that run the real ones and keep what they answer.

    Args:
        programs: the folder of the real cargo and rustc; they see a search path with nothing else.
        wrapper: what cargo runs rustc with. maturin would, too, if it were in the environment.
        interpreters: paths by name.

    Returns:
        The interpreters that keep what they answer.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    real = {
        **{name: str(programs / name) for name in ("cargo", "rustc")},
        **interpreters,
    }
    # A build's search path has few programs on it, and this one is none of them.
    cat = shlex.quote(shutil.which("cat", path=os.defpath) or "/bin/cat")
    for name, program in real.items():
        kept = f"{shlex.quote(str(folder / name))}.$$"
        write_script(
            folder / name,
            f"printf '%s\\0' \"$@\" > {kept}.arguments\n"
            f"echo $PPID > {kept}.asker\n"
            f"PATH={shlex.quote(str(programs))}\n"
            f': "${{RUSTC_WRAPPER:={wrapper}}}"\n'
            f"[ {name} != cargo ] || export RUSTC_WRAPPER\n"
            f'[ "$1" != {COMPILE} ] || (umask 077; export -p > {kept}.environment)\n'
            f'{shlex.quote(program)} "$@" > {kept}.output\n'
            "status=$?\n"
            f'echo "$status" > {kept}.status\n'
            f'if [ "$1$status" = {COMPILE}0 ]; then exit {_ENOUGH}; fi\n'
            f"{cat} {kept}.output\n"
            'exit "$status"\n',
        )
    return {name: str(folder / name) for name in interpreters}


def recorded(folder: Path, folders: Folders) -> tuple[Answer, ...]:
    """The answers that the programs in `folder` gave maturin, one a question.

    What build scripts ask is no answer to it: whoever asked for the compilation is maturin.
    """
    compilation = kept_compilation(folder)
    asker = None if compilation is None else _asker(compilation)
    answers = {}
    for status in sorted(folder.glob("*.status")):
        if asker is not None and _asker(status) != asker:
            continue
        said = folders.hidden(status.with_suffix(".arguments").read_text())
        output = folders.hidden(status.with_suffix(".output").read_text())
        name = status.name.partition(".")[0]
        answer = Answer(name, tuple(said.split("\0")[:-1]), int(status.read_text()), output)
        answers[answer.program, answer.arguments] = answer
    return tuple(answers[question] for question in sorted(answers))


def kept_compilation(folder: Path) -> Path | None:
    """The file with the environment that cargo compiled in; beside it are its question and answer."""
    return next(iter(sorted(folder.glob("cargo.*.environment"))), None)


def _asker(kept: Path) -> str:
    return kept.with_suffix(".asker").read_text()


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


def write_players(folder: Path, answers: tuple[Answer, ...], cargo_home: str) -> None:
    """Makes `folder` hold programs that give recorded answers, and nothing else.

    They give them in the sandbox of the packing, wherever that is: `folder` lies two folders below it,
    beside it is what was compiled, and the sources are in `tree`.

    Args:
        cargo_home: where that is in the sandbox.
    """
    said = folder / _SAID
    said.mkdir(parents=True)
    for name in sorted({answer.program for answer in answers}):
        cases = []
        for number, answer in enumerate(answers):
            if answer.program != name:
                continue
            output = f"{name}.{number}"
            (said / output).write_text(answer.output.replace(f"path+file://{_SOURCES}", ANYWHERE))
            question = _in_shell(" ".join(answer.arguments))
            if answer.arguments[:1] == (COMPILE,):
                question = f"'{COMPILE} '*"
            cases.append(f"{question}) say {output}; exit {answer.status};;\n")
        text = _PLAYER.replace("<name>", name).replace("<cargo-home>", cargo_home)
        write_script(folder / name, text.replace("<cases>", "".join(cases)))


def _in_shell(question: str) -> str:
    """A pattern of the shell that matches the question and nothing else."""
    quoted = shlex.quote(question)
    for token, variable in (
        (_TARGET, "target"),
        (_SOURCES, "sources"),
        (_CARGO_HOME, "cargo_home"),
    ):
        quoted = quoted.replace(token, f"'\"${variable}\"'")
    return quoted


def _is_shared(file: Path) -> bool:
    return file.is_file() and (
        file.suffix in (".dylib", ".dll") or ".so" in (file.suffix, *file.suffixes)
    )
