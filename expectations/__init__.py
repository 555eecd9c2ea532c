"""The two quality doors, told in Great Expectations: what is looked at, not when and not what follows from it.

`landing` makes a suite from a contract, `publication` holds one module per mart, `site` builds the pages. The rooms
between the doors are guarded by dbt tests; no rule is written in both. `simpul.gate` opens and shuts the doors.
"""
