"""nginx as a reference: its configuration, the options that add it, and a machine without it."""

import sys
from pathlib import Path

import pytest

from bench.command import cli, policy
from bench.plan.spec import RunSpec
from bench.reference import nginx
from bench.reference.nginx import configuration
from bench.target.target import names
from bench.tools import debian
from bench.tools import nginx as tool
from lab.errors import MachineError

APT = "To install it: apt-get install nginx-light (as root)."


def test_the_configuration_keeps_connections_to_the_upstream_and_checks_its_certificate() -> None:
    text = configuration(
        host="127.0.0.1",
        port=12345,
        upstream="https://127.0.0.1:4443/todos/1",
        trust="/run/trust.pem",
        folder="/run/nginx",
        connections=1024,
        user="root root",
    )

    assert (
        text
        == """\
daemon off;
master_process on;
worker_processes 4;
pid "/run/nginx/nginx.pid";
error_log stderr warn;
user root root;
events {
    worker_connections 1024;
}
http {
    access_log off;
    client_body_temp_path "/run/nginx/body";
    proxy_temp_path "/run/nginx/proxy";
    fastcgi_temp_path "/run/nginx/fastcgi";
    uwsgi_temp_path "/run/nginx/uwsgi";
    scgi_temp_path "/run/nginx/scgi";
    keepalive_requests 1000000000;

    upstream api {
        server 127.0.0.1:4443;
        keepalive 512;
        keepalive_requests 1000000000;
    }
    server {
        listen 127.0.0.1:12345;
        location = / {
            proxy_pass https://api/todos/1;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host 127.0.0.1:4443;
            proxy_next_upstream off;
            proxy_max_temp_file_size 0;
            proxy_ssl_protocols TLSv1.2 TLSv1.3;
            proxy_ssl_session_reuse on;
            proxy_ssl_server_name on;
            proxy_ssl_name localhost;
            proxy_ssl_verify on;
            proxy_ssl_verify_depth 9;
            proxy_ssl_trusted_certificate "/run/trust.pem";
        }
    }
}
"""
    )


@pytest.mark.parametrize(
    ("url", "lines"),
    [
        (
            "https://api.example/a?key=x$y&q=a b",
            [
                "server api.example:443;",
                "proxy_pass https://api/a?key=x%24y&q=a%20b;",
                "proxy_set_header Host api.example;",
                "proxy_ssl_name api.example;",
            ],
        ),
        (
            "http://api.example:8080",
            [
                "server api.example:8080;",
                "proxy_pass http://api/;",
                "proxy_set_header Host api.example:8080;",
            ],
        ),
        ("https://[::1]:4443/%7B", ["server [::1]:4443;", "proxy_pass https://api/%7B;"]),
        ('https://api.example/";}', ["proxy_pass https://api/%22%3B%7D;"]),
    ],
    ids=["a query", "without TLS", "IPv6", "what would end a line"],
)
def test_a_real_api_is_called_by_its_url(url: str, lines: list[str]) -> None:
    text = configuration(
        host="127.0.0.1", port=1, upstream=url, trust="/t", folder="/f", connections=1024
    )

    found = {line.strip() for line in text.splitlines()}
    assert [line for line in lines if line not in found] == []
    assert not any(line.startswith("user ") for line in found)


def planned(orders: list[RunSpec], *arguments: str) -> set[str]:
    assert cli.main(["compare", *arguments]) == 0
    return set(orders[-1].plan.targets)


def test_it_is_measured_where_it_is_asked_for(orders: list[RunSpec]) -> None:
    only = ("--only", "sync_pooled,sync_requests")

    assert planned(orders, *only, "--reference") == {
        "sync_pooled", "sync_requests", "control", "nginx",
    }  # fmt: skip
    assert orders[-1].baseline == "sync_requests"
    assert planned(orders, *only) == {"sync_pooled", "sync_requests", "control"}
    assert planned(orders) & {"nginx"} == set()


