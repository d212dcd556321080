"""What the upstream answers: the article's API, `/todos/1`."""

import json

PATH = "/todos/1"
TODO = {"userId": 1, "id": 1, "title": "delectus aut autem", "completed": False}


def answer(path: bytes, *, keep_alive: bool) -> bytes:
    """The whole HTTP/1.1 response to a request for `path`."""
    found = path.partition(b"?")[0] == PATH.encode()
    body = json.dumps(TODO, indent=2) if found else "{}"
    lines = [
        "HTTP/1.1 200 OK" if found else "HTTP/1.1 404 Not Found",
        "content-type: application/json; charset=utf-8",
        f"content-length: {len(body)}",
        *([] if keep_alive else ["connection: close"]),
        "",
        body,
    ]
    return "\r\n".join(lines).encode()
