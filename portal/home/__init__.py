"""我的工作: what I owe and what waits for me."""
