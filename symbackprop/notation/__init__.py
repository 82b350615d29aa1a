"""Floor 1: expression → Formula boxes → LaTeX, MathML Core, text; and the profiles. No mathematics is done here."""
