"""What is compared with what, and exact counts of what came of it."""
