"""Coverage Requirements Discovery: what a payer has to say while an order is written. HL7 Da Vinci CRD 2.x over CDS Hooks 2.0"""
