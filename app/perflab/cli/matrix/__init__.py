"""`perflab matrix`: the same scenario at many points, on one machine or several."""
