"""The performance lab: whether results are worth going by in a pool, and what routing makes of them.

Each question is a section of the page with a file of its own: `reps` (do they differ, and with which leads), `past`
(what past deals say), `worth` (the control group) and `tolerance` (what leaving the order of turns costs and buys).
"""
