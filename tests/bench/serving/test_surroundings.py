"""What stands around a target: who else may use it."""

import os
from pathlib import Path

from bench.environment.prepare import Environment
from bench.serving.surroundings import Surroundings
from bench.target.manifest import Manifest
from bench.target.target import Target
from bench.upstream.real import RealApi
from lab.latency import Latency


def test_the_folder_for_sockets_is_the_users_alone(tmp_path: Path) -> None:
    """Through its control socket gunicorn can be told to end, and more."""
    target = Target("one", tmp_path, Manifest(title="One", serve="x {port}", path="/"))
    api = RealApi("https://api.example/", {})
    before = os.umask(0)
    try:
        with Surroundings(
            {"one": Environment(tmp_path, "", {})},
            latency=Latency(fixed_ms=5),
            trust="lab",
            real=api,
        ) as scene:
            env = scene.environment(target)
            folder = Path(env["XDG_RUNTIME_DIR"])
            modes = [path.stat().st_mode & 0o777 for path in (folder, folder.parent)]
            assert Path(env["SSL_CERT_FILE"]).parent == folder.parent
    finally:
        os.umask(before)
    assert modes == [0o700, 0o700]
