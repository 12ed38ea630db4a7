"""Passwords in texts that are shown: a log or a screen is read by others."""

import re

__all__ = ["masked"]

IN_A_URL = re.compile(r"(://[^:/@\s]*):[^\s]*@")
"""A password between user and host; one that holds an @ ends at the last of them."""

IN_A_QUERY = re.compile(r"([?&\s](?:\w*pass(?:word|wd)?|pwd|\w*secret|\w*token)=)[^&\s\"']*", re.I)
"""A password among the options behind a URL, or in a DSN."""


def masked(text: str) -> str:
    """Hide the passwords of URLs in a text."""
    return IN_A_QUERY.sub(r"\1***", IN_A_URL.sub(r"\1:***@", text))
