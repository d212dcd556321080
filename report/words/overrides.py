"""What targets ran with that their locks do not say: `--with` and `--python`."""

from packaging.utils import canonicalize_name

from lab.display import listed
from lab.files.summary_json import Summary
from lab.names import BESIDE
from lab.package import package


def overrides(summary: Summary) -> list[str]:
    """A sentence for each of the two, where the run had it."""
    return [text for text in (_added(summary), _python(summary)) if text]


def _added(summary: Summary) -> str | None:
    """`Run with django>=5.1,<5.2 on top of every lock: django 5.1.15.`"""
    added = summary.run.added
    if not added:
        return None
    installed = [_installed(summary, name) for name in dict.fromkeys(map(package, added))]
    return f"Run with {listed(added)} on top of every lock: {', '.join(installed)}."


def _installed(summary: Summary, name: str) -> str:
    """Which version of a package targets had, and which targets, where that differs."""
    having: dict[str, list[str]] = {}
    for target, it in summary.targets.items():
        if target not in BESIDE:
            versions = {str(canonicalize_name(each)): its for each, its in it.versions.items()}
            having.setdefault(versions.get(name, "not installed"), []).append(target)
    if len(having) == 1:
        return f"{name} {next(iter(having))}"
    each = (f"{version} in {listed(targets)}" for version, targets in having.items())
    return f"{name} {', '.join(each)}"


def _python(summary: Summary) -> str | None:
    machine = summary.machine
    pythons = dict.fromkeys(
        f"{it.python.implementation} {it.python.version}"
        for it in summary.targets.values()
        if it.python
    )
    if not pythons:
        return None
    lab = f"{machine.implementation} {machine.python}"
    return (
        f"Targets ran on {listed(list(pythons))}; the lab itself, its upstream included, on {lab}."
    )
