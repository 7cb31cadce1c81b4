"""Who is who: people, departments, groups, roles; signing in and out."""
