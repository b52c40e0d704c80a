"""Error rates of the system, measured on participants who agreed to be tested."""
