"""Floor 2: Derivation, Report → Document (blocks) → HTML, LaTeX, Markdown, text, JSON. No mathematics is done here."""
