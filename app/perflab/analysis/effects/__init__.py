"""What each factor does: effects, mixes, attribution, controls, and how many rounds they take."""
