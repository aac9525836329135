"""Keys of sharing: rejected rows sealed anew, and what each token key is still needed for."""
