"""Measures the code users run against named baselines, in the same run."""
