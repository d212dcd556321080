import os

SECRET_KEY = os.environ["SHOP_SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = ["shop.example"]

ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["storefront"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]

# The service that the shop gets its goods, prices and reviews from.
CATALOGUE_URL = os.environ.get("CATALOGUE_URL", "https://catalogue.shop.example")
CATALOGUE_TIMEOUT_S = 5

API_KEYS = os.environ.get("SHOP_API_KEYS", "").split()

USE_TZ = True
