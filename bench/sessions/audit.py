"""`nox -s audit`: does any lock hold a version with a known vulnerability?

pip-audit asks a service that knows. It runs in an environment of its own lock alone, so this
needs nothing but the standard library.
"""

import json
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.command.parser import Parser
from bench.environment.lock import LABS, of_target
from bench.process import child
from bench.process.scratch import scratch
from bench.target.target import names as target_names
from lab.display import listed, plural, printable
from lab.errors import LabError, MachineError, UsageError
from lab.paths import TARGETS, shown

SERVICES = ("pypi", "osv")
TIMEOUT_S = 600

# A line of a lock as uv writes it. A condition is passed over: another machine may meet it.
PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;]+)(?: ;.*?)?((?: +--hash=sha256:[0-9a-f]{64})+)\s*")


@dataclass(frozen=True, order=True)
class Pin:
    """A version of a package, as a lock has it; another lock may have other files of it."""

    name: str
    version: str
    hashes: str = field(compare=False)

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Flaw:
    """A known vulnerability: its names, and the versions in which it is mended."""

    known_as: tuple[str, ...]
    mended_in: tuple[str, ...]

    def __str__(self) -> str:
        first, *others = map(printable, self.known_as)
        name = f"{first} ({', '.join(others)})" if others else first
        mended = [printable(version) for version in self.mended_in]
        return f"{name}, {f'mended in {listed(mended)}' if mended else 'not mended yet'}"


def locks() -> list[Path]:
    """Every lock of the repository."""
    targets = [of_target(TARGETS / name) for name in target_names()]
    return [lock.made for lock in (*LABS, *targets)]


def program() -> str:
    """The path of pip-audit. Raises `MachineError` where it is not in this environment."""
    found = shutil.which("pip-audit", path=str(Path(sys.executable).parent))
    if found is None:
        raise MachineError("pip-audit is missing. `nox -s audit` brings it.")
    return found


def pins(lock: Path) -> list[Pin]:
    """What a lock holds. Raises `UsageError` for a line that is no version with a hash."""
    found = []
    for line in lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        pin = PIN.fullmatch(line)
        if pin is None:
            raise UsageError(
                f"{shown(lock)}: no version with a hash: {line[:200]!r}. `nox -s lock` writes it."
            )
        name, version, hashes = pin.groups()
        found.append(Pin(name, version, " ".join(hashes.split())))
    return found


def layers(held: Sequence[Pin]) -> list[list[Pin]]:
    """The pins, in groups with one version of a package each: pip-audit takes no more at once."""
    found: list[dict[str, Pin]] = []
    for pin in held:
        layer = next((each for each in found if pin.name not in each), None)
        if layer is None:
            found.append(layer := {})
        layer[pin.name] = pin
    return [list(layer.values()) for layer in found]


def known(
    held: Sequence[Pin], service: str, url: str | None
) -> tuple[dict[Pin, list[Flaw]], MachineError | None]:
    """What the service knows of each pin, and what to tell where it was not asked of all.

    Raises `MachineError` where it could not be asked at all.
    """
    found: dict[Pin, list[Flaw]] = {}
    skipped = []
    for layer in layers(held):
        answer = _answer(layer, service, url)
        for pin in layer:
            said = answer.get(pin.name, {"skip_reason": "pip-audit left it out"})
            if "skip_reason" in said:
                skipped.append(f"{pin}: {printable(said['skip_reason'])}")
                continue
            found[pin] = [
                Flaw((flaw["id"], *flaw["aliases"]), tuple(flaw["fix_versions"]))
                for flaw in said["vulns"]
            ]
    if not skipped:
        return found, None
    # pip-audit takes this for a good end. A mirror of PyPI, for one, knows of no package.
    count = f"{len(skipped)} of {plural(len(held), 'package')} were not looked up"
    return found, _not_asked(service, f"{count} ({skipped[0]}).")


def _answer(layer: Sequence[Pin], service: str, url: str | None) -> dict[str, Any]:
    """What pip-audit says of each package of a layer, by its name."""
    audits = program()
    with scratch() as folder:
        asked = folder / "requirements.txt"
        asked.write_text("".join(f"{pin.name}=={pin.version} {pin.hashes}\n" for pin in layer))
        command = [
            audits, "--require-hashes", "--disable-pip", "--format", "json", "--desc", "off",
            "--progress-spinner", "off", "--vulnerability-service", service,
            *(["--osv-url", url] if url else []),
            "--cache-dir", str(folder / "cache"), "--requirement", str(asked),
        ]  # fmt: skip
        with (folder / "out").open("w+b") as output, (folder / "errors").open("w+b") as errors:
            with child.Child(command, output=output, errors=errors) as running:
                if running.wait(TIMEOUT_S) is None:
                    raise _not_asked(service, f"pip-audit took longer than {TIMEOUT_S} s.")
            output.seek(0)
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip() or "it printed nothing more."
            try:
                answers = json.loads(output.read())["dependencies"]
            except (ValueError, KeyError):
                last = printable(said.splitlines()[-1])
                raise _not_asked(service, f"pip-audit ended without an answer: {last}") from None
    return {answer["name"]: answer for answer in answers}


def _not_asked(service: str, why: str) -> MachineError:
    (other,) = [each for each in SERVICES if each != service]
    return MachineError(
        f"The service {service}, which knows of vulnerabilities, could not be asked: {why}\n"
        f"It takes the network; or name another one: nox -s audit -- --service {other}"
    )


def audit(service: str, url: str | None) -> int:
    """Ask of every lock, and show what is known; 1 where that is anything."""
    holders: dict[Pin, list[str]] = {}
    for lock in locks():
        for pin in pins(lock):
            holders.setdefault(pin, []).append(shown(lock))
    found, lacking = known(sorted(holders), service, url)
    flawed = {pin: flaws for pin, flaws in found.items() if flaws}
    if lacking and not flawed:
        raise lacking
    for pin, flaws in sorted(flawed.items()):
        print(f"{pin} ({listed(holders[pin])}):")
        print(*(f"  {flaw}" for flaw in flaws), sep="\n")
    count = sum(map(len, flawed.values()))
    vulnerabilities = "vulnerability" if count <= 1 else "vulnerabilities"
    print(
        f"{plural(len(holders), 'package')} in {plural(len(locks()), 'lock')}: "
        f"{count or 'no'} known {vulnerabilities}."
    )
    if flawed:
        names = dict.fromkeys(pin.name for pin in sorted(flawed))
        upgrades = " ".join(f"--upgrade-package {name}" for name in names)
        print(f"To take other versions: nox -s lock -- {upgrades}")
    if lacking:
        print(lacking, file=sys.stderr)
    return 1 if flawed else 0


def main(arguments: Sequence[str]) -> int:
    parser = Parser(prog="audit", allow_abbrev=False, description="Look for known vulnerabilities.")
    add = parser.add_argument
    add("--service", choices=SERVICES, default=SERVICES[0], help="what is asked; default: pypi")
    add("--osv-url", metavar="URL", help="another address of osv's, with --service osv")
    try:
        options = parser.parse(arguments)
        if options.osv_url and options.service != "osv":
            parser.error("--osv-url goes with --service osv")
        return audit(options.service, options.osv_url)
    except LabError as error:
        print(error, file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
