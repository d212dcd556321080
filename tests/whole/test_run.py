"""`python -m bench` with targets that fail in known ways: real servers, real hey, real upstream."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.lab import Lab, sound

FAILS_ALWAYS = """
def answer(self, number):
    self.reply(500, b"{}")
Handler.answer = answer
"""


def cells(lab: Lab) -> dict[str, Any]:
    return {cell["target"]: cell for cell in lab.read("summary.json")["cells"]}


def test_a_good_run_leaves_what_the_design_says(lab: Lab) -> None:
    lab.add("one")
    lab.add("two", parent="one", change="nothing")
    result = lab.compare("--baseline", "one", "--rounds", "2", "--seed", "7")
    assert (result.code, result.err) == (0, "")
    assert sorted(path.name for path in lab.latest.iterdir()) == [
        "index.html", "logs", "run.json", "samples", "summary.json", "summary.md", "upstream.log",
    ]  # fmt: skip
    assert sorted(path.name for path in (lab.latest / "samples").iterdir()) == [
        "r1-one-40x10.json", "r1-two-40x10.json", "r2-one-40x10.json", "r2-two-40x10.json",
    ]  # fmt: skip
    run = lab.read("run.json")
    assert (run["complete"], run["rounds"]) == (True, {"asked": 2, "done": 2})
    assert (run["seed"], run["profile"]["name"], run["upstream"]) == (7, "quick", "lab")
    assert 0 < run["load_share"] < 1
    assert [block["error"] for block in run["blocks"]] == [None] * 4
    for sample in lab.samples():
        assert sample["schema"] == 1
        assert sample["engine"] == "hey"
        assert sample["argv"][:5] == ["hey", "-n", "40", "-c", "10"]
        assert (sample["sent"], sample["statuses"], sample["errors"]) == (40, [200] * 40, {})
        assert len(sample["latencies_s"]) == len(sample["offsets_s"]) == 40
        assert len(sample["connect_s"]) == len(sample["read_s"]) == 40
        assert (sample["upstream"]["calls"], sample["upstream"]["connections"]) == (40, 40)
        assert 1 <= sample["upstream"]["in_flight_max"] <= 10
        assert sample["upstream"]["asked_mean_s"] == pytest.approx(0.005)
        assert sample["expected"]["upstream_calls"] == 1
        assert sample["body_bytes"] == 40 * sample["expected"]["body_bytes"]
        assert sample["cpu_s"]["server"] > 0
        assert sample["cpu_s"]["load"] > 0
        assert sample["server_rss_bytes"] > 0
        assert sample["wall_s"] >= max(sample["latencies_s"])
    assert {name: cell["errors"] for name, cell in cells(lab).items()} == {"one": 0, "two": 0}
    assert str(lab.latest.relative_to(lab.root)) in result.out
    assert "The page: results/" in result.out


@pytest.mark.slow
def test_the_same_seed_gives_the_same_order(lab: Lab) -> None:
    lab.add("one")
    lab.add("two")
    orders = []
    for _ in range(2):
        lab.compare("--seed", "3", "--levels", "20/10,10/10")
        orders.append(lab.read("run.json")["plan"]["blocks"])
    assert orders[0] == orders[1]


def test_one_failing_request_in_twenty_is_counted_and_not_ranked(lab: Lab) -> None:
    lab.add(
        "flaky",
        """
        def answer(self, number):
            self.reply(500 if number > BEFORE_LOAD and number % 20 == 0 else 200, upstream())
        Handler.answer = answer
        """,
    )
    lab.add("good")
    result = lab.compare("--baseline", "good")
    assert result.code == 1
    flaky, good = cells(lab)["flaky"], cells(lab)["good"]
    assert (flaky["sent"], flaky["ok"], flaky["errors"], flaky["ranked"]) == (40, 38, 2, False)
    assert (good["sent"], good["ok"], good["errors"], sound(good)) == (40, 40, 0, True)
    ratios = [c["ratio"] for c in lab.read("summary.json")["comparisons"]]
    assert ratios == [None, None, None]


@pytest.mark.slow
def test_dropped_connections_are_errors_and_never_latencies(lab: Lab) -> None:
    lab.add(
        "drops",
        """
        def answer(self, number):
            if number > BEFORE_LOAD and number % 4 == 0:
                self.connection.shutdown(2)
            else:
                self.reply(200, upstream())
        Handler.answer = answer
        """,
    )
    assert lab.compare().code == 1
    (sample,) = lab.samples()
    assert sample["sent"] == 40
    failed = sum(sample["errors"].values())
    assert failed > 0
    assert len(sample["latencies_s"]) == 40 - failed
    assert cells(lab)["drops"]["errors"] == failed


@pytest.mark.quick("a cache")
@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            """
            kept = upstream()
            def answer(self, number):
                self.reply(200, upstream() if number == 1 else kept)
            Handler.answer = answer
            """,
            "Round 1: The upstream counted 0 calls where 40 requests should make 40.",
        ),
        (
            """
            def answer(self, number):
                if number > BEFORE_LOAD:
                    upstream()
                self.reply(200, upstream())
            Handler.answer = answer
            """,
            "Round 1: The upstream counted 80 calls where 40 requests should make 40.",
        ),
        (
            """
            Handler.answer = lambda self, number: self.reply(
                200, upstream() if number <= BEFORE_LOAD else upstream()[:2])
            """,
            "Round 1: 80 bytes were answered where 40 answers like the checked one have ",
        ),
    ],
    ids=["a cache", "two calls", "another body"],
)
def test_a_target_that_does_otherwise_under_load_than_when_checked_cannot_win(
    lab: Lab, code: str, message: str
) -> None:
    lab.add("sly", code)
    lab.add("good")
    result = lab.compare("--baseline", "good")
    assert result.code == 1
    assert not cells(lab)["sly"]["ranked"]
    (finding,) = [f for f in cells(lab)["sly"]["findings"] if f["code"] == "counts_disagree"]
    assert finding["message"].startswith(message)
    assert "good served most" in result.out
    assert f"sly at 40/10: {finding['message']}" in " ".join(result.out.split())


@pytest.mark.slow
def test_a_pooled_target_is_warmed_up_until_it_opens_no_more_connections(lab: Lab) -> None:
    lab.add(
        "pooled",
        """
        import http.client
        host = os.environ["UPSTREAM_URL"].split("/")[2]
        local = threading.local()
        def upstream():
            if not hasattr(local, "connection"):
                local.connection = http.client.HTTPSConnection(host, context=TRUST)
            local.connection.request("GET", "/todos/1")
            return local.connection.getresponse().read()
        from concurrent.futures import ThreadPoolExecutor
        pool = ThreadPoolExecutor(4)
        Handler.answer = lambda self, number: self.reply(200, pool.submit(upstream).result())
        """,
    )
    lab.add("unpooled")
    lab.compare("--baseline", "unpooled")
    passes = {b["target"]: b.get("warm_up_passes") for b in lab.read("run.json")["blocks"]}
    assert passes["unpooled"] == 2
    assert passes["pooled"] in (2, 3)
    (sample,) = [s for s in lab.samples() if s["target"] == "pooled"]
    assert sample["upstream"]["connections"] <= 4
    assert sample["upstream"]["connections_new"] == 0


@pytest.mark.quick("status")
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            'print("cannot find the flux", flush=True); sys.exit(3)',
            ["bad stopped before it was ready (exit code 3). Last lines of results/",
             "cannot find the flux"],
        ),
        (FAILS_ALWAYS, ["bad answered with status 500 in place of 200."]),
        (
            'Handler.answer = lambda self, number: self.reply(200, upstream(), "text/html")',
            ["bad answered with content type 'text/html' in place of 'application/json'."],
        ),
        (
            "Handler.answer = lambda self, number: (upstream(), self.reply(200, b'{\"id\": 2}'))",
            ["bad answered '{\"id\": 2}' in place of the upstream's {\"userId\": 1, "],
        ),
        (
            """
            BODY = {"userId": 1, "id": 1, "title": "delectus aut autem", "completed": False}
            Handler.answer = lambda self, number: self.reply(200, json.dumps(BODY).encode())
            """,
            ["bad answered one request with 0 calls to the upstream; its [tool.bench] says 1"],
        ),
        (
            "Handler.answer = lambda self, number: (upstream(), self.reply(200, upstream()))",
            ["bad answered one request with 2 calls to the upstream"],
        ),
        ('HOST = "0.0.0.0"', ["bad listens on 0.0.0.0, beyond the loopback.", "{host}"]),
        (
            """
            def answer(self, number):
                if number == BEFORE_LOAD + 5:
                    print("out of memory", flush=True)
                    os._exit(9)
                self.reply(200, upstream())
            Handler.answer = answer
            """,
            ["bad stopped (exit code 9). Last lines of results/", "out of memory"],
        ),
        (
            """
            def answer(self, number):
                if number > 1:
                    self.connection.shutdown(2)
                else:
                    self.reply(200, upstream())
            Handler.answer = answer
            """,
            ["bad: none of 10 requests of the warm-up was answered. hey says: Get "],
        ),
    ],
    ids=[
        "exits early", "status", "content type", "body", "no call", "two calls",
        "beyond the loopback", "dies under load", "answers only the check",
    ],
)  # fmt: skip
def test_a_target_that_fails_is_named_with_the_reason_and_stops_no_other(
    lab: Lab, code: str, words: list[str]
) -> None:
    lab.add("bad", code)
    lab.add("good")
    result = lab.compare("--baseline", "good")
    assert (result.code, result.err) == (1, "")
    for word in words:
        assert word in result.out
    assert sound(cells(lab)["good"])
    bad = cells(lab)["bad"]
    assert not bad["ranked"]
    (message,) = [f["message"] for f in bad["findings"] if f["code"] == "block_failed"]
    assert words[0].split(" Last lines")[0] in message
    assert lab.read("run.json")["complete"] is True


@pytest.mark.slow
def test_a_server_that_never_listens_is_given_up(lab: Lab) -> None:
    server = lab.root / "bench" / "serving" / "server.py"
    server.write_text(server.read_text().replace("START_TIMEOUT_S = 30.0", "START_TIMEOUT_S = 1.0"))
    lab.add("mute", "time.sleep(600)")
    result = lab.compare()
    assert result.code == 1
    assert "mute did not listen on port " in result.out
    assert "within 1 s. It printed nothing to results/" in result.out


def test_a_server_that_is_not_installed_is_named(lab: Lab) -> None:
    lab.add("absent", serve="no-such-server --port {port}")
    result = lab.compare()
    assert result.code == 1
    assert "absent: 'no-such-server' is not installed in its environment." in result.out


@pytest.mark.slow
def test_an_upstream_that_dies_fails_its_block_and_is_started_again(lab: Lab) -> None:
    """It is killed by the first target, which stands for whatever kills it."""
    killer = """
    def answer(self, number):
        body = upstream()
        if number == BEFORE_LOAD + 20:
            for entry in os.listdir("/proc"):
                try:
                    words = open(f"/proc/{entry}/cmdline").read()
                    here = os.readlink(f"/proc/{entry}/cwd") == "FOLDER"
                except OSError:
                    continue
                if "bench.upstream.server" in words and here:
                    os.kill(int(entry), 9)
        self.reply(200, body)
    Handler.answer = answer
    """.replace("FOLDER", str(lab.root))
    lab.add("killer", killer)
    lab.add("other")
    result = lab.compare("--baseline", "other", "--rounds", "2")
    assert result.code == 1
    blocks = {(b["target"], b["round"]): b["error"] for b in lab.read("run.json")["blocks"]}
    assert [blocks["other", 1], blocks["other", 2]] == [None, None]
    assert sound(cells(lab)["other"])
    assert not cells(lab)["killer"]["ranked"]
    witnesses = [s["upstream"] for s in lab.samples() if s["target"] == "killer"]
    assert witnesses == [None, None]


@pytest.mark.slow
def test_an_environment_that_was_cut_off_is_made_anew(lab: Lab) -> None:
    """Uv takes a package for installed whose metadata was there before it was cut off."""
    lab.add("one")
    assert lab.compare().code == 0
    folder = lab.root / ".envs" / "one"
    (folder / "whole").unlink()
    (folder / "bin" / "python").unlink()
    assert lab.compare().code == 0
    assert (folder / "whole").read_text().startswith(sys.version)


def test_a_lock_of_the_labs_that_lacks_a_hash_is_not_installed(lab: Lab) -> None:
    lab.add("one")
    (lab.root / "targets" / "one" / "requirements.txt").write_text("six==1.17.0\n")
    done = lab.compare()
    assert done.code == 3
    assert "uv could not install targets/one/requirements.txt" in done.err
    assert "hash" in done.err


@pytest.mark.slow
def test_an_answer_that_never_ends_is_given_up(lab: Lab) -> None:
    check = lab.root / "bench" / "serving" / "verify.py"
    check.write_text(check.read_text().replace("ANSWER_TIMEOUT_S = 30.0", "ANSWER_TIMEOUT_S = 1.5"))
    lab.add(
        "drip",
        """
        def answer(self, number):
            upstream()
            self.send_response(200)
            self.send_header("content-length", "1000000")
            self.end_headers()
            while True:
                self.wfile.write(b" ")
                time.sleep(0.2)
        Handler.answer = answer
        """,
    )
    result = lab.compare()
    assert result.code == 1
    assert "drip gave no answer within 1.5 s." in result.out


@pytest.mark.slow
def test_headers_that_never_end_are_given_up(lab: Lab) -> None:
    """Each read is quick, and nothing but the whole of it takes too long."""
    check = lab.root / "bench" / "serving" / "verify.py"
    check.write_text(check.read_text().replace("ANSWER_TIMEOUT_S = 30.0", "ANSWER_TIMEOUT_S = 1.5"))
    lab.add(
        "continues",
        """
        def answer(self, number):
            while True:
                self.wfile.write(b"HTTP/1.1 100 Continue\\r\\n\\r\\n")
                time.sleep(0.1)
        Handler.answer = answer
        """,
    )
    result = lab.compare()
    assert result.code == 1
    assert "continues gave no answer within 1.5 s." in result.out


@pytest.mark.slow
def test_an_upstream_that_hangs_while_a_target_is_checked_is_told(lab: Lab) -> None:
    check = lab.root / "bench" / "serving" / "verify.py"
    check.write_text(check.read_text().replace("ANSWER_TIMEOUT_S = 30.0", "ANSWER_TIMEOUT_S = 1.5"))
    client = lab.root / "bench" / "upstream" / "client.py"
    client.write_text(client.read_text().replace("REPLY_TIMEOUT_S = 5.0", "REPLY_TIMEOUT_S = 1.0"))
    lab.add(
        "one",
        f"""
        def stop_upstream():
            for entry in filter(str.isdigit, os.listdir("/proc")):
                try:
                    words = open(f"/proc/{{entry}}/cmdline").read()
                    here = os.readlink(f"/proc/{{entry}}/cwd") == {str(lab.root)!r}
                except OSError:
                    continue
                if here and "bench.upstream.server" in words and "keeper" not in words:
                    os.kill(int(entry), 19)

        def answer(self, number):
            stop_upstream()
            self.reply(200, upstream())
        Handler.answer = answer
        """,
    )
    result = lab.compare()
    assert result.code == 1
    assert "FAILED: the upstream did not answer within 1 s and was stopped." in result.out


def test_a_results_folder_that_cannot_be_written_is_wrong_use(lab: Lab, tmp_path: Path) -> None:
    lab.add("one")
    (tmp_path / "file").write_text("in the way")
    result = lab.compare("--results", "file")
    assert result.code == 2
    assert result.err == (
        "file: a run cannot be written here: Not a directory. "
        "Name another folder with --results DIR.\n"
    )


def test_without_uv_or_hey_the_message_says_how_to_get_them(lab: Lab) -> None:
    lab.add("one")
    bare = Lab(lab.root, {"PATH": str(lab.root)})
    no_hey = bare.compare()
    assert no_hey.code == 3
    assert no_hey.err.startswith("hey is missing. Install it: ")
    with_hey = Lab(lab.root, {"PATH": str(Path(lab.env["PATH"].split(os.pathsep)[0]))})
    no_uv = with_hey.compare()
    assert no_uv.code == 3
    assert no_uv.err == "uv is missing. `make compare` brings it; or: pip install uv\n"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_bench_stays_small(lab: Lab) -> None:
    """Under 150 MB resident. (Not `ru_maxrss`: that begins with the parent's.)"""
    code = (
        "import re, sys; from bench.command.cli import main; code = main(sys.argv[1:]);"
        "print('peak', re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]);"
        "sys.exit(code)"
    )
    lab.add("one")
    done = subprocess.run(
        [sys.executable, "-c", code, "--profile", "quick.toml", "--levels", "1000/20"],
        cwd=lab.root, env=lab.env, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    peak_kib = int(done.stdout.rsplit("peak ", 1)[1])
    assert 10_000 < peak_kib < 150_000_000 / 1024
