"""Running Shanty: the Prefect server, the registered jobs, the service process."""
