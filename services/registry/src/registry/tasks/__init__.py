"""What a visit needs: name, telephone number and address of a household, for whoever has its duty in hand."""
