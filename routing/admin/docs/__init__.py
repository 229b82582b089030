"""The product's own docs, as they lie beside its code: read in the admin, and linked from each of its pages."""
