"""URLs of the site: the marketplace API at the root, its documentation at /docs."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from marketplace.api import api

urlpatterns: list[URLPattern | URLResolver] = [path("", api.urls)]

handler404 = "marketplace.api.errors.not_found"
handler500 = "marketplace.api.errors.server_error"

if settings.DEBUG:
    from debug_toolbar.toolbar import debug_toolbar_urls

    urlpatterns += debug_toolbar_urls()
