"""What can be done with many rows of a list at once: first a page that says with how many and with which not."""

from routing.admin.bulk.act import BulkAct, Doing, Left
from routing.admin.bulk.page import ActsOnMany

__all__ = ["ActsOnMany", "BulkAct", "Doing", "Left"]
