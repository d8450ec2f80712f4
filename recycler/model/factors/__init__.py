"""What is fitted to the tables: a model for each factor of the chain from piece to metal."""
