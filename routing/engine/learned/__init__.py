"""A score learned from outcomes: what a lead tells of itself, the model, how it is fitted, and how it is judged.

`features` says what is looked at, `fit` and `train` make a model of examples, `figures` and `drift` judge it on leads
it was not made from, `model` gives a lead its chance, its score and its reasons.
"""
