"""A prediction against what happened: what production's days say of a change, whether both agree, and how often they did."""
