"""Floor 1: Program -> Derivation. Local derivatives, δ contraction, named rewrites. Has never heard of a layer."""
