"""Keeps cells out of dbt's messages wherever dbt runs: in our own process, in Airflow's, by hand.

dbt imports every module named ``dbt_*`` that it finds on the path (its plugin discovery), so this file only has to be
there. PostgreSQL quotes the row it refuses; here, before dbt can log or raise it, that message is cleaned.
"""

from simpul.transform_child import clean_adapter_errors

clean_adapter_errors()
