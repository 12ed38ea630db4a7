"""A study from its question to its report: the search, the choice of the winner, the refit."""
