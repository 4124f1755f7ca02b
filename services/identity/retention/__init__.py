"""How long a workspace keeps what: the rules, who is exempt, and what went. What goes in identity itself is in `aging`."""
