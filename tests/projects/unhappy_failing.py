"""The library with an endpoint that is failing."""

from tests.projects.unhappy import fail, patterns

urlpatterns = patterns(fail)
