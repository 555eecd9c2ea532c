"""The local services: an embedded PostgreSQL and Airflow's components, with all state under ``SIMPUL_HOME``."""
