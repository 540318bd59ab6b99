"""A lead as leadbench posts it; `leadbench probe` shows one."""

LEAD = {
    "attributes": {"type": "Lead", "url": "/services/data/v65.0/sobjects/Lead/00Q5f0Xup4oT9G1ECK"},
    "Id": "00Q5f0Xup4oT9G1ECK",
    "FirstName": "Vidal",
    "LastName": "Jerde",
    "Company": "Tillman Group",
    "Email": "vidal.jerde@example.com",
    "Status": "Closed - Converted",
    "IsConverted": True,
    "ConvertedDate": "2026-11-29",
    "ConvertedAccountId": "0015f0Xup4oT9G1ACK",
    "ConvertedContactId": "0035f0Xup4oT9G1ACK",
    "ConvertedOpportunityId": "0065f0Xup4oT9G1ACK",
    "CreatedDate": "2026-11-29T21:24:43.000+0000",
}
