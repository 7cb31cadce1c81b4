"""使用说明: one page for each role."""
