"""Edges: what differs between a target and its parent beyond what its `change` says."""

from dataclasses import replace

import pytest

from bench.target.edges import Side, undeclared
from bench.target.edges.named import named
from bench.target.edges.packages import locked
from bench.target.edges.settings import statements
from bench.target.manifest import Manifest
from lab.display import complaint
from lab.serve_line import Command, parse

GUNICORN = "gunicorn project.wsgi:application --workers 4 --threads 10 --bind {host}:{port}"
UVICORN = "uvicorn project.asgi:application --workers 4 --host {host} --port {port}"
SETTINGS = "'''The smallest.'''\nDEBUG = False\nMIDDLEWARE = ['a']\n"
LOCK = "django==5.2.19 \\\n    --hash=sha256:00\nrequests==2.32.5 \\\n    --hash=sha256:00\n"


def side(change: str | None = None, serve: str = GUNICORN, **values: object) -> Side:
    """A target; `values` are those of its manifest."""
    manifest = Manifest(
        title="A view", serve=serve, path="/", parent="parent" if change else None, change=change
    )
    return Side(
        replace(manifest, **values),  # type: ignore[arg-type]
        settings=SETTINGS,
        lock=LOCK,
        dependencies=("django~=5.2.0", "requests"),
    )


def serves(ours: str, change: str = "one Session", *, theirs: str = GUNICORN) -> list[str]:
    return undeclared(side(change, ours), side(serve=theirs))


def sets(ours: str, change: str = "one Session", *, theirs: str = SETTINGS) -> list[str]:
    return undeclared(replace(side(change), settings=ours), replace(side(), settings=theirs))


def test_a_child_that_differs_in_its_views_and_description_alone_is_clean() -> None:
    child = side("one Session per thread", title="Another view", slots=40, tags=("pooled",))
    assert undeclared(child, side()) == []


def test_the_sentence_names_both_targets_and_every_difference() -> None:
    found = serves("gunicorn project.wsgi:application -w 2 --threads 64 --bind {host}:{port}")
    assert complaint("sync_threads", "sync_shared", found) == (
        "sync_threads differs from sync_shared in more than its 'change' says: "
        "--threads 10 there, 64 here; --workers 4 there, 2 here"
    )


# The server's command


def test_a_command_is_taken_apart_into_options_without_the_address() -> None:
    assert parse(
        "/opt/bin/granian --interface wsgi project.wsgi:application --no-ws --http=1 -w 4 "
        "--reload --host {host} --port {port}"
    ) == Command(
        "granian",
        {
            "--interface": "wsgi",
            "--no-ws": "on",
            "--http": "1",
            "--workers": "4",
            "--reload": "on",
            "application": "project.wsgi:application",
        },
    )


def test_a_flag_before_the_application_does_not_swallow_it() -> None:
    assert parse("uvicorn --no-access-log project.asgi:application --port {port}").options == {
        "--no-access-log": "on",
        "application": "project.asgi:application",
    }


@pytest.mark.parametrize(
    "same",
    [
        "gunicorn --bind {host}:{port} --threads 10 -w 4 project.wsgi:application",
        "gunicorn project.wsgi:application --workers=4 --threads=10 -b '{host}:{port}'",
    ],
)
def test_the_same_options_written_in_another_way_are_the_same(same: str) -> None:
    assert serves(same) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("64 threads a worker in place of 10", []),
        ("more THREADS", []),
        ("64 a worker", []),
        ("640 a worker, 6.64 s, one thread each", ["--threads 10 there, 64 here"]),
    ],
)
def test_an_option_is_named_by_its_name_or_its_new_value(change: str, found: list[str]) -> None:
    assert serves(GUNICORN.replace("10", "64"), change) == found


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("--workers 4", ["--threads 10 there, none here"]),
        ("--workers 4 --threads 10 --preload", ["--preload none there, on here"]),
        ("--threads 10", ["--workers 4 there, none here"]),
    ],
)
def test_an_option_that_came_or_went_is_found(options: str, found: list[str]) -> None:
    assert serves(f"gunicorn project.wsgi:application {options} --bind {{host}}:{{port}}") == found


