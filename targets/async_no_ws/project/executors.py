"""Threads that outlive the request whose sync code they ran.

Under ASGI, Django runs the sync code of a request (middleware, signals, closing the
response) on one thread, which asgiref starts for the request and joins at its end. Here
a request takes a thread from those that are idle, and gives it back. What code keeps in a
thread then outlives a request, as it does under WSGI.
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
        finally:
            if len(self.idle) < IDLE_MAX:
                self.idle.append(thread)
            else:
                thread.shutdown(wait=False)
