"""The lab's own API: HTTPS on the loopback, and the witness of what targets call.

`server` is a process of its own and holds `witness`; `client` is the bench's handle
on it; `trust` makes the certificates.
"""
