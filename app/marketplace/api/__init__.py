"""The HTTP API, one module per area."""

from ninja import NinjaAPI

from marketplace.api import applications, jobs, payments, people, reviews
from marketplace.api.auth import TokenAuth
from marketplace.api.errors import register
from marketplace.rendering import CompactRenderer

api = NinjaAPI(
    title="Marketplace",
    version="1.0.0",
    description="Clients post shift jobs, applicants apply, clients pay, and both review each other.",
    auth=TokenAuth(),
    renderer=CompactRenderer(),
)
for area in (people, jobs, applications, payments, reviews):
    api.add_router("", area.router)
register(api)
