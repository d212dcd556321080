"""The body of an answer: whole, and no larger than an answer may be."""

import http.client

LARGEST_BYTES = 16_000_000


def read_body(response: http.client.HTTPResponse) -> bytes:
    """The body. Raises `HTTPException` where it is cut off, or has over `LARGEST_BYTES`."""
    body = bytearray()
    while piece := response.read1(65536):
        body += piece
        if len(body) > LARGEST_BYTES:
            raise http.client.HTTPException(f"over {LARGEST_BYTES:,} bytes")
    if response.length:
        raise http.client.IncompleteRead(bytes(body), response.length)
    return bytes(body)
