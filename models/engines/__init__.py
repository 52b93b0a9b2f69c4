"""Networks made ready to score on one device, behind two small interfaces."""
