"""The article's figures: what it measured for its two views, at its three levels."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    rps: float
    latency_mean_s: float
    latency_p95_s: float


# The article's views are the targets of these names. Key: target, requests, concurrency.
ARTICLE = {
    ("sync_requests", 150, 30): Figures(41.3, 0.45, 1.22),
    ("async_httpx", 150, 30): Figures(35.0, 0.69, 1.52),
    ("sync_requests", 300, 50): Figures(86.2, 0.46, 0.93),
    ("async_httpx", 300, 50): Figures(38.1, 0.94, 1.69),
    ("sync_requests", 1000, 100): Figures(81.4, 0.92, 1.88),
    ("async_httpx", 1000, 100): Figures(42.0, 1.75, 3.04),
}

SYNC, ASYNC = "sync_requests", "async_httpx"


def ratio(requests: int, concurrency: int) -> float | None:
    """How many requests the article's async view served for each one of its sync view."""
    sync = ARTICLE.get((SYNC, requests, concurrency))
    other = ARTICLE.get((ASYNC, requests, concurrency))
    return other.rps / sync.rps if sync and other else None
