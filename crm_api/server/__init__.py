"""The small CRM that the project ships: CRMKA v2 over HTTP and a lead page."""
