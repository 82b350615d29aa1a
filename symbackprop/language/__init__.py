"""Floor 0: what can be said. Quantities, equations, programs, derivations, reports. Knows SymPy only."""
