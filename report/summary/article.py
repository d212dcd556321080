"""The article's figures: what it measured for its two views, at its three levels."""

from dataclasses import dataclass

from lab.condition import Condition
from lab.level import Level


@dataclass(frozen=True)
class ArticleFigures:
    rps: float
    latency_mean_s: float
    latency_p95_s: float


SMALL, MEDIUM, LARGE = (
    Condition(level) for level in (Level(150, 30), Level(300, 50), Level(1000, 100))
)
SYNC, ASYNC = "sync_requests", "async_httpx"

# The article's views are the targets of these names. It tells of its levels alone, so nothing is
# set beside what a run varied further.
ARTICLE = {
    (SYNC, SMALL): ArticleFigures(41.3, 0.45, 1.22),
    (ASYNC, SMALL): ArticleFigures(35.0, 0.69, 1.52),
    (SYNC, MEDIUM): ArticleFigures(86.2, 0.46, 0.93),
    (ASYNC, MEDIUM): ArticleFigures(38.1, 0.94, 1.69),
    (SYNC, LARGE): ArticleFigures(81.4, 0.92, 1.88),
    (ASYNC, LARGE): ArticleFigures(42.0, 1.75, 3.04),
}


def ratio(at: Condition) -> float | None:
    """How many requests the article's async view served for each one of its sync view."""
    sync, other = ARTICLE.get((SYNC, at)), ARTICLE.get((ASYNC, at))
    return other.rps / sync.rps if sync and other else None
