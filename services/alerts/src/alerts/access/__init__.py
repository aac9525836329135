"""What clients may do, as the gateway says: looked up whenever something is about to be given to one."""
