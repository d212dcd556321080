"""nginx as a proxy to the upstream: its configuration, and the program that becomes it.

`nginx.py HOST PORT` is served as a target is: it reads what a target reads from its environment,
`UPSTREAM_URL` and the trust store, writes a configuration where sockets go, and turns into nginx.
It runs alone, on the standard library.
"""

import grp
import os
import pwd
import resource
import shutil
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote, urlsplit

# As many as the targets have.
WORKERS = 4

# nginx takes memory for each connection that a worker may have, used or not.
MOST_CONNECTIONS = 16_384

# Where it lies besides PATH: users other than root have no `sbin` on theirs.
FOLDERS = (
    str(Path(__file__).resolve().parents[2] / ".tools" / "bin"),
    "/usr/local/sbin",
    "/usr/sbin",
    "/opt/homebrew/bin",
)


def find() -> str | None:
    """The path of nginx, or None."""
    path = os.environ.get("PATH", os.defpath)
    return shutil.which("nginx", path=os.pathsep.join([path, *FOLDERS]))


def configuration(
    *,
    host: str,
    port: int,
    upstream: str,
    trust: str,
    folder: str,
    connections: int,
    user: str | None = None,
) -> str:
    """nginx.conf: listen on `host` and `port`, and pass what asks for `/` to the URL `upstream`.

    `trust` is the PEM file that the upstream's certificate is checked with, `folder` holds what
    nginx writes, and a worker may have `connections` open, half of them idle to the upstream.
    `user` is what workers run as where nginx is started by root: else they would be others.
    """
    url = urlsplit(upstream)
    api = url.hostname or ""
    api_port = url.port or (443 if url.scheme == "https" else 80)
    # In brackets where it is IPv6. nginx reads $ as a variable, and has no escape for it.
    server = f"[{api}]" if ":" in api else api
    query = f"?{url.query}" if url.query else ""
    path = quote(f"{url.path or '/'}{query}", safe="/%:=&?~#+!,@()*[]-._")
    return f"""\
daemon off;
master_process on;
worker_processes {WORKERS};
pid "{folder}/nginx.pid";
error_log stderr warn;
{f"user {user};" if user else ""}
events {{
    worker_connections {connections};
}}
http {{
    access_log off;
    client_body_temp_path "{folder}/body";
    proxy_temp_path "{folder}/proxy";
    fastcgi_temp_path "{folder}/fastcgi";
    uwsgi_temp_path "{folder}/uwsgi";
    scgi_temp_path "{folder}/scgi";
    keepalive_requests 1000000000;

    upstream api {{
        server {server}:{api_port};
        keepalive {connections // 2};
        keepalive_requests 1000000000;
    }}
    server {{
        listen {host}:{port};
        location = / {{
            proxy_pass {url.scheme}://api{path};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host {url.netloc};
            proxy_next_upstream off;
            proxy_max_temp_file_size 0;
            proxy_ssl_protocols TLSv1.2 TLSv1.3;
            proxy_ssl_session_reuse on;
            proxy_ssl_server_name on;
            proxy_ssl_name {_certified(api)};
            proxy_ssl_verify on;
            proxy_ssl_verify_depth 9;
            proxy_ssl_trusted_certificate "{trust}";
        }}
    }}
}}
"""


def _certified(api: str) -> str:
    """The name to look for in the certificate: nginx looks for no addresses in it.

    The certificate of the lab's upstream names localhost beside its address.
    """
    try:
        return "localhost" if ip_address(api).is_loopback else api
    except ValueError:
        return api


def finds_no_name_of(upstream: str) -> str | None:
    """The address that stands for a name in this URL, where nginx would refuse its certificate."""
    try:
        url = urlsplit(upstream)
        api = url.hostname or ""
        ip_address(_certified(api))
    except ValueError:  # it is a name, or no URL at all, which is said when it is asked
        return None
    return api if url.scheme == "https" else None


def main(arguments: Sequence[str]) -> None:
    host, port = arguments
    program = find()
    if program is None:
        raise SystemExit("nginx is gone.")
    folder = Path(os.environ["XDG_RUNTIME_DIR"]) / "nginx"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / "nginx.conf"
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = allowed == resource.RLIM_INFINITY
    text = configuration(
        host=host,
        port=int(port),
        upstream=os.environ["UPSTREAM_URL"],
        trust=os.environ["SSL_CERT_FILE"],
        folder=str(folder),
        connections=MOST_CONNECTIONS if unlimited else min(allowed, MOST_CONNECTIONS),
        user=_user() if os.geteuid() == 0 else None,
    )
    file.write_text(text)
    # The same process from here on: what the bench started is what it measures and stops.
    os.execv(program, ["nginx", "-p", str(folder), "-c", str(file), "-e", "stderr"])  # noqa: S606


def _user() -> str:
    """Who this is, and the group, as nginx names them."""
    return f"{pwd.getpwuid(os.geteuid()).pw_name} {grp.getgrgid(os.getegid()).gr_name}"


if __name__ == "__main__":
    main(sys.argv[1:])
