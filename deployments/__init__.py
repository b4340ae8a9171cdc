"""Running it: the Prefect server, the registered jobs, the service process."""
