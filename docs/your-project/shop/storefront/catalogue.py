"""The client of the catalogue service."""

import threading
from concurrent.futures import ThreadPoolExecutor

import requests
from django.conf import settings

_of_thread = threading.local()
_pool = ThreadPoolExecutor(max_workers=30)


def fetch(*paths: str) -> list[dict]:
    """What the service answers at each path; all are asked at the same time."""
    return list(_pool.map(_get, paths))


def _get(path: str) -> dict:
    if not hasattr(_of_thread, "session"):
        _of_thread.session = requests.Session()
    url = f"{settings.CATALOGUE_URL}/{path}"
    response = _of_thread.session.get(url, timeout=settings.CATALOGUE_TIMEOUT_S)
    response.raise_for_status()
    return response.json()
