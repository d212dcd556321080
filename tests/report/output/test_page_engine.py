"""The page says what made the load, by name and build."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.files.sample import Origin, Sample
from tests.support import runs

BUILD = {"name": "other", "version": "2", "sha256": 64 * "4"}
BY_OTHER: Any = [{"level": "150/30", "engine": "other"}]
SAID = "other 2, sha256 4444444444444444"
BY_OTHER = [{"level": "150/30", "engine": "other"}]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


def page_of(folder: Path, samples: Iterable[Sample], **values: Any) -> str:
    return runs.page_of(folder, runs.run(**values), samples).read_text()


def of_other(sample: Sample, origin: Origin | None = None) -> Sample:
    argv = ("other", "--header", "X: <b>", "URL")
    return replace(sample, engine="other", argv=argv, origin=origin)


def test_a_run_of_before_builds_were_kept_names_hey_and_says_so(folder: Path) -> None:
    page = page_of(folder, runs.SAMPLES)

    assert "<dt>Load generator</dt>\n<dd>hey of a build that is not known</dd>" in page
    assert "<pre>hey -n 150 -c 30 -t 20 -disable-redirects -o " in page
    assert "<code>hey</code> run" in page


@pytest.mark.parametrize(
    ("engine", "said"), [(None, "hey of a build that is not known"), (BUILD, SAID)]
)
def test_without_a_sample_it_is_still_known_what_loads(
    folder: Path, engine: object, said: str
) -> None:
    assert f"<dd>{said}</dd>" in page_of(folder, [], engine=engine)


def test_the_engine_and_its_build_are_named_and_its_command_is_that_of_a_sample(
    folder: Path,
) -> None:
    origin = Origin("m", "p", "l", SAID)
    samples = [of_other(each, origin) for each in runs.SAMPLES]
    page = page_of(folder, samples, levels=BY_OTHER, engine=BUILD)

    assert f"<dd>{SAID}</dd>" in page
    assert "<pre>other --header &#39;X: &lt;b&gt;&#39; URL</pre>" in page
    assert "other is a closed loop" in page
    assert "a sample is one run of other, a ratio" in page


def test_an_older_run_is_called_by_what_its_samples_name(folder: Path) -> None:
    page = page_of(folder, [of_other(each) for each in runs.SAMPLES], levels=BY_OTHER)

    assert "<dd>other of a build that is not known</dd>" in page
