"""What goes out: the schemas of answers, and the bytes of documents."""
