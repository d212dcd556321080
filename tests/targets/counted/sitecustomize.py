"""Writes down every async HTTP client that a server's processes open and close.

Python imports it before anything else where its folder is in PYTHONPATH. A line of
`CLIENTS_FILE` is an event and the process it was seen in.
"""

import importlib
import os
import weakref
from typing import Any, Self

file = os.open(os.environ["CLIENTS_FILE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def write(event: str) -> None:
    os.write(file, f"{event} {os.getpid()}\n".encode())


def count(client: Any, *closers: str) -> None:
    """Have objects of the class `client` tell of their start, and of the first of `closers`."""
    closed: weakref.WeakSet[Any] = weakref.WeakSet()
    begin = client.__init__

    def opened(self: Any, *arguments: Any, **options: Any) -> None:
        begin(self, *arguments, **options)
        write("opened")

    def counted(close: Any) -> Any:
        async def ends(self: Any, *arguments: Any) -> Any:
            result = await close(self, *arguments)
            if self not in closed:
                closed.add(self)
                write("closed")
            return result

        return ends

    client.__init__ = opened
    for name in closers:
        setattr(client, name, counted(getattr(client, name)))


class Client:
    """Stands for a client of pyreqwest, whose classes are compiled and cannot be changed."""

    def __init__(self, client: Any) -> None:
        self.client = client
        write("opened")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    async def __aenter__(self) -> Self:
        await self.client.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> Any:
        result = await self.client.__aexit__(*error)
        write("closed")
        return result

    async def close(self) -> None:
        await self.client.close()
        write("closed")


def count_built(module: Any) -> None:
    """The same for pyreqwest, by what stands for its builder."""
    made_by = module.ClientBuilder

    class Builder:
        def __init__(self) -> None:
            self.builder = made_by()

        def __getattr__(self, name: str) -> Any:
            def call(*arguments: Any, **options: Any) -> Any:
                made = getattr(self.builder, name)(*arguments, **options)
                if isinstance(made, made_by):
                    self.builder = made
                    return self
                return Client(made)

            return call

    module.ClientBuilder = Builder


for package, act in {
    "httpx": lambda it: count(it.AsyncClient, "aclose", "__aexit__"),
    "httpx2": lambda it: count(it.AsyncClient, "aclose", "__aexit__"),
    "aiohttp": lambda it: count(it.ClientSession, "close"),
    "pyreqwest.client": count_built,
}.items():
    try:
        found = importlib.import_module(package)
    except ModuleNotFoundError:
        continue
    act(found)
