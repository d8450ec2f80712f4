"""What a line says, whether it can be, and what its lot is believed to hold once it is heard."""
