"""An upstream that dies and comes back: `python -m tests.targets.mortal PORT CERTIFICATE`.

The lab's own takes a new port and a new certificate each time; this one keeps both.
"""

import asyncio
import contextlib
import itertools
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import trustme

from bench.serving.server import free_port
from bench.upstream.api import PATH
from bench.upstream.server import Connection
from bench.upstream.witness import Witness
from lab.paths import ROOT

LATENCY_S = 0.005


@dataclass(frozen=True)
class Mortal:
    """`trust` is what its clients are to trust, `certificate` its own with the key."""

    port: int
    certificate: Path
    trust: Path

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}{PATH}"

    @contextlib.contextmanager
    def alive(self) -> Iterator[None]:
        """A process of it for as long as the block lasts; it ends by a KILL."""
        command = [
            sys.executable,
            "-m",
            "tests.targets.mortal",
            str(self.port),
            str(self.certificate),
        ]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == b"ready\n"
                yield
            finally:
                process.kill()


def make(folder: Path) -> Mortal:
    authority = trustme.CA()
    certificate, trust = folder / "upstream.pem", folder / "trust.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    authority.cert_pem.write_to_path(trust)
    return Mortal(free_port(), certificate, trust)


async def serve(port: int, certificate: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    witness = Witness()
    witness.begin(itertools.repeat(LATENCY_S))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(witness, loop), "127.0.0.1", port, ssl=context
    )
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
