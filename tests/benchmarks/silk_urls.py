"""The site's URLs and silk's own: it looks them up at every request."""

from django.urls import include, path

from site_config import urls

urlpatterns = [*urls.urlpatterns, path("silk/", include("silk.urls", namespace="silk"))]
handler404 = urls.handler404
handler500 = urls.handler500
