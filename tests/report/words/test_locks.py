"""How the packages of a target differ from those of its parent."""

import pytest

from report.words.package_changes import difference


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ({}, {}, "the same packages"),
        ({"django": "5.2"}, {"django": "5.2"}, "the same packages"),
        ({"a": "1", "b": "2"}, {"b": "2", "a": "1"}, "the same packages"),
        ({"httpx": "0.28.1"}, {}, "adds httpx 0.28.1"),
        ({}, {"requests": "2.32.5"}, "without requests 2.32.5"),
        ({"idna": "3.10"}, {"idna": "3.9"}, "idna 3.10 (there 3.9)"),
        (
            {"django": "5", "idna": "3.10", "httpx": "1", "h2": "4", "ssl": "2"},
            {"django": "5", "idna": "3.9", "requests": "2", "six": "1", "ssl": "1"},
            "adds httpx 1, h2 4; without requests 2, six 1; idna 3.10 (there 3.9), ssl 2 (there 1)",
        ),
    ],
    ids=["none", "equal", "in another order", "more", "fewer", "another version", "all of these"],
)
def test_what_differs_is_named_with_its_versions(
    ours: dict[str, str], theirs: dict[str, str], said: str
) -> None:
    assert difference(ours, theirs) == said
