"""One module per outside service. Each maps that service's errors to ours at its edge."""
