"""What the command line refuses before anything is started."""

import pytest

from bench.command import cli
from bench.plan.spec import RunSpec
from bench.target.target import names
from lab.errors import UsageError

SEE_HELP = "See: nox -s compare -- --help"
PAIR = ("--only", "sync_pooled,sync_requests")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--levels", "0/5"], "level '0/5': requests and concurrency are 1 or more."),
        (
            ["--levels", "30/150"],
            "level '30/150': 30 requests cannot keep 150 connections busy. Did you mean 150/30?",
        ),
        (
            ["--levels", "150/30,100/30"],
            (
                "level '100/30': 30 does not divide 100, and each connection sends as many: 90 in "
                "all. Write 90/30 or 120/30."
            ),
        ),
        *(
            (
                ["--levels", levels],
                f"{wrong!r} is no level. A level is requests/concurrency, for example 1000/100.",
            )
            for levels, wrong in [("abc", "abc"), ("", ""), ("150/30,", "")]
        ),
        (["--levels", "150/30,150/30"], "level '150/30' is given twice."),
        (["--levels"], f"argument --levels: expected one argument. {SEE_HELP}"),
        *(
            (["--rounds", text], f"--rounds takes a whole number, 1 or more, not {text!r}.")
            for text in ("0", "-1", "three", "1.5", "")
        ),
        (["--seed", "-1"], "--seed takes a whole number, 0 or more, not '-1'."),
        (
            ["--only", "sync_reqests"],
            "unknown target 'sync_reqests'. Did you mean 'sync_requests'?",
        ),
        (
            ["--only", "sync_pooled,nginx"],
            "'nginx' is no target, but what --reference adds: name others.",
        ),
        (
            ["--only", "sync_pooled", "--reference", "--until", "5"],
            "--until looks at ratios, and there is one target alone: name two or more.",
        ),
        (
            [*PAIR, "--reference", "--baseline", "nginx"],
            (
                "--baseline 'nginx' is not among the targets of this run: "
                "sync_pooled, sync_requests."
            ),
        ),
        (
            [*PAIR, "--until", "settled"],
            "--until takes a percentage over 0, at most 1000, or 'decided', not 'settled'.",
        ),
        (["--only", "sync_pooled,sync_pooled"], "target 'sync_pooled' is named twice."),
        (["--only", "x", "--all"], "--only and --all contradict each other: give one."),
        (["--only", "", "--all"], "--only and --all contradict each other: give one."),
        (["--tag", "sync", "--all"], "--tag and --all contradict each other: give one."),
        (["--only", "x", "--tag", ""], "--only and --tag contradict each other: give one."),
        (
            ["--only", "x", "--tag", "y", "--all"],
            "--only, --tag and --all contradict each other: give one.",
        ),
        (["--tag", "aync"], "unknown tag 'aync'. Did you mean 'async'?"),
        (
            ["--quick", "--rounds", "3"],
            "--quick means one round: leave out --rounds, or --quick.",
        ),
        (
            [*PAIR, "--baseline", "async_httpx"],
            (
                "--baseline 'async_httpx' is not among the targets of this run: "
                "sync_pooled, sync_requests."
            ),
        ),
        (
            [*PAIR, "--baseline", "sync_poled"],
            (
                "--baseline 'sync_poled' is not among the targets of this run: "
                "sync_pooled, sync_requests. Did you mean 'sync_pooled'?"
            ),
        ),
        (
            ["--profile", "artcle"],
            "--profile 'artcle' is neither a profile nor a TOML file. Did you mean 'article'?",
        ),
        (["--quack-like-a-duck"], f"unknown option '--quack-like-a-duck'. {SEE_HELP}"),
        (["--onyl", "a"], f"unknown option '--onyl'. Did you mean '--only'? {SEE_HELP}"),
        (["--round", "3"], f"unknown option '--round'. Did you mean '--rounds'? {SEE_HELP}"),
    ],
)
def test_wrong_use_is_refused_with_what_to_do(
    capsys: pytest.CaptureFixture[str],
    orders: list[RunSpec],
    arguments: list[str],
    message: str,
) -> None:
    assert cli.main(["compare", *arguments]) == 2
    assert capsys.readouterr() == ("", f"{message}\n")
    assert orders == []


@pytest.mark.parametrize("name", ["a,a", "zzz", "", "sync_requests,"])
def test_an_unknown_target_like_no_other_is_refused_with_all_there_are(
    capsys: pytest.CaptureFixture[str], orders: list[RunSpec], name: str
) -> None:
    unknown = name.rpartition(",")[2]
    assert cli.main(["compare", "--only", name]) == 2
    expected = f"unknown target {unknown!r}. Targets: {', '.join(names())}.\n"
    assert expected == capsys.readouterr().err
    assert orders == []


