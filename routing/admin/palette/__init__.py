"""*Find*: one box, over every page, for rows, pages and what can be done."""
