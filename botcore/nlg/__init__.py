"""From acts to replies: templates by key and language, and quotations of approved answers."""
