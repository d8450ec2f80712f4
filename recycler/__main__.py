"""`python -m recycler` is `recycler`."""

from recycler.cli import main

if __name__ == "__main__":
    main(prog_name="recycler")
