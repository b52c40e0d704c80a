"""From counts to rates: how sure they are, how they differ, and thresholds."""