def test_a_word_that_belongs_to_no_option_is_not_called_an_option(
    capsys: pytest.CaptureFixture[str], orders: list[RunSpec]
) -> None:
    assert cli.main(["compare", "sync_requests"]) == 2
    message = capsys.readouterr().err
    assert "'sync_requests'" in message
    assert "option 'sync_requests'" not in message
    assert orders == []


def test_an_upstream_that_is_no_url_is_refused_and_not_the_labs(
    capsys: pytest.CaptureFixture[str], orders: list[RunSpec]
) -> None:
    assert cli.main(["compare", "--upstream", ""]) == 2
    expected = "--upstream '' is no URL: it starts with http:// or https://.\n"
    assert expected == capsys.readouterr().err
    assert orders == []


def test_what_others_wrote_does_nothing_to_the_terminal_in_a_refusal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **_options: object) -> int:
        raise UsageError("samples/\x1b[2J.json: no sample.\nMove it away.")

    monkeypatch.setattr(cli, "resume", refuse)
    assert cli.main(["compare", "--resume", "latest"]) == 2
    assert capsys.readouterr().err == "samples/\\x1b[2J.json: no sample.\nMove it away.\n"


@pytest.mark.parametrize(
    "words",
    [
        ["compare", "--upstraem=URL"], ["compare", "URL"], ["compare", "--all=URL"], ["URL"],
        ["compare", "--upstream", "ftp:URL"], ["compare", "--rounds", "URL"],
    ],
)  # fmt: skip
def test_where_a_url_is_out_of_place_its_query_is_not_shown(
    words: list[str], capsys: pytest.CaptureFixture[str], orders: list[RunSpec]
) -> None:
    words = [word.replace("URL", "https://api.example/todos?key=secret") for word in words]
    assert cli.main(words) == 2
    assert "secret" not in capsys.readouterr().err
    assert orders == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["comapre"],
            (
                "unknown command 'comapre'. Did you mean 'compare'? "
                "Commands: compare, serve, check, new, lock, clean."
            ),
        ),
        (["zzz"], "unknown command 'zzz'. Commands: compare, serve, check, new, lock, clean."),
        (
            ["serve"],
            "it serves one target: give a NAME, or --target PATH. See: nox -s serve -- --help",
        ),
        (
            ["serve", "sync_reqests"],
            "unknown target 'sync_reqests'. Did you mean 'sync_requests'?",
        ),
        (
            ["serve", "sync_requests", "--profile", "stedy"],
            "--profile 'stedy' is neither a profile nor a TOML file. Did you mean 'steady'?",
        ),
        (
            ["serve", "sync_requests", "--profil", "x"],
            "unknown option '--profil'. Did you mean '--profile'? See: nox -s serve -- --help",
        ),
        (
            ["check", "--only", "sync_reqests"],
            "unknown target 'sync_reqests'. Did you mean 'sync_requests'?",
        ),
        (
            ["check", "sync_requests", "sync_reqests"],
            "unknown target 'sync_reqests'. Did you mean 'sync_requests'?",
        ),
        (
            ["lock", "sync_requests", "sync_reqests"],
            "unknown target 'sync_reqests'. Did you mean 'sync_requests'?",
        ),
        (
            ["lock", "--upgrad"],
            "unknown option '--upgrad'. Did you mean '--upgrade'? See: nox -s lock -- --help",
        ),
        (
            ["new"],
            "the following arguments are required: NAME, --from. See: nox -s new -- --help",
        ),
        (
            ["new", "mine", "--from", "sync_reqests"],
            "unknown target 'sync_reqests'. Did you mean 'sync_requests'?",
        ),
        (
            ["new", "targets/mine", "--from", "sync_requests"],
            (
                "'targets/mine' is no name for a target: use letters, digits, '_' and '-', "
                "and begin with a letter."
            ),
        ),
        (
            ["new", "Control", "--from", "sync_requests"],
            "The name 'control' is taken: under it the baseline runs a second time.",
        ),
        (
            ["new", "Sync_Requests", "--from", "sync_pooled"],
            "targets/sync_requests is there already. Take another name, or remove it first.",
        ),
        *(
            (
                ["new", "mine", "--from", "sync_requests", option, line],
                f"{option} takes a line of text, not {line!r}.",
            )
            for option in ("--change", "--title")
            for line in ("", " ", "two\nlines")
        ),
    ],
)
def test_other_commands_refuse_what_they_do_not_know(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert cli.main(arguments) == 2
    assert capsys.readouterr() == ("", f"{message}\n")
