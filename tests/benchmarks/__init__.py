"""`make bench`: what measuring, seeding and replaying cost, side by side in one run. It reports, and never fails."""
