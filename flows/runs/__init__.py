"""What every flow run begins and ends with: its settings, database, log, window, and orphans."""
