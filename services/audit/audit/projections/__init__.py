"""What audit keeps of each service's topic."""
