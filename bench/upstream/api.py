"""What the upstream answers: what the article's API does at `/todos/1`, at every path.

A project that puts its own paths behind `{upstream_origin}` finds an answer there too.
"""

import json

PATH = "/todos/1"
TODO = {"userId": 1, "id": 1, "title": "delectus aut autem", "completed": False}

_BODY = json.dumps(TODO, indent=2)


def answer(*, keep_alive: bool) -> bytes:
    """The whole HTTP/1.1 response to a request."""
    lines = [
        "HTTP/1.1 200 OK",
        "content-type: application/json; charset=utf-8",
        f"content-length: {len(_BODY)}",
        *([] if keep_alive else ["connection: close"]),
        "",
        _BODY,
    ]
    return "\r\n".join(lines).encode()
