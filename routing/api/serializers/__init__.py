"""How rows look from outside."""
