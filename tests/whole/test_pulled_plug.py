"""A pulled plug loses no finished block: what is on the disk when, in a real run."""

import json
from pathlib import Path

import pytest

from tests.support.lab import Lab

# Put into the lab: it tells in which order things reach the disk.
TOLD = """


def _told(act: Any, say: Any) -> Any:
    def acted(*words: Any) -> None:
        act(*words)
        with open(TOLD_IN, "a") as file:
            print(*map(str, (act.__name__, *say(*words))), file=file)
    return acted


os.fsync = _told(os.fsync, lambda file: [os.readlink(f"/proc/self/fd/{file}")])
os.replace = _told(os.replace, lambda old, new: [old, new])
os.unlink = _told(os.unlink, lambda path: [path])
"""


@pytest.mark.slow
def test_samples_are_on_the_disk_before_the_line_of_their_block(lab: Lab) -> None:
    lab.add("one")
    lab.add("two")
    told = lab.root / "told"
    folder = lab.root / "lab" / "files" / "folder.py"
    code = folder.read_text().replace("import os\n", "import os\nfrom typing import Any\n", 1)
    folder.write_text(code + TOLD.replace("TOLD_IN", repr(str(told))))

    done = lab.compare("--rounds", "2", "--levels", "20/10,10/5")

    assert (done.code, done.err) == (0, "")
    run, steps = lab.latest, told.read_text().splitlines()
    lines = [at for at, step in enumerate(steps) if step == f"fsync {run / 'blocks.jsonl'}"]
    blocks = lab.read("run.json")["plan"]["blocks"]
    assert len(lines) == len(blocks) == 4
    for line, block in zip(lines, blocks, strict=True):
        for level in block["levels"]:
            name = f"r{block['round']}-{block['target']}-{level.replace('/', 'x')}.json"
            assert on_disk_at(steps, run / "samples" / name) < line
    # The lines go when the file that has all of their blocks is there for good.
    (gone,) = [at for at, step in enumerate(steps) if step == f"unlink {run / 'blocks.jsonl'}"]
    assert lines[-1] < on_disk_at(steps, run / "run.json") < gone
    assert steps[lines[0] + 1] == steps[gone + 1] == f"fsync {run}"
    assert not (run / "blocks.jsonl").exists()
    assert len(json.loads((run / "run.json").read_text())["blocks"]) == 4


def on_disk_at(steps: list[str], path: Path) -> int:
    """At which step a file was there under its name, whatever happens: the last time."""
    at = max(at for at, step in enumerate(steps) if step.endswith(f" {path}"))
    renamed = steps[at].split(" ")
    assert renamed[0] == "replace"
    assert renamed[1].startswith(f"{path.parent}/.{path.name}.")
    assert steps[at - 1] == f"fsync {renamed[1]}"
    assert steps[at + 1] == f"fsync {path.parent}"
    return at + 1
