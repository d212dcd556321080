"""A run whose parts are pinned: real processes on the CPUs that were chosen."""

import json
import os
import sys

import pytest

from tests.support.lab import Lab

# Asked under load: which CPUs the processes of this run may use. It is found by their command
# lines, the keepers' among them, and by descent.
LOOK = """
def affinities():
    found = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = open(f"/proc/{entry}/cmdline").read()
            cpus = sorted(os.sched_getaffinity(int(entry)))
            folder = os.readlink(f"/proc/{entry}/cwd")
        except OSError:
            continue
        for part, text in PARTS.items():
            if text in words and folder.startswith(LAB) and cpus not in found.setdefault(part, []):
                found[part].append(cpus)
    return found

LAB = os.path.dirname(os.path.dirname(os.getcwd()))
PARTS = {
    "load": f"http://{HOST}:{PORT}/",
    "upstream": "bench.upstream.server",
    "server": "server.py",
    "bench": "bench\\0compare",
}

def answer(self, number):
    if number == BEFORE_LOAD + 5:
        print(json.dumps(affinities()), flush=True)
    self.reply(200, upstream())
Handler.answer = answer
"""


def cpus_seen(lab: Lab) -> dict[str, list[list[int]]]:
    """By part, the sets of CPUs that its processes had, each set once."""
    (log,) = (lab.latest / "logs").iterdir()
    seen: dict[str, list[list[int]]] = json.loads(log.read_text())
    return seen


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux pins")
@pytest.mark.quick("pinned")
@pytest.mark.parametrize("options", [(), ("--no-pin",)], ids=["pinned", "--no-pin"])
def test_each_part_runs_on_its_cpus_and_the_bench_on_all(
    lab: Lab, options: tuple[str, ...]
) -> None:
    """Two CPUs are enough to see where the parts run, if not to measure."""
    usable = sorted(os.sched_getaffinity(0))
    first, last = usable[0], usable[-1]
    cores = lab.root / "bench" / "machine" / "pinning.py"
    text = cores.read_text()
    chosen = f"    return Cores(({first},), ({last},), ({last},))\n"
    cores.write_text(text.replace("    cpus = os.sched_getaffinity(0)\n", chosen, 1))
    assert chosen in cores.read_text()
    lab.add("one", LOOK)
    result = lab.compare(*options)
    assert (result.code, result.err) == (0, "")
    page = (lab.latest / "index.html").read_text()
    if options:
        assert cpus_seen(lab) == {
            part: [usable] for part in ("load", "upstream", "server", "bench")
        }
        assert lab.read("run.json")["pinned"] is None
        assert "Load, upstream and servers shared the machine (" in page
    else:
        assert cpus_seen(lab) == {
            "load": [[first]], "upstream": [[last]], "server": [[last]], "bench": [usable]
        }  # fmt: skip
        assert lab.read("run.json")["pinned"] == {
            "load": [first], "upstream": [last], "server": [last]
        }  # fmt: skip
        assert (
            "Load, upstream and servers ran on CPUs of their own: "
            f"load on {first}; upstream on {last}; servers on {last}." in page
        )
