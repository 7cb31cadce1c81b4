"""The meeting up to and around its sitting: series, agenda, notice, attendance."""
