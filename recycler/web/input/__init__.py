"""What comes in, whatever it describes: bytes to checked values, and tables to documents."""
