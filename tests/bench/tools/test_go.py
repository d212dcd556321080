"""What a program that Go compiled says of its version."""

import pytest

from bench.tools.go import END, START, version

# As `go install github.com/rakyll/hey@v0.1.4` leaves it: a header, Go's version, the text.
INSTALLED = (
    b"\x7fELF...\xff Go buildinf:\x08\x02" + 16 * b"\0" + b"\x08go1.22.1\xfa\x01"
    b"0w\xaf\x0c\x92t\x08\x02A\xe1\xc1\x07\xe6\xd6\x18\xe6"
    b"path\tgithub.com/rakyll/hey\n"
    b"mod\tgithub.com/rakyll/hey\tv0.1.4\th1:lyLpGMl2Zz6JHIKDPsTzRkEAEVX5ODCPmPNZV0XqXYg=\n"
    b"dep\tgolang.org/x/net\tv0.0.0-20181017193950-04a2e542c03f\th1:4pRM7zYwpBjCnfA1\n"
    b"build\t-compiler=gc\n"
    b"\xf92C1\x86\x18 r\x00\x82B\x10A\x16\xd8\xf2..."
)

# As Debian's hey 0.1.4 has it.
DEBIAN = (
    b"\xff Go buildinf:\x08\x02" + 16 * b"\0" + b"\x08go1.19.8\xac\x01"
    b"0w\xaf\x0c\x92t\x08\x02A\xe1\xc1\x07\xe6\xd6\x18\xe6"
    b"path\tgithub.com/rakyll/hey\nbuild\t-compiler=gc\nbuild\t-trimpath=true\n"
    b"\xf92C1\x86\x18 r\x00\x82B\x10A\x16\xd8\xf2"
)


def test_the_version_of_the_programs_own_module_is_read() -> None:
    assert version(INSTALLED) == "0.1.4"


def test_a_distributions_program_says_none() -> None:
    assert version(DEBIAN) is None


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"mod\tgithub.com/rakyll/hey\t(devel)\t\n",
        b"mod\tgithub.com/rakyll/hey\n",
        b"dep\tgithub.com/rakyll/hey\tv0.1.4\th1:x=\n",
        b"x mod\tgithub.com/rakyll/hey\tv0.1.4\n",
        b"mod\tgithub.com/rakyll/hey\tv\x1b[2J\n",
    ],
)
def test_what_is_no_version_is_none(said: bytes) -> None:
    assert version(START + said + END) is None


def test_a_version_of_a_commit_is_one() -> None:
    said = b"mod\tgithub.com/rakyll/hey\tv0.1.5-0.20240209-af7d0bb24e3c+dirty\t\n"

    assert version(START + said + END) == "0.1.5-0.20240209-af7d0bb24e3c+dirty"


@pytest.mark.parametrize(
    "program", [b"", b"#!/bin/sh\n", INSTALLED[:200], INSTALLED.replace(START, b"")]
)
def test_what_go_did_not_compile_or_is_cut_off_says_none(program: bytes) -> None:
    assert version(program) is None
