"""The tree of the repository's targets: every edge is one change; its roots are the article's."""

import pytest

from bench.target.edges import packages, settings
from bench.target.edges.ends import complaint_of
from bench.target.target import Target, read, select
from lab.paths import TARGETS
from tests.targets.served import EVERY

ARTICLES = ("sync_requests", "async_httpx", "sync_pooled", "async_aiohttp")


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.name)
def test_it_differs_from_its_parent_in_no_more_than_its_change_says(one: Target) -> None:
    assert complaint_of(one) is None


def test_every_line_of_parents_ends_at_a_root() -> None:
    assert select(everything=True) == EVERY


def test_roots_have_the_same_settings_and_the_same_versions_of_what_they_share() -> None:
    first, *others = [each for each in EVERY if each.manifest.parent is None]
    for other in others:
        ours, theirs = ((each.folder / settings.FILE).read_text() for each in (other, first))
        assert settings.differences(ours, theirs, "") == []
        assert packages.versions(other.lock.read_text(), first.lock.read_text(), "") == []


def test_every_target_is_tagged_sync_or_async() -> None:
    kinds = {each.name: {"sync", "async"} & {*each.manifest.tags} for each in EVERY}
    assert {name: kind for name, kind in kinds.items() if len(kind) != 1} == {}


def test_the_servers_are_the_articles() -> None:
    gunicorn = "gunicorn project.wsgi:application --workers 4 --threads 10 --bind {host}:{port}"
    uvicorn = "uvicorn project.asgi:application --workers 4 --host {host} --port {port}"
    articles = {name: read(TARGETS / name).manifest.serve for name in ARTICLES}
    assert articles == {
        "async_aiohttp": uvicorn,
        "async_httpx": uvicorn,
        "sync_pooled": gunicorn,
        "sync_requests": gunicorn,
    }
