"""Threads that outlive the request whose sync code they ran.

Under ASGI, Django runs the sync code of a request (middleware, signals, closing the
response) on one thread, which asgiref starts for the request and joins at its end. Here
a request takes a thread from those that are idle, and gives it back. What code keeps in a
thread then outlives a request, as it does under WSGI.

It costs tasks that outlive their request: their sync code, and with it Django's ORM, raises
RuntimeError. And with CONN_MAX_AGE each thread that stays keeps its database connection.
"""

from concurrent.futures import ThreadPoolExecutor

from asgiref.sync import ThreadSensitiveContext
from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    HTTPScope,
)

# The most that stay; where more requests than that were held at once, the rest end.
IDLE_MAX = 100


class ReusedThreads:
    """`app`, with a thread for the sync code of each request, which is reused."""

    def __init__(self, app: ASGI3Application) -> None:
        self.app = app
        # Executors of one thread each. They belong to no loop, and start when first used.
        self.idle: list[ThreadPoolExecutor] = []

    async def __call__(
        self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        thread = self.idle.pop() if self.idle else ThreadPoolExecutor(max_workers=1)
        try:
            # Django's own context, inside of this one, takes its executor.
            async with ThreadSensitiveContext(executor=thread):
                await self.app(scope, receive, send)
        except BaseException:
            # Cancelled by the server, it may still run a call: nobody else should wait for it.
            thread.shutdown(wait=False)
            raise
        if len(self.idle) < IDLE_MAX:
            self.idle.append(thread)
        else:
            thread.shutdown(wait=False)
