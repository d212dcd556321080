"""The one route of this project."""

from django.urls import path

from project.views import sync_view

urlpatterns = [path("sync/test", sync_view, name="sync-test")]
