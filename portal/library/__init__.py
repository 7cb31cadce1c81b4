"""政策资料库: what a lesson leaves behind for those who brief enterprises."""