def test_the_options_of_another_server_are_its_own_where_the_change_names_it() -> None:
    granian = (
        "granian --interface wsgi project.wsgi:application --workers {workers} "
        "--blocking-threads 64 --host {{host}} --port {{port}}"
    )
    assert serves(granian.format(workers=4), "granian's WSGI server, as many threads") == []
    assert serves(granian.format(workers=4), "another server") == [
        "the server gunicorn there, granian here"
    ]
    assert serves(granian.format(workers=2), "granian's WSGI server") == [
        "--workers 4 there, 2 here"
    ]


def test_another_kind_of_gunicorns_workers_has_threads_or_connections_of_its_own() -> None:
    gevent = (
        "gunicorn project.wsgi:application -k gevent --worker-connections 1000 --workers 4 "
        "--bind {host}:{port}"
    )
    assert serves(gevent, "gunicorn's gevent worker") == []
    assert serves(gevent, "greenlets") == ["--worker-class none there, gevent here"]
    assert serves(gevent.replace("-k", "--keep-alive 0 -k"), "gunicorn's gevent worker") == [
        "--keep-alive none there, 0 here"
    ]


def test_another_application_is_named_by_the_part_that_differs() -> None:
    asgi = "hypercorn project.asgi:application --bind {host}:{port}"
    wsgi = "hypercorn project.wsgi:application --bind {host}:{port}"
    assert serves(asgi, "the same view under ASGI", theirs=wsgi) == []
    assert serves(asgi, "one Session", theirs=wsgi) == [
        "application project.wsgi:application there, project.asgi:application here"
    ]


# The manifest


def test_another_path_or_number_of_calls_is_found() -> None:
    child = side("one Session", path="/other", upstream_calls=3)
    assert undeclared(child, side()) == [
        "path / there, /other here",
        "upstream_calls 1 there, 3 here",
    ]
    named_in_it = side("three upstream calls, at /other", path="/other", upstream_calls=3)
    assert undeclared(named_in_it, side()) == []


def test_another_key_is_told_without_its_value_which_may_be_a_secret() -> None:
    child = side("one Session", name="child", requirements="other.txt", env=(("KEY", "hush"),))
    assert undeclared(child, side()) == ["env is another"]


# Settings


def test_a_settings_module_is_its_assignments_and_other_statements() -> None:
    assert statements("'''doc'''\nA = 1\nA = 2\nif A:\n    B = 3\n") == {
        "A": "A = 1", "A = 2": "A = 2", "if A:\n    B = 3": "if A:\n    B = 3",
    }  # fmt: skip
    assert statements("A = 1") == {"A": "A = 1"}


def test_settings_that_differ_are_found() -> None:
    ours = "DEBUG = True\nUSE_TZ = True\nMIDDLEWARE = ['a']\nif DEBUG:\n    X = 1\n"
    assert sets(ours) == [
        "DEBUG False there, True here",
        "USE_TZ none there, True here",
        "'if DEBUG:' in project/settings.py here only",
    ]
    assert sets(SETTINGS, theirs=SETTINGS + "from x import *\n") == [
        "'from x import *' in project/settings.py there only"
    ]
    assert sets(f"{SETTINGS}LOGGING = {'x' * 61!r}\n") == ["LOGGING is another"]


def test_comments_order_and_layout_of_settings_do_not_matter() -> None:
    assert sets("# why\nMIDDLEWARE = [\n    'a',  # why\n]\nDEBUG = False\n") == []


@pytest.mark.parametrize(
    ("ours", "change"),
    [
        ("DEBUG = True\nMIDDLEWARE = ['a']", "DEBUG is on"),
        ("DEBUG = True\nMIDDLEWARE = ['a']", "in debug mode"),
        ("DEBUG = False\nMIDDLEWARE = []", "no middleware"),
        ("DEBUG = False\nMIDDLEWARE = ['b']", "CommonMiddleware alone"),
        (SETTINGS + "MIDDLEWARE += ['b']", "one more middleware"),
    ],
)
def test_a_setting_is_named_as_a_word_and_middleware_also_within_one(
    ours: str, change: str
) -> None:
    assert sets(ours, change) == []
    assert len(sets(ours, "DEBUGGING, USE_TZONE")) == 1


