import os

os.environ.setdefault("SHOP_SECRET_KEY", "only-for-development")

from shop.settings.base import *  # noqa: F403

DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
