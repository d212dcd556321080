"""The ASGI application that the server loads: Django, and what stays open between requests."""

import os

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from django.core.asgi import get_asgi_application

from project.client import hold_open
from project.executors import ReusedThreads

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

django = ReusedThreads(get_asgi_application())


async def application(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    if scope["type"] == "lifespan":
        await hold_open(scope, receive, send)
    else:
        await django(scope, receive, send)
