"""Floor 1: text to language. Recursive descent; what a user typed is read, never evaluated."""
