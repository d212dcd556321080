"""The smallest settings, without any middleware.

There is no database. Sessions, users and messages are gone with their middleware; the
settings they had stay, so that MIDDLEWARE is all that differs. What else is gone: the
headers of SecurityMiddleware and XFrameOptionsMiddleware, the check for forged POSTs, and
the Content-Length and redirects of CommonMiddleware. A JSON API that knows its callers by
a token can do without; a site with forms and sessions cannot. `manage.py check --deploy`
warns of it with W001, W002 and W003.
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
MIDDLEWARE = []

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
