"""What a target's code is: its Python files."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from bench.target.target import Target


def code_digest(target: Target) -> str:
    """A digest of its Python files: their paths, and what they hold."""
    digest = hashlib.sha256()
    for path in sorted(_python_files(target.folder)):
        digest.update(os.fsencode(f"{path.relative_to(target.folder).as_posix()}\n"))
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _python_files(root: Path) -> Iterator[Path]:
    """Those of a project, not of a virtual environment in it, or of anything hidden."""
    for folder, folders, files in os.walk(root):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and not Path(folder, name, "pyvenv.cfg").exists()
        ]
        for name in files:
            path = Path(folder, name)
            if name.endswith(".py") and not name.startswith(".") and path.is_file():
                yield path
