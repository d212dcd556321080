"""The ASGI application that the server loads: Django, and what stays open between requests."""

import os

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from django.core.asgi import get_asgi_application
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries

from project.client import hold_open
from project.executors import ReusedThreads

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

django = ReusedThreads(get_asgi_application())

# There is no database, so there is nothing to reset and no connection to close.
request_started.disconnect(reset_queries)
request_started.disconnect(close_old_connections)
request_finished.disconnect(close_old_connections)


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    if scope["type"] == "lifespan":
        await hold_open(scope, receive, send)
    else:
        await django(scope, receive, send)
