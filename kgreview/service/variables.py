"""What ``kgreview review`` tells the app it starts, by variables of its environment."""

from __future__ import annotations

SECRET_VARIABLE = "KGREVIEW_SECRET"  # of this start; who has it may open the pages
TOKEN = "token"  # the parameter of the printed address that holds it
FILE_VARIABLE = "KGREVIEW_AUTH_FILE"  # how people sign in, and what they may
TRUSTED_VARIABLE = "KGREVIEW_TRUSTED"  # addresses of gateways, parted by spaces
PUBLIC_VARIABLE = "KGREVIEW_PUBLIC_ADDRESS"  # that browsers ask for, where a proxy stands before
API_TOKEN_VARIABLE = "KGREVIEW_API_TOKEN"  # that programs send, where people sign in
SHORTEST_TOKEN = 16  # characters of a secret that somebody chose