def test_a_project_without_settings_at_that_place_is_not_compared() -> None:
    assert undeclared(replace(side("one Session"), settings=None), side()) == []
    assert undeclared(side("one Session"), replace(side(), settings=None)) == []


def test_settings_that_are_no_python_are_said_to_be() -> None:
    (found,) = sets("DEBUG = (\n")
    assert found.startswith("project/settings.py cannot be compared: '(' was never closed")


# Packages


def installs(
    dependencies: tuple[str, ...], lock: str, change: str = "one Session", serve: str = GUNICORN
) -> list[str]:
    child = replace(side(change, serve), dependencies=dependencies, lock=lock)
    return undeclared(child, side())


DIRECT = ("django~=5.2.0", "requests")


def test_a_lock_is_read_with_its_conditions() -> None:
    lock = (
        "Some_Thing==1.0 ; python_version < '3.12' \\\n"
        "some-thing==2.0 ; python_version >= '3.12'\n# a==1\n"
    )
    assert locked(lock) == {"some-thing": "1.0 or 2.0"}


def test_another_version_of_a_shared_package_is_found_unless_it_is_named() -> None:
    lock = LOCK.replace("5.2.19", "5.2.18")
    assert installs(DIRECT, lock) == ["django 5.2.19 there, 5.2.18 here"]
    assert installs(DIRECT, lock, "an older Django") == []


def test_what_comes_and_goes_with_a_dependency_is_no_difference_of_its_own() -> None:
    lock = LOCK + "httpx==0.28.1\nanyio==4.0\n"
    assert installs((*DIRECT, "httpx"), lock, "httpx beside requests") == []
    assert installs((*DIRECT, "HTTPX>=0.28"), lock) == ["httpx here, not there"]


def test_a_client_named_in_place_of_another_need_not_name_that_one() -> None:
    lock = "django==5.2.19\nhttpx==0.28.1\n"
    assert installs(("django~=5.2.0", "httpx"), lock, "the client is httpx") == []
    assert installs(("django~=5.2.0", "httpx"), lock) == [
        "httpx here, not there", "requests there, not here",
    ]  # fmt: skip


def test_what_the_server_is_started_with_takes_no_clients_place() -> None:
    gevent = GUNICORN.replace("--threads 10", "-k gevent")
    found = installs(
        ("django~=5.2.0", "gevent"), "django==5.2.19\ngevent==25.1\n", "the gevent worker", gevent
    )
    assert found == ["requests there, not here"]


def test_the_server_that_was_replaced_may_go() -> None:
    parent = replace(side(), dependencies=(*DIRECT, "gunicorn"), lock=LOCK + "gunicorn==25.1\n")
    child = replace(
        side("the same view under uvicorn", UVICORN),
        dependencies=(*DIRECT, "uvicorn"),
        lock=LOCK + "uvicorn==0.54.0\nh11==0.16\n",
    )
    assert undeclared(child, parent) == []


def test_a_dependency_that_stays_installed_by_way_of_another_is_no_difference() -> None:
    assert installs(("django~=5.2.0", "httpx", "requests"), LOCK + "httpx==1\n", "httpx") == []
    assert installs(("django~=5.2.0",), LOCK) == []


def test_extras_are_dependencies_too() -> None:
    parent = replace(side(serve=UVICORN), dependencies=("django", "uvicorn"))
    child = replace(
        side("uvicorn on uvloop", UVICORN), dependencies=("django", "uvicorn[standard]")
    )
    assert undeclared(child, parent) == ["uvicorn[standard] here, not there"]
    assert undeclared(replace(parent, manifest=child.manifest), child) == [
        "uvicorn[standard] there, not here"
    ]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("httpx.Client in place of requests", "httpx", True),
        ("pyreqwest's sync client", "pyreqwest", True),
        ("httpx2, the maintained fork", "httpx", False),
        ("the worker class is gevent", "worker-class", True),
        ("Django 5.2", "5", False),
        ("5 threads", "5", True),
        ("anything", "", False),
    ],
)
def test_a_word_is_one_of_its_own(text: str, name: str, *, expected: bool) -> None:
    assert named(text, name) is expected
