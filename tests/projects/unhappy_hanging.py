"""The library with an endpoint that is hanging."""

from tests.projects.unhappy import hang, patterns

urlpatterns = patterns(hang)
