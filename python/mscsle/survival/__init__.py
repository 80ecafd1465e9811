"""Time to event: curves, tests and regression models on frames or arrays."""
