"""Maps drawn on the server: shapes of countries and of the states of the US, and how places are coloured."""
