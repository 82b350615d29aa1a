"""Floor 1: an equation as scalar, component or matrix form; operations counted."""
