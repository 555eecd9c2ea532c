"""Labelled populations, the measure of linkage on them, and what others reach on the same records.

`populations.records` invents people and the records that agencies would hold of them, in the columns of
``intermediate.int_person_record``, and says of each record whose it is. `quality.measure` counts right and wrong pairs
of any method in `methods`.
"""
