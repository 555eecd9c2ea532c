"""The pages of the doors: Great Expectations' own, made to open without internet, and the house's in two languages."""
