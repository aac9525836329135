"""The file of a household (一户一档) as far as sharing knows it: findings and corrections by time."""
