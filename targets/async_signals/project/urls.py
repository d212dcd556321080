"""The one route of this project."""

from django.urls import path

from project.views import async_view

urlpatterns = [path("async/test", async_view, name="async-test")]
