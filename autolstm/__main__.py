"""``python -m autolstm``, and the entry point of the command ``autolstm``."""

from autolstm.cli import failures

__all__ = ["main"]


def main() -> None:
    """Run the command line on the arguments of this process."""
    failures.listen()
    with failures.reported():
        from autolstm.cli.app import app

        app(prog_name="autolstm")


if __name__ == "__main__":
    main()
