"""The lab's own API fails: its block has no witness, and the next one gets a new upstream."""

import contextlib
import http.server
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.case import Case
from tests.faults.fault import fault

pytestmark = pytest.mark.slow

# Put into a target: how it finds the upstream of this lab and does something to it.
SIGNALS = """
import signal

def to_upstream(number):
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = open(f"/proc/{entry}/cmdline").read()
            if "bench.upstream.server" in words and "keeper" not in words:
                if os.readlink(f"/proc/{entry}/cwd") == os.path.dirname(FAULT):
                    os.kill(int(entry), number)
        except OSError:
            continue

def answer(self, number):
    body = upstream()
    if number == BEFORE_LOAD + 5 and os.path.exists(FAULT):
        to_upstream(signal.NAME)
    self.reply(200, body)
Handler.answer = answer
"""


@fault(
    "upstream",
    "It dies",
    code=1,
    sees="""FAILED: the upstream was lost while bad was loaded at ...: nobody counted the calls. See
    results/.../upstream.log.""",
    resume="measures its blocks again",
)
def test_dies(case: Case) -> None:
    case.targets(SIGNALS.replace("NAME", "SIGKILL"))
    case.check(case.compare())
    assert sum("-good-" in name for name in case.samples) == 4
    case.mend()
    case.resume(left=2)


@fault(
    "upstream",
    "It hangs",
    code=1,
    sees="""FAILED: the upstream did not answer within 1 s and was stopped. See
    results/.../upstream.log.""",
    resume="measures its blocks again",
)
def test_hangs(case: Case) -> None:
    case.targets(SIGNALS.replace("NAME", "SIGSTOP"))
    case.patch("bench/upstream/client.py", "REPLY_TIMEOUT_S = 5.0", "REPLY_TIMEOUT_S = 1.0")
    case.check(case.compare())
    assert [name for name in case.samples if "-bad-" in name] == []
    assert sum("-good-" in name for name in case.samples) == 4
    case.mend()
    case.resume(left=2)


@fault(
    "upstream",
    "It resets connections",
    code=1,
    sees="""bad at 40/10: ... of 80 requests failed. It happened in every round, most often with:
    Get ...""",
    resume="finds nothing left: the failed requests were measured, and are told",
)
def test_resets_connections(case: Case) -> None:
    case.targets()
    case.patch(
        "bench/upstream/server.py",
        "        asked_s = self._witness.arrived(self._number, first=not self._used)\n",
        "        asked_s = self._witness.arrived(self._number, first=not self._used)\n"
        # Of each sample the first few, and not the last: it is what the target is asked after.
        "        if 5 <= self._witness._calls < 15 and Path(MARKER).exists():\n"
        "            self._witness.in_flight -= 1\n"
        "            self._transport.abort()\n"
        "            return\n",
    )
    case.check(case.compare())
    assert len(case.samples) == 8
    case.nothing_left()


def cut_of(log: bytes) -> tuple[int, bytes]:
    """How much a log says that it lacks, and the line that says so."""
    (found,) = re.finditer(rb"\n\[\.\.\. ([\d,]+) bytes left out \.\.\.\]\n", log)
    return int(found[1].replace(b",", b"")), found[0]


@fault(
    "upstream",
    "It prints without end",
    code=0,
    sees="The page: results/.../index.html",
    resume="finds nothing left: what it printed is cut to its beginning and its end",
)
def test_prints_without_end(case: Case) -> None:
    """More than a log may hold in each sample: it is cut several times while the run goes on."""
    case.targets()
    case.patch(
        "bench/upstream/server.py",
        "        asked_s = self._witness.arrived(self._number, first=not self._used)\n",
        "        asked_s = self._witness.arrived(self._number, first=not self._used)\n"
        "        if Path(MARKER).exists():\n"
        "            with Path(MARKER).open('a') as printed:\n"
        "                printed.write('x')\n"
        "                line = f'call {printed.tell()}: '.encode()\n"
        "            os.write(2, line + b'x' * (1_000_000 - len(line) - 1) + b'\\n')\n",
    )
    case.patch("bench/upstream/server.py", "import itertools\n", "import itertools\nimport os\n")
    case.patch("bench/process/log.py", "MOST_BYTES = 32_000_000", "MOST_BYTES = 8_000_000")
    case.check(case.compare())
    calls = case.marker.stat().st_size
    assert calls >= 8 * 20
    log = (case.lab.latest / "upstream.log").read_bytes()
    assert len(log) < 9_000_000
    first, (said, mark), last = log[:1_000_000], cut_of(log), log[-1_000_000:]
    assert first.startswith(b"call 1: x")
    assert last.startswith(f"call {calls}: x".encode())
    # What it prints in the very moment of a cut may be lost.
    assert said == pytest.approx(calls * 1_000_000 - (len(log) - len(mark)), rel=0.05)
    case.nothing_left()


@fault(
    "upstream",
    "Its certificate expires",
    code=1,
    sees="""FAILED: bad answered none of ... requests at .... Last lines of
    results/.../logs/bad-r1.log: ... certificate has expired""",
    resume="measures its blocks again, with a new certificate, as each block after a failure has",
)
def test_certificate_expires(case: Case) -> None:
    case.targets(
        """
        def answer(self, number):
            if number > BEFORE_LOAD and os.path.exists(FAULT):
                while time.time() < float(open(FAULT).read()):
                    time.sleep(0.01)
            self.reply(200, upstream())
        Handler.answer = answer
        """
    )
    case.patch(
        "bench/upstream/trust.py",
        'authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)',
        "import datetime, time\n"
        "    soon = None\n"
        "    if Path(MARKER).exists():\n"
        "        soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=6)\n"
        "        Path(MARKER).write_text(str(time.time() + 7))\n"
        '    certificate = authority.issue_cert("127.0.0.1", "localhost", not_after=soon)\n'
        "    certificate.configure_cert(context)",
    )
    case.check_and_resume(case.compare(), left=2)


