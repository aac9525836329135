"""What the newest whole comparison of a month knows, by township and rule: evaluated, in part, or not."""
