"""`--with`: what it takes, and what is said of a requirement that uv refuses."""

import pytest

from bench.environment.requirement import refusal, require_requirement
from lab.errors import MachineError, UsageError
from lab.package import package

UNSATISFIABLE = "we can conclude that your requirements are unsatisfiable."
CONFLICT = "error: No solution found when resolving dependencies\n  cause: Because"


@pytest.mark.parametrize(
    ("requirement", "name"),
    [
        ("django", "django"),
        ("Django>=5.1,<5.2", "django"),
        ("django ~= 5.1", "django"),
        ("uvicorn[standard]==0.38", "uvicorn"),
        ("zope.interface (>=5)", "zope-interface"),
        ("typing_extensions; python_version < '3.12'", "typing-extensions"),
        ("django @ https://files.example/django-6.0-py3-none-any.whl", "django"),
        ("django[argon2]@git+https://git.example/django@main", "django"),
    ],
)
def test_a_requirement_begins_with_the_name_of_its_package(requirement: str, name: str) -> None:
    assert require_requirement(requirement) == requirement
    assert package(requirement) == name


@pytest.mark.parametrize(
    "text", ["", " ", ">=5", "-r other.txt", "--index-url=x", "./django", "a b", "django\n-r x",
             "https://files.example/django-6.0-py3-none-any.whl", "requirements/base.txt",
             "django @ "],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        require_requirement(text)
    assert str(caught.value) == (
        f"--with {text!r} is no requirement. One begins with the name of a package: "
        f"--with 'django>=5.1,<5.2'."
    )


@pytest.mark.parametrize("where", ["file:///srv/django", "../django", "ssh://git.example/x"])
def test_a_path_is_refused(where: str) -> None:
    with pytest.raises(UsageError) as caught:
        require_requirement(f"django @ {where}")
    assert str(caught.value) == (
        f"--with 'django @ {where}': name a version, or a URL that begins with https:// or "
        f"git+https://. What lies at a path may change while a run lasts."
    )


@pytest.mark.parametrize(
    "url",
    [
        "django @ https://user:secret@files.example/django.whl",
        "https://secret@files.example/django.whl",
        "django@git+https://secret@git.example/django",
        "django @ https://files.example/django.whl?token=secret",
    ],
)
def test_a_url_with_a_secret_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        require_requirement(url)
    assert str(caught.value) == (
        "--with takes a URL without user, password and query: the page names it."
    )


@pytest.mark.parametrize(
    ("added", "said", "message"),
    [
        (
            ["django>=6.0"],
            (
                f"{CONFLICT} the current Python version (3.11.7) does not satisfy Python>=3.12 and "
                f"django>=6.0 depends on Python>=3.12, we can conclude that django>=6.0 cannot be "
                f"used.\n         And because you require django>=6.0, {UNSATISFIABLE}"
            ),
            "django>=6.0 needs Python 3.12 or newer; this is 3.11.7. Try --python 3.12",
        ),
        (
            ["django[argon2]>=6.0"],
            (
                f"{CONFLICT} the current Python version (3.11.7) does not satisfy Python>=3.12 and "
                f"you require django[argon2]>=6.0, {UNSATISFIABLE}"
            ),
            "django[argon2]>=6.0 needs Python 3.12 or newer; this is 3.11.7. Try --python 3.12",
        ),
        (
            ["uvloop", "Django>=6.0"],
            (
                f"{CONFLICT} the current Python version (3.11.7) does not satisfy Python>=3.12 and "
                f"django>=6.0 depends on Python>=3.12, {UNSATISFIABLE}"
            ),
            "Django>=6.0 needs Python 3.12 or newer; this is 3.11.7. Try --python 3.12",
        ),
        (
            ["a", "b"],
            (
                f"{CONFLICT} the current Python version (3.11.7) does not satisfy Python>=3.12 and "
                f"c>=1 depends on Python>=3.12, {UNSATISFIABLE}"
            ),
            "a and b need Python 3.12 or newer; this is 3.11.7. Try --python 3.12",
        ),
        (
            ["old==1"],
            (
                f"{CONFLICT} the current Python version (3.11.7) does not satisfy "
                f"Python>=3.7,<3.10 and old==1 depends on Python>=3.7,<3.10, {UNSATISFIABLE}"
            ),
            "old==1 needs Python >=3.7,<3.10; this is 3.11.7. Name another one: --python VERSION",
        ),
        # The first of several is told, and the very version that there is is none to go to.
        (
            ["old==1"],
            (
                f"{CONFLICT} the current Python version (3.11.7) does not satisfy "
                f"Python>=3.7,<3.10 and lib==1 requires Python >=3.11.7 and {UNSATISFIABLE}"
            ),
            "old==1 needs Python >=3.7,<3.10; this is 3.11.7. Name another one: --python VERSION",
        ),
        (
            ["django<5", "django>5"],
            f"{CONFLICT} you require django<5 and django>5, {UNSATISFIABLE}",
            (
                "--with 'django<5' --with 'django>5': Because you require django<5 and django>5, "
                f"{UNSATISFIABLE}"
            ),
        ),
        (
            ["django>>5"],
            (
                "error: Failed to parse: `django>>5`\n"
                '  cause: no such comparison operator ">>", must be one of ~= == != <= >= < > ===\n'
                "         django>>5\n               ^^^"
            ),
            (
                "--with 'django>>5': Failed to parse: `django>>5`: no such comparison operator "
                '">>", must be one of ~= == != <= >= < > ===.'
            ),
        ),
        (
            ["big==1"],
            (
                "error: Failed to build `big==1`\n  cause: The build backend returned an error\n"
                "  cause: Call to `x` failed (exit status: 1)\n\n         [stdout]\n         gcc"
            ),
            (
                "--with big==1: Failed to build `big==1`: The build backend returned an error: "
                "Call to `x` failed (exit status: 1)."
            ),
        ),
        (
            ["tiny>=3"],
            (
                f"{CONFLICT} tiny==3.0 requires Python >=3.13 and only the following versions of "
                f"tiny are available:\n             tiny<=3.0\n             tiny==3.1\n"
                f"         we can conclude that all of:\n             tiny>=3.0,<3.1\n"
                f"          cannot be used.\n         And because tiny==3.1 requires Python >=3.12 "
                f"and you require tiny>=3, {UNSATISFIABLE}"
            ),
            "tiny>=3 needs Python 3.12 or newer; this is 3.11.7. Try --python 3.12",
        ),
        (["x"], "  x Something else\n  went wrong", "--with x: x Something else: went wrong."),
    ],
)
def test_why_uv_refuses_is_told_in_short(added: list[str], said: str, message: str) -> None:
    error = refusal(added, said, python="3.11.7")
    assert (type(error), str(error)) == (UsageError, message)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            (
                "error: Request failed after 3 retries in 11.8s\n"
                "  cause: Failed to fetch: https://index.example/simple/tomli/\n"
                "  cause: error sending request for url (https://index.example/simple/tomli/)\n"
                "  cause: client error (Connect)"
            ),
            (
                "Request failed after 3 retries in 11.8s: Failed to fetch: "
                "https://index.example/simple/tomli/: error sending request for url "
                "(https://index.example/simple/tomli/)."
            ),
        ),
        (
            (
                f"{CONFLICT} tomli was not found in the cache and you require tomli, "
                f"{UNSATISFIABLE}\n\nhint: Packages were unavailable because the network was "
                f"disabled."
            ),
            (
                "Because tomli was not found in the cache and you require tomli, we can conclude "
                "that your requirements are unsatisfiable."
            ),
        ),
    ],
)
def test_a_missing_network_is_the_machines(said: str, reason: str) -> None:
    error = refusal(["tomli"], said, python="3.11.7")
    assert (type(error), str(error)) == (
        MachineError,
        f"--with tomli takes the network, the first time: {reason}",
    )
