"""What ``kgreview review`` tells the app it starts, by variables of its environment."""

from __future__ import annotations

SECRET_VARIABLE = "KGREVIEW_SECRET"  # of this start; who has it may open the pages
TOKEN = "token"  # the parameter of the printed address that holds it
