"""A real nginx beside a target: measured as targets are, shown beside them, and gone at the end."""

import os
import time

import pytest

from bench.plan.blocks import make_plan
from bench.reference.nginx import find
from bench.tools.nginx import how_to_install, nginx_version
from lab.condition import conditions_at
from lab.level import Level
from tests.support.lab import Lab, processes_of, wait_until

pytestmark = pytest.mark.skipif(not find(), reason=f"no nginx. {how_to_install()}")

# Its connections are kept open, as nginx's are.
POOLED = """
import http.client, urllib.parse
local = threading.local()

def answer(self, number):
    url = urllib.parse.urlsplit(os.environ["UPSTREAM_URL"])
    if not hasattr(local, "api"):
        local.api = http.client.HTTPSConnection(url.hostname, url.port, context=TRUST)
    local.api.request("GET", url.path)
    self.reply(200, local.api.getresponse().read())
Handler.answer = answer
"""


@pytest.mark.slow
def test_it_is_measured_as_a_target_is_and_never_ranked(lab: Lab) -> None:
    lab.add("one", POOLED)
    result = lab.compare("--reference", "--seed", "1")

    assert (result.code, result.err) == (0, "")
    run, summary = lab.read("run.json"), lab.read("summary.json")
    assert [block["error"] for block in run["blocks"]] == [None] * 2
    described = run["targets"]["nginx"]
    assert (described["reference"], described["versions"]) == (True, {"nginx": nginx_version()})
    assert run["targets"]["one"]["reference"] is False
    assert summary["targets"]["nginx"]["reference"] is True
    (sample,) = (sample for sample in lab.samples() if sample["target"] == "nginx")
    assert (sample["statuses"], sample["errors"]) == ([200] * 40, {})
    assert sample["upstream"]["calls"] == 40
    # Pooled: the warm-up has opened nearly all that there are.
    assert sample["upstream"]["connections_new"] < 10
    assert sample["body_bytes"] == 40 * sample["expected"]["body_bytes"] > 0
    assert sample["server_rss_bytes"] >= (sample["server_pss_bytes"] or 0)
    assert len(sample["cpu_s"]["workers"]) == 4
    (cell,) = (cell for cell in summary["cells"] if cell["target"] == "nginx")
    assert (cell["ranked"], cell["errors"], cell["sent"]) == (False, 0, 40)
    assert cell["rps"]["value"] > 0
    (compared,) = (each for each in summary["comparisons"] if each["kind"] == "reference")
    assert (compared["target"], compared["baseline"]) == ("one", "nginx")
    assert "│ nginx, for reference │" in result.out
    assert "nginx, for reference" in (lab.latest / "index.html").read_text()
    assert "--only one --profile" in (lab.latest / "index.html").read_text()
    assert " --reference " in (lab.latest / "index.html").read_text()
    assert (lab.latest / "logs" / "nginx-r1.log").read_text() == ""


@pytest.mark.slow
def test_a_cut_off_run_goes_on_with_it_and_a_kill_leaves_nothing_of_it(lab: Lab) -> None:
    lab.add("one", POOLED)
    levels = conditions_at([Level(40, 10), Level(1000, 10)])
    blocks = {seed: make_plan(["one", "nginx"], levels, rounds=1, seed=seed).blocks[0]
              for seed in range(100)}  # fmt: skip
    seed = next(
        seed
        for seed, block in blocks.items()
        if (block.target, block.conditions[0]) == ("nginx", levels[0])
    )
    process = lab.start(
        "compare", "--profile", "quick.toml", "--no-control", "--reference",
        "--levels", "40/10,1000/10", "--seed", str(seed),
    )  # fmt: skip
    wait_until(process, "nginx  40/10")
    assert any("nginx: master process" in words for words in processes_of(lab.root))
    process.kill()
    process.communicate(timeout=20)
    deadline_s = time.monotonic() + 2
    while processes_of(lab.root) and time.monotonic() < deadline_s:
        os.sched_yield()
    assert processes_of(lab.root) == []

    result = lab.run("compare", "--resume", "latest")

    assert (result.code, result.err) == (0, "")
    assert {block["target"] for block in lab.read("run.json")["blocks"]} == {"one", "nginx"}
    assert "nginx, for reference" in result.out
