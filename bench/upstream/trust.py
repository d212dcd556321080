"""The certificates of a run: a CA that lives as long as the upstream, and what servers trust."""

import ssl
from pathlib import Path

import certifi
import trustme

from lab.files.profile import Trust


def make_server_context(trust: Trust, trust_file: Path) -> ssl.SSLContext:
    """A context that serves 127.0.0.1 and localhost; writes what clients trust to `trust_file`.

    `certifi` is certifi's bundle with the lab's CA at its end: as long to load as in
    production. `lab` is that CA alone, which loads in no time. The CA's key stays in
    the memory of this process.
    """
    authority = trustme.CA(organization_name="Viewlab")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    bundle = Path(certifi.where()).read_bytes() if trust == "certifi" else b""
    trust_file.write_bytes(bundle + b"\n" + authority.cert_pem.bytes())
    return context
