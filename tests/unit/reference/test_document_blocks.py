"""Which commands of the documents are run by the tests, and which are not and why."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from document_blocks import blocks, missing_line
from markdown_pages import PAGES, read

#: Blocks that are shown and not run, by page and reason: how many. `tests/e2e/test_documents_run.py` runs all
#: others.
NOT_RUN = {
    ("CONTRIBUTING.md", ".ci/run runs the like, which runs this test"): 1,
    ("CONTRIBUTING.md", "a test compares what it writes"): 1,
    ("README.md", "a test of its own does it in a clone"): 1,
    ("docs/how-to/cibuildwheel-rows.md", "it is for a job of your own workflow"): 2,
    ("docs/how-to/recover-a-release.md", "it speaks to the real registries"): 2,
    ("docs/tutorial.md", "it takes the clone from a server"): 1,
}


def test_what_is_not_run_is_known_with_its_reason() -> None:
    found = Counter(
        (page, block.not_run)
        for page in PAGES
        for block in blocks(read(page))
        if block.language == "sh" and block.not_run is not None
    )
    assert dict(found) == NOT_RUN


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
