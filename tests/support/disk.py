"""What a test has seen being put on the disk, in order."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

SHOWN_LENGTH = len("4f4f4f4f.partial")


@dataclass
class Disk:
    """What was synced, renamed and removed, and how many bytes of files were synced."""

    done: list[str] = field(default_factory=list)
    written_bytes: int = 0
    _sizes: dict[str, int] = field(default_factory=dict)

    def synced(self, descriptor: int) -> None:
        path = f"/proc/self/fd/{descriptor}"
        self.done.append(f"sync {_name(str(Path(path).readlink()))}")
        if Path(path).is_file():
            size, name = os.fstat(descriptor).st_size, str(Path(path).readlink())
            self.written_bytes += size - self._sizes.get(name, 0)
            self._sizes[name] = size

    def removed(self, path: object) -> None:
        self.done.append(f"remove {_name(str(path))}")
        self._sizes.pop(str(path), None)


def _name(path: str) -> str:
    """A file's or folder's name; that of one which is being written without its random word."""
    name = Path(path).name
    return f"{name[1:-SHOWN_LENGTH]}partial" if name.endswith(".partial") else name


def watched(patch: pytest.MonkeyPatch) -> Disk:
    """What this process does to the disk from now on, on Linux."""
    disk = Disk()
    fsync, replace, rename, unlink = os.fsync, os.replace, os.rename, os.unlink

    def record_fsync(descriptor: int) -> None:
        fsync(descriptor)
        disk.synced(descriptor)

    def record_unlink(path: Any, **options: Any) -> None:
        unlink(path, **options)
        disk.removed(path)

    def record(move: Any) -> Any:
        def recorded(source: Any, target: Any, **options: Any) -> None:
            move(source, target, **options)
            disk.done.append(f"rename {_name(str(source))} {_name(str(target))}")

        return recorded

    patch.setattr(os, "fsync", record_fsync)
    patch.setattr(os, "unlink", record_unlink)
    patch.setattr(os, "replace", record(replace))
    patch.setattr(os, "rename", record(rename))
    return disk
