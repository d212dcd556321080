"""What the servers of calibrations do; each is code for `tests.support.lab.Lab.add`.

`SOUND` is in all of them: a server that keeps its connections to the upstream and sends an
answer in one piece. (`SERVER` of `tests.support.lab` sends head and body apart, which costs 40 ms
of waiting for an acknowledgement.)
"""

import textwrap

SOUND = """
import http.client, queue, urllib.parse

API = urllib.parse.urlsplit(os.environ["UPSTREAM_URL"])
kept = queue.LifoQueue()
Handler.wbufsize = -1

def upstream():
    try:
        connection = kept.get_nowait()
    except queue.Empty:
        connection = http.client.HTTPSConnection(API.netloc, context=TRUST)
    connection.request("GET", API.path)
    body = connection.getresponse().read()
    kept.put(connection)
    return body
"""


def _with(code: str) -> str:
    return SOUND + textwrap.dedent(code)


def sleeping(sleep_s: float) -> str:
    """Sleeps `sleep_s` in each request, and prints how long that took: sleeps end late."""
    return _with(
        f"""
        def answer(self, number):
            body = upstream()
            began_s = time.monotonic()
            time.sleep({sleep_s})
            slept_s = time.monotonic() - began_s
            self.reply(200, body)
            print(f"slept {{slept_s}}", flush=True)
        Handler.answer = answer
        """
    )


def burning(cpu_s: float) -> str:
    """Spends `cpu_s` of its thread's own CPU time in each request."""
    return _with(
        f"""
        def answer(self, number):
            body = upstream()
            until_s = time.thread_time() + {cpu_s}
            while time.thread_time() < until_s:
                pass
            self.reply(200, body)
        Handler.answer = answer
        """
    )


def failing(before_load: int, every: int) -> str:
    """Fails one request in `every`."""
    return _with(
        f"""
        def answer(self, number):
            fails = number > {before_load} and number % {every} == 0
            self.reply(500 if fails else 200, upstream())
        Handler.answer = answer
        """
    )


def caching() -> str:
    """Calls the upstream once in its life."""
    return _with(
        """
        first = threading.Lock()
        known = []
        def answer(self, number):
            with first:
                if not known:
                    known.append(upstream())
            self.reply(200, known[0])
        Handler.answer = answer
        """
    )


def calling_twice(before_load: int) -> str:
    """Calls the upstream twice in each request under load, once when it is checked."""
    return _with(
        f"""
        def answer(self, number):
            if number > {before_load}:
                upstream()
            self.reply(200, upstream())
        Handler.answer = answer
        """
    )


def shortened(before_load: int) -> str:
    """Answers half of the body under load, all of it when it is checked."""
    return _with(
        f"""
        def answer(self, number):
            body = upstream()
            self.reply(200, body if number <= {before_load} else body[: len(body) // 2])
        Handler.answer = answer
        """
    )


def standing_still(at: int, pause_s: float) -> str:
    """From its request `at` on no answer leaves for `pause_s`, then all goes on."""
    return _with(
        f"""
        still_until_s = [0.0]
        def answer(self, number):
            body = upstream()
            if number == {at}:
                still_until_s[0] = time.monotonic() + {pause_s}
            while (left_s := still_until_s[0] - time.monotonic()) > 0:
                time.sleep(left_s)
            self.reply(200, body)
        Handler.answer = answer
        """
    )


def starving(at: int, count: int, pause_s: float) -> str:
    """Leaves `count` requests, from its request `at` on, waiting for `pause_s`; others go on."""
    return _with(
        f"""
        def answer(self, number):
            body = upstream()
            if {at} <= number < {at + count}:
                time.sleep({pause_s})
            self.reply(200, body)
        Handler.answer = answer
        """
    )
