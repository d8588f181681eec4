"""The fenced blocks of a document, and what is to be done with each.

- `sh`: commands, run in order in the repository of the page. One whose first line is
  `# not run here: REASON` is shown and not run; who may say so is a list in a test.
- `text` right after commands: what they print. Every line must come, in that order; `…` stands for
  anything, and a line that is only `…` for nothing in particular.
- `toml`, `python` and others whose first line is `# PATH`: a file. Python files (BUILD) are written, TOML files
  get what the block says beside what they have.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent
from typing import Optional

_FENCE = re.compile(r"^( *)```([a-z]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_NOT_RUN = re.compile(r"# not run here: (.+)")
_PATH = re.compile(r"^# ((?:[\w.-]+/)*(?:BUILD|[\w.-]+\.(?:toml|py|rs|yml)))$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Args:
        line: of the page, where its content starts, counted from 1.
        language: after the fence, "" for none.
        expects: the lines of the output that follows commands, None where the page shows none.
    """

    line: int
    language: str
    text: str
    expects: Optional[tuple[str, ...]] = None

    @property
    def not_run(self) -> Optional[str]:
        """Why these commands are not run, None for those that are."""
        found = _NOT_RUN.match(self.text)
        return found[1] if found else None

    @property
    def is_performed(self) -> bool:
        """Whether a test does what the block says: runs it, or writes it and has Pants read it."""
        if self.language == "sh":
            return self.not_run is None
        return bool(self.files)

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """The files that the block is, by path and content."""
        heads = list(_PATH.finditer(self.text))
        if self.language == "sh" or not heads or heads[0].start() != 0:
            return ()
        ends = [*(head.start() for head in heads[1:]), len(self.text)]
        return tuple(
            (head[1], self.text[head.end() : end].strip("\n") + "\n")
            for head, end in zip(heads, ends)
        )


def blocks(page: str) -> tuple[Block, ...]:
    """The blocks of a page, in order; the output of commands is part of the commands."""
    found: list[Block] = []
    for fence in _FENCE.finditer(page):
        line = page.count("\n", 0, fence.start()) + 2
        block = Block(line, fence[2], dedent(fence[3]))
        if block.language == "text" and found and found[-1].language == "sh":
            commands = found.pop()
            expects = tuple(each for each in block.text.splitlines() if each.strip(" …"))
            block = Block(commands.line, "sh", commands.text, expects)
        found.append(block)
    return tuple(found)


def missing_line(expects: tuple[str, ...], output: str) -> Optional[str]:
    """The first expected line that does not come, in order, in an output; None when all do."""
    lines = iter(output.splitlines())
    for expected in expects:
        pattern = re.compile(".*".join(map(re.escape, expected.strip().split("…"))))
        if not any(pattern.fullmatch(line.strip()) for line in lines):
            return expected
    return None
