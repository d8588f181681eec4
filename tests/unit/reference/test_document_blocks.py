"""Which commands of the documents are run by the tests, and which are not and why."""

from __future__ import annotations

import re
from collections import Counter
from typing import Optional

import pytest
from document_blocks import blocks, missing_line
from markdown_pages import PAGES, read

#: Commands and files that are shown and not performed: why, and how many of them a page has. Every other is
#: performed by `tests/e2e/test_documents_run.py`.
NOT_RUN = {
    ("CONTRIBUTING.md", "sh", ".ci/run runs the like, which runs this test"): 1,
    ("CONTRIBUTING.md", "sh", "a test compares what it writes"): 1,
    ("CONTRIBUTING.md", "sh", "tests/e2e/test_distribution.py does the like"): 1,
    ("README.md", "sh", "a test of its own does it in a clone"): 1,
    ("README.md", "toml", "tests/e2e/test_unrelated_repository.py starts from it"): 1,
    ("docs/how-to/check-before-release.md", "yaml", "it asks the real registries"): 2,
    ("docs/how-to/cibuildwheel-rows.md", "sh", "it is for a job of your own workflow"): 2,
    ("docs/how-to/pgo-rows.md", "sh", "it needs the llvm-profdata of rustc's own LLVM"): 1,
    ("docs/how-to/recover-a-release.md", "sh", "it speaks to the real registries"): 2,
    (
        "docs/how-to/release-in-ci.md",
        "yaml",
        "tests/unit/publishing/test_release_on_gitlab.py has such a job",
    ): 1,
    ("docs/how-to/shared-cache.md", "toml", "there is no such server"): 1,
    ("docs/how-to/shared-cache.md", "yaml", "tests/e2e/test_remote_cache.py has such a server"): 1,
}
#: What a block says that is neither.
_SHOWN = ("json", "mermaid", "text")


def test_every_command_and_file_is_performed_or_known_with_its_reason() -> None:
    others = Counter(
        (page, block.language, block.not_run)
        for page in PAGES
        for block in blocks(read(page))
        if block.language not in _SHOWN and not block.is_performed
    )
    # Only commands can say so themselves.
    expected: Counter[tuple[str, str, Optional[str]]] = Counter()
    for (page, language, reason), count in NOT_RUN.items():
        expected[page, language, reason if language == "sh" else None] += count
    assert others == expected


def commands() -> list[str]:
    """Every command line of a page that starts Pants, those in workflows too, one string each."""
    found = []
    for page in PAGES:
        for block in blocks(read(page)):
            if block.language in ("sh", "yaml"):
                text = block.text.replace("\\\n", " ")
                found += re.findall(
                    r"^\s*(?:\./)?pants (.*?)(?:  +#.*|\s*\|.*)?$", text, re.MULTILINE
                )
    return found


def option_names(scope: str) -> set[str]:
    """The options of a scope as they are written on a command line."""
    page = read("docs/reference/options.md")
    found = re.search(
        rf"^## `{re.escape(scope)}`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL
    )
    assert found is not None, f"there is no {scope}"
    return {name.replace("_", "-") for name in re.findall(r"^\| `(\w+)`", found[1], re.MULTILINE)}


def test_commands_that_are_not_run_name_goals_and_options_that_exist() -> None:
    found = commands()
    assert any("--prove" in command for command in found)
    for command in found:
        goal = re.search(r"(?<!\S)((?:release|build)[a-z-]*)(?!\S)", command)
        for option in re.findall(r"--([a-z-]+)", command):
            if option.startswith("cratewheel-"):
                assert option[len("cratewheel-") :] in option_names("[cratewheel]"), command
            elif goal is not None:
                assert option in option_names(f"pants {goal[1]}"), command


@pytest.mark.parametrize("page", PAGES)
def test_commands_are_marked_as_commands(page: str) -> None:
    languages = {block.language for block in blocks(read(page))}
    assert languages <= {"sh", "text", "toml", "python", "yaml", "json", "mermaid", "rust"}
    fences = re.findall(r"^ *```", read(page), re.MULTILINE)
    with_output = sum(block.expects is not None for block in blocks(read(page)))
    assert len(fences) == 2 * (len(blocks(read(page))) + with_output)


def test_output_is_compared_line_by_line_with_gaps() -> None:
    output = "a 1\n  b 22 c\nd\n"
    assert missing_line(("a …", "b … c", "d"), output) is None
    assert missing_line(("b … c", "a 1"), output) == "a 1"
    assert missing_line(("b",), output) == "b"


PAGE = """
Text

```sh
pants list ::
```

prints

```text
one
…
```

- an item

  ```toml
  # pants.toml
  [cratewheel]
  order = "wheels-first"
  ```

```python
# a/BUILD
crate_package()

# b/BUILD
crate_package(publish=True)
```

```sh
# not run here: it publishes
pants release ::
```
"""


def test_blocks_are_read() -> None:
    commands, settings, targets, publishing = blocks(PAGE)
    assert (commands.text, commands.expects, commands.line) == ("pants list ::\n", ("one",), 5)
    assert settings.files == (("pants.toml", '[cratewheel]\norder = "wheels-first"\n'),)
    assert targets.files == (
        ("a/BUILD", "crate_package()\n"),
        ("b/BUILD", "crate_package(publish=True)\n"),
    )
    assert publishing.not_run == "it publishes"
