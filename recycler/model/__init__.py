"""The science: tables in, draws and quantities out. No files, no HTTP, no SQL."""
