"""The smallest settings that keep the middleware `startproject` writes.

There is no database: sessions live in signed cookies, and `auth` and
`contenttypes` are installed because the middleware imports their models.

`manage.py check --deploy` still warns of W004 and W008 (HSTS, the redirect to
HTTPS): right here, where plain HTTP is served on the loopback. Behind a proxy
that speaks HTTPS, set SECURE_HSTS_SECONDS, SECURE_SSL_REDIRECT and, where the proxy
sets that header itself, SECURE_PROXY_SSL_HEADER: else the redirect may never end.
"""

import os

from django.core.management.utils import get_random_secret_key

# The API that the view calls.
UPSTREAM_URL = os.environ.get("UPSTREAM_URL", "https://jsonplaceholder.typicode.com/todos/1")

# Production needs one fixed key from the environment: a random one differs in every
# worker process, and a session signed by one worker is then refused by the others.
SECRET_KEY = os.environ.get("SECRET_KEY") or get_random_secret_key()

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

ROOT_URLCONF = "project.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

TIME_ZONE = "UTC"
USE_TZ = True

# Django's own logging mails errors to ADMINS and prints nothing unless DEBUG is on.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
