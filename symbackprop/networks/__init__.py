"""Floor 2: layers, activations, losses: forward formulas only, in the formula language that users have too."""
