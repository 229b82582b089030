"""Files with leads, reps, accounts …: handed in, checked, shown, confirmed, run, and perhaps taken back.

`start` is what pages and programs call; `runs` is what the worker runs; `all_sections` names what can be imported.
"""