@fault(
    "upstream",
    "It is slow to accept",
    code=0,
    sees="""The upstream answered late in every round: one call in 20 took at least ... ms longer
    than asked""",
    resume="finds nothing left: the block was measured, and is not ranked",
)
def test_slow_to_accept(case: Case) -> None:
    case.targets()
    case.patch(
        "bench/upstream/server.py",
        "    def connection_made(self, transport: asyncio.BaseTransport) -> None:\n",
        "    def connection_made(self, transport: asyncio.BaseTransport) -> None:\n"
        "        if Path(MARKER).exists():\n"
        "            time.sleep(0.02)\n",
    )
    case.check(case.compare())
    assert len(case.samples) == 8
    case.nothing_left()


@contextlib.contextmanager
def real_api(*, endless: bool = False) -> Iterator[str]:
    """The URL of an API in place of the lab's, with a key in it; one may send for ever."""
    over = threading.Event()

    class Api(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"1")
            with contextlib.suppress(OSError):
                while endless and not over.wait(0.02):
                    self.wfile.write(b"1")

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/todos/1?key=secret"
        finally:
            over.set()
            server.shutdown()
            thread.join()


@fault(
    "upstream",
    "A real one in its place (`--upstream`) sends for ever",
    code=2,
    sees="""--upstream http://127.0.0.1:.../todos/1?...: no JSON came from it: no whole answer
    within 1 s""",
    resume="has nothing to go on with: no run had begun",
)
def test_real_one_sends_for_ever(case: Case) -> None:
    case.targets()
    case.patch("bench/upstream/real.py", "FETCH_TIMEOUT_S = 20.0", "FETCH_TIMEOUT_S = 1.0")
    with real_api(endless=True) as url:
        case.check(case.compare("--upstream", url))
    case.nothing_begun()


@fault(
    "upstream",
    "A real one in its place has a key in its URL, and the target prints that and fails",
    code=1,
    sees="""FAILED: bad answered with status 500 in place of 200. ... Last lines of
    results/.../logs/bad-r1.log: cannot ask http://127.0.0.1:.../todos/1?...""",
    resume="measures its blocks again, where the URL is given again",
)
def test_key_of_real_one(case: Case) -> None:
    case.targets(
        """
        def answer(self, number):
            fails = os.path.exists(FAULT)
            if fails:
                print("cannot ask", os.environ["UPSTREAM_URL"], flush=True)
            self.reply(500 if fails else 200, upstream())
        Handler.answer = answer
        """
    )
    with real_api() as url:
        result = case.compare("--upstream", url)
        case.check(result)
        assert "secret" not in result.out + result.err
        files = [path for path in case.lab.latest.rglob("*") if path.is_file()]
        assert case.lab.latest / "logs" / "bad-r1.log" in files
        assert [path for path in files if b"secret" in path.read_bytes()] == []
        case.mend()
        result = case.lab.run("compare", "--resume", "latest", "--upstream", url)
        assert (result.code, result.err) == (0, ""), result.out
        assert len(case.check_samples()) == 8


@fault(
    "upstream",
    "A real one in its place has a key in its URL, the target prints that, and the bench is killed",
    code=-9,
    sees="",
    resume="""measures what is left, where the URL is given again, and takes the key out of the log
    that still has it""",
)
def test_key_of_real_one_in_the_log_of_a_killed_run(case: Case) -> None:
    case.targets(
        """
        def answer(self, number):
            if os.path.exists(FAULT):
                print("asks", os.environ["UPSTREAM_URL"], flush=True)
            self.reply(200, upstream())
        Handler.answer = answer
        """
    )
    case.patch(
        "lab/files/folder.py",
        "        partial.replace(path)\n",
        "        if path.name.startswith('r1-bad-') and Path(MARKER).exists():\n"
        "            os.kill(os.getpid(), 9)\n"
        "        partial.replace(path)\n",
    )
    with real_api() as url:
        case.check(case.compare("--upstream", url))
        assert b"secret" in (case.lab.latest / "logs" / "bad-r1.log").read_bytes()
        case.mend()
        result = case.lab.run("compare", "--resume", "latest", "--upstream", url)
        assert (result.code, result.err) == (0, ""), result.out
    files = [path for path in case.lab.latest.rglob("*") if path.is_file()]
    assert [path for path in files if b"secret" in path.read_bytes()] == []
    assert b"asks http" in (case.lab.latest / "logs" / "bad-r1.log").read_bytes()


@fault(
    "upstream",
    "A real one in its place is called by its address, and nginx is to call it too (`--reference`)",
    code=2,
    sees="""--reference with --upstream at 192.0.2.7: nginx looks for no address in a certificate,
    and would refuse that of this API. Give the name of its host in the URL, or leave out
    --reference.""",
    resume="has nothing to go on with: no run had begun",
)
def test_real_one_at_an_address(case: Case) -> None:
    case.targets()
    case.check(case.compare("--reference", "--upstream", "https://192.0.2.7/todos/1"))
    case.nothing_begun()
