"""What a serving process keeps: the model that answers, what it counts, the database."""