def test_all_measures_it_where_it_is_found(
    orders: list[RunSpec], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(policy, "find", lambda: "/usr/sbin/nginx")
    monkeypatch.setattr(tool, "nginx_version", lambda: "1.22.1")
    assert planned(orders, "--all", "--no-control") == {*names(), "nginx"}
    assert capsys.readouterr().out == ""


def test_all_goes_on_without_one_that_will_not_do(
    orders: list[RunSpec], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def old() -> str:
        raise MachineError("nginx 1.18.0 is too old.")

    monkeypatch.setattr(policy, "find", lambda: "/usr/sbin/nginx")
    monkeypatch.setattr(tool, "nginx_version", old)

    assert planned(orders, "--all", "--no-control") == set(names())
    assert capsys.readouterr().out == "Without a reference: nginx 1.18.0 is too old.\n"


def test_all_without_it_says_so_and_how_to_get_it(
    orders: list[RunSpec], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(policy, "find", lambda: None)
    monkeypatch.setattr(sys, "platform", "darwin")

    assert planned(orders, "--all", "--no-control") == set(names())
    assert capsys.readouterr().out == (
        "Without a reference: no nginx is found. To install it: brew install nginx\n"
    )


@pytest.mark.parametrize(
    ("platform", "apt", "line"),
    [
        ("darwin", False, "To install it: brew install nginx"),
        ("linux", False, "Install it with the system's packages, and see that it is on PATH."),
    ],
)
def test_where_it_cannot_be_fetched_the_line_that_installs_it_is_told(
    monkeypatch: pytest.MonkeyPatch, platform: str, line: str, *, apt: bool
) -> None:
    monkeypatch.setattr(tool, "find", lambda: None)
    monkeypatch.setattr(debian, "packages_are_here", lambda: apt)
    monkeypatch.setattr(sys, "platform", platform)

    with pytest.raises(MachineError) as refused:
        tool.require_nginx(print)
    assert str(refused.value) == f"nginx is missing, and --reference needs it. {line}"
    assert refused.value.exit_code == 3


def test_a_package_that_cannot_be_had_is_told_with_what_apt_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    apt = tmp_path / "bin" / "apt-get"
    apt.parent.mkdir()
    apt.write_text("#!/bin/sh\necho E: no network\n")
    apt.chmod(0o755)
    dpkg = apt.with_name("dpkg")
    dpkg.write_text("#!/bin/sh\n")
    dpkg.chmod(0o755)
    monkeypatch.setenv("PATH", f"{apt.parent}:/bin:/usr/bin")
    monkeypatch.setattr(tool, "find", lambda: None)
    said: list[str] = []

    with pytest.raises(MachineError) as refused:
        tool.require_nginx(said.append, tools=tmp_path)
    assert said == [
        f"nginx is missing: taking it from the distribution's packages, into {tmp_path}/bin/nginx"
    ]
    assert str(refused.value) == (
        f"nginx is missing, and its package could not be fetched. {APT}\n"
        f"E: no network\nE: no network"
    )
    assert sorted(path.name for path in apt.parent.iterdir()) == ["apt-get", "dpkg"]


@pytest.mark.parametrize(
    ("says", "version"),
    [
        ("nginx version: nginx/1.22.1", "1.22.1"),
        ("nginx version: nginx/1.24.0 (Ubuntu)", "1.24.0"),
        ("nginx version: openresty/1.25.3.1", "1.25.3"),
    ],
)
def test_its_version_is_its_own_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, says: str, version: str
) -> None:
    _put_nginx(monkeypatch, tmp_path, says)
    assert tool.nginx_version() == version


@pytest.mark.parametrize(
    ("says", "message"),
    [
        (
            "nginx version: nginx/1.18.0 (Ubuntu)",
            "nginx 1.18.0 is too old for --reference: take 1.19.5 or newer.",
        ),
        ("ouch", "{nginx} -v does not tell its version, but: 'ouch'."),
    ],
)
def test_one_that_will_not_do_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, says: str, message: str
) -> None:
    _put_nginx(monkeypatch, tmp_path, says)
    with pytest.raises(MachineError) as refused:
        tool.nginx_version()
    assert str(refused.value) == message.replace("{nginx}", str(tmp_path / "nginx"))


def _put_nginx(monkeypatch: pytest.MonkeyPatch, folder: Path, says: str) -> None:
    program = folder / "nginx"
    program.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")
    assert nginx.find() == str(program)


AT_AN_ADDRESS = [
    ("https://192.0.2.7/todos/1?key=secret", "192.0.2.7"),
    ("https://[2001:db8::7]:8443/todos/1", "2001:db8::7"),
]


@pytest.mark.parametrize(("url", "address"), AT_AN_ADDRESS)
def test_a_real_api_at_an_address_is_refused_before_nginx_refuses_it(
    orders: list[RunSpec], capsys: pytest.CaptureFixture[str], url: str, address: str
) -> None:
    arguments = ["compare", "--only", "sync_pooled", "--reference", "--upstream", url]
    assert cli.main(arguments) == 2
    assert capsys.readouterr() == (
        "",
        (
            f"--reference with --upstream at {address}: nginx looks for no address in a "
            f"certificate, and would refuse that of this API. Give the name of its host in the "
            f"URL, or leave out --reference.\n"
        ),
    )
    assert orders == []


@pytest.mark.parametrize(("url", "address"), AT_AN_ADDRESS)
def test_all_goes_on_without_it_where_a_real_api_is_at_an_address(
    orders: list[RunSpec],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    url: str,
    address: str,
) -> None:
    monkeypatch.setattr(policy, "find", lambda: "/usr/sbin/nginx")
    monkeypatch.setattr(tool, "nginx_version", lambda: "1.22.1")
    assert planned(orders, "--all", "--no-control", "--upstream", url) == set(names())
    assert capsys.readouterr().out == (
        f"Without a reference: nginx looks for no address in a certificate, and would refuse that "
        f"of {address}. With the name of its host in --upstream it would not.\n"
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example/todos/1", "http://192.0.2.7/todos/1", "https://127.0.0.1:4443/",
        "https://[::1]/", "https://[::1/",
    ],
)  # fmt: skip
def test_where_nginx_can_call_a_real_api_or_none_can_it_is_planned(
    orders: list[RunSpec], url: str
) -> None:
    """What is no URL is told when it is asked."""
    assert "nginx" in planned(orders, "--only", "sync_pooled", "--reference", "--upstream", url)
