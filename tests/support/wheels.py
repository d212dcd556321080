"""Packages made up for a test, and a folder that uv installs them from in place of an index."""

import hashlib
import zipfile
from pathlib import Path


def write(folder: Path, name: str, version: str, *metadata: str, code: str = "") -> None:
    """A wheel of one module; `metadata` are more lines of it, such as what it requires."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *metadata, ""]
    files = {
        f"{name}.py": code,
        f"{info}/METADATA": "\n".join(lines),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(path, text)


def only(folder: Path) -> dict[str, str]:
    """The environment variables that have uv look there, and nowhere else."""
    return {"UV_FIND_LINKS": str(folder), "UV_NO_INDEX": "1", "UV_CACHE_DIR": str(folder / "cache")}


def sha256(wheel: Path) -> str:
    return hashlib.sha256(wheel.read_bytes()).hexdigest()
