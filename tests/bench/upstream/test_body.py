"""The body of an answer, read piece by piece: whole, or not at all."""

import http.client
from typing import cast

import pytest

from bench.upstream.body import read_body


class Response:
    """An answer that comes in these pieces, of which `missing` bytes never do."""

    def __init__(self, *pieces: bytes, missing: int = 0) -> None:
        self._pieces = [*pieces, b""]
        self.length = missing

    def read1(self, _at_most: int) -> bytes:
        return self._pieces.pop(0)


def body_of(response: Response) -> bytes:
    return read_body(cast(http.client.HTTPResponse, response))


def test_a_body_is_all_of_its_pieces() -> None:
    assert body_of(Response(b"one ", b"two")) == b"one two"
    assert body_of(Response()) == b""


def test_a_body_that_is_cut_off_is_none() -> None:
    with pytest.raises(http.client.IncompleteRead):
        body_of(Response(b"one", missing=1))


def test_a_body_has_16_million_bytes_at_the_most() -> None:
    half = b"x" * 8_000_000
    assert len(body_of(Response(half, half))) == 16_000_000
    with pytest.raises(http.client.HTTPException, match="over 16,000,000 bytes"):
        body_of(Response(half, half, b"x"))
