"""The page Score: whether what was learned from outcomes counts, how it was judged, and what it goes by."""

from routing.admin.score.page import score_page

__all__ = ["score_page"]
