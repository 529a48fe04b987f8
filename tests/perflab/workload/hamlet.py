"""A Population made by hand: 40 users, of whom every fourth is a client, and a handful of rows of everything."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from perflab.scenario.endpoint_params import RowField
from perflab.scenario.loading import load
from perflab.scenario.models import Scenario
from perflab.workload.people import Population, pools

MARKETPLACE = Path(__file__).parents[3] / "scenarios" / "marketplace.yaml"
USER = "marketplace.User"
CLIENTS = range(4, 41, 4)
APPLICANTS = [n for n in range(1, 41) if n not in CLIENTS]

_TARGETS = {
    "marketplace.User.pk": USER,
    "marketplace.Job.pk": "marketplace.Job",
    "marketplace.Job.client": USER,
    "marketplace.Job.industry": "marketplace.Industry",
    "marketplace.Job.subcategory": "marketplace.Subcategory",
    "marketplace.Application.pk": "marketplace.Application",
    "marketplace.Application.job": "marketplace.Job",
    "marketplace.Application.job__client": USER,
    "marketplace.Application.applicant": USER,
    "marketplace.Payment.pk": "marketplace.Payment",
    "marketplace.Payment.payer": USER,
    "marketplace.Payment.recipient": USER,
    "marketplace.Review.pk": "marketplace.Review",
    "marketplace.Review.reviewer": USER,
    "marketplace.Review.reviewed": USER,
}
ROWS = {
    source: RowField(drawn, target, "" if path == "pk" else path, "pk")
    for source, target in _TARGETS.items()
    for drawn, _, path in [source.rpartition(".")]
}


def _row(n: int) -> dict[str, Any]:
    """One row with the fields of all models; whose model it is decides which are used."""
    client, applicant = CLIENTS[n % len(CLIENTS)], APPLICANTS[n * 7 % len(APPLICANTS)]
    return {
        "pk": n,
        "client": client,
        "industry": n % 3 + 1,
        "subcategory": n % 9 + 1,
        "job": 1000 + n,
        "job__client": client,
        "applicant": applicant,
        "payer": client,
        "recipient": applicant,
        "reviewer": applicant,
        "reviewed": client,
    }


def hamlet(scenario: Scenario, rows: int = 60) -> Population:
    """The population of the marketplace's scenario."""
    made = {}
    for pool in set(pools(scenario, USER, ROWS).values()):
        if pool.model == USER:
            made[pool.key] = tuple({"pk": n} for n in range(1, 41))
        else:
            made[pool.key] = tuple({f: _row(n)[f] for f in (*pool.fields, *pool.tied)} for n in range(1, rows + 1))
    return Population(USER, ROWS, made)


def marketplace() -> Scenario:
    return load(MARKETPLACE)


def read_back(scenario: Scenario, by: str | float) -> Scenario:
    """The scenario with every write read back at once by these, `everyone` being all whom it concerns."""
    traffic = scenario.traffic
    endpoints = [endpoint.model_copy(update={"read_back": by}) for endpoint in traffic.endpoints]
    return scenario.model_copy(update={"traffic": traffic.model_copy(update={"endpoints": endpoints})})


def words(rng: random.Random, count: int) -> list[str]:
    """Values for a param, as a project's function gives them."""
    return [f"word{rng.randrange(1000)}" for _ in range(count)]


def no_words(rng: random.Random, count: int) -> list[str]:
    return []


def failing(rng: random.Random, count: int) -> list[str]:
    raise ValueError("out of words")
