"""The synthetic sample of Simpul: a city of invented people, as its agencies would list it, faults included."""

from sample.deliveries import PEOPLE, SampleReport, write_sample

__all__ = ["PEOPLE", "SampleReport", "write_sample"]
