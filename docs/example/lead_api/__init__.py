"""A small API that takes the leads that a Salesforce org converts."""
