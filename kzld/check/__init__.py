"""Check contributions: find each problem, its line and its remedy."""
