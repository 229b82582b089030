"""Who gets in: passwords with limits, browsers that are known, and the page of the admin that asks."""
